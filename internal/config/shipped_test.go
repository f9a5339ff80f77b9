package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/internal/config"
)

const shipped = "../../packaging/vedette.yaml"

// commented is a key or an item that is commented out without a space.
var commented = regexp.MustCompile(`(?m)^#( *(?:- )?[a-z_-]+:)`)

// uncommented is the shipped file with everything in it set.
func uncommented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	return commented.ReplaceAllString(string(text), "$1")
}

func load(t *testing.T, text string) (*config.Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "vedette.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return config.Load(path, nil, catalogue.All)
}

// TestShippedAsIs checks that the shipped file asks for feeds and for nothing else.
func TestShippedAsIs(t *testing.T) {
	text, err := os.ReadFile(shipped)
	if err != nil {
		t.Fatal(err)
	}
	_, err = load(t, string(text))
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "feeds: there are none: add at least one") {
		t.Errorf("got %v", err)
	}
}

// TestShippedIsWhole sets everything that the shipped file shows, and wants every key in it.
func TestShippedIsWhole(t *testing.T) {
	text := uncommented(t)
	if _, err := load(t, text); err != nil {
		t.Fatalf("%v\nof\n%s", err, text)
	}
	missing, err := config.MissingKeys(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range missing {
		// Shown and set in place of another, or known only to be refused.
		if key != "tls.key_credential" && key != "bus.leaf.key_credential" && key != "bus.leaf.creds_credential" && key != "bus.servers" {
			t.Errorf("%s is not in the shipped file", key)
		}
	}
	for _, key := range []string{"#key_credential: tls-key", "#key_credential: leaf-key", "#creds_credential: leaf-creds"} {
		if !strings.Contains(text, key) {
			t.Errorf("%s is not in the shipped file", key)
		}
	}
}

// TestShippedDefaults checks that the shipped file shows the defaults as they are.
func TestShippedDefaults(t *testing.T) {
	set, err := load(t, uncommented(t))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := load(t, "feeds: [{name: a, source: 'rtmp://:1935/live/a'}]")
	if err != nil {
		t.Fatal(err)
	}
	if set.Egress != plain.Egress || set.API != plain.API || set.Bus != plain.Bus || set.LogLevel != plain.LogLevel ||
		set.Worker.MemoryLimit != plain.Worker.MemoryLimit || set.StateDirectory != config.DefaultStateDirectory {
		t.Errorf("shown %+v, default %+v", set, plain)
	}
	shown, defaults := set.Feed("x", "").Detectors, plain.Feed("x", "").Detectors
	for _, kind := range catalogue.All {
		got, want := shown[kind.Name], defaults[kind.Name]
		if got.Enabled != want.Enabled || got.Hold != want.Hold || got.Severity != want.Severity {
			t.Errorf("%s: shown %+v, default %+v", kind.Name, got, want)
		}
		for _, setting := range kind.Settings {
			if text := strings.TrimSpace(fmt.Sprint(got.Settings[setting.Name])); text != setting.Default {
				t.Errorf("%s.%s: shown %q, default %q", kind.Name, setting.Name, text, setting.Default)
			}
		}
	}
}

// TestShippedSinks wants an entry of every type of sink with every key that it can have, set or
// shown behind a # in place of another; what every sink can have is shown with the first.
func TestShippedSinks(t *testing.T) {
	_, text, found := strings.Cut(uncommented(t), "\nforward:\n")
	if !found {
		t.Fatal("there is no forward section")
	}
	entries := strings.Split(text, "\n  - type: ")
	for i, name := range config.SinkTypes() {
		if i >= len(entries) || !strings.HasPrefix(strings.TrimPrefix(entries[i], "  - type: "), name) {
			t.Fatalf("entry %d is not of type %s", i, name)
		}
		keys := config.SinkKeys(name)
		if i == 0 {
			keys = append(keys, config.SinkKeys("")...)
		}
		for _, key := range keys {
			if !regexp.MustCompile(`(?m)^#?    #?`+key+`:`).MatchString(entries[i]) && key != "type" && !webOfOthers(name, key) {
				t.Errorf("%s.%s is not in the shipped file", name, key)
			}
		}
	}
}

// webOfOthers tells whether a key is shown with cloudevents and the same for a webhook.
func webOfOthers(name, key string) bool {
	return name == "webhook" && key != "url_credential" && !strings.HasPrefix(key, "secret") && key != "preset" && key != "template"
}
