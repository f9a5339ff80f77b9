package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecret(t *testing.T) {
	directory := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := put("key", "s3cret\n")
	put("empty", "\n")
	put("long", strings.Repeat("x", longestSecret+1))
	t.Setenv("CREDENTIALS_DIRECTORY", directory)
	for _, c := range []struct{ name, want, err string }{
		{"key", "s3cret", ""},
		{file, "s3cret", ""},
		{"none", "", "add LoadCredential=none:FILE to the service"},
		{"../key", "", "is not the name of a credential"},
		{"", "", "is not the name of a credential"},
		{"empty", "", "credential empty is empty"},
		{"long", "", "is longer than 64KiB"},
		{filepath.Join(directory, "gone"), "", "no such file"},
	} {
		got, err := Secret(c.name)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("Secret(%q) = %q, %v; want %q, %s", c.name, got, err, c.want, c.err)
		}
		if err != nil && strings.Contains(err.Error(), "s3cret") {
			t.Errorf("a secret is told: %v", err)
		}
	}
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	if _, err := Secret("key"); err == nil || !strings.Contains(err.Error(), "LoadCredential=key:FILE") {
		t.Errorf("without credentials: %v", err)
	}
}

func TestNearest(t *testing.T) {
	known := []string{"for", "keep", "below", "severity"}
	for word, want := range map[string]string{
		"fro": "for", "belwo": "below", "bellow": "below", "severty": "severity", "kep": "keep",
		"zzz": "", "": "", strings.Repeat("below", 100): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "10B": 10, "1kB": 1000, "1.5GiB": 1536 * MiB, "2 TiB": 2 * TiB, "7MB": 7e6,
	} {
		var got Size
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want {
			t.Errorf("%q: got %d, %v; want %d", text, got, err, want)
		}
		var again Size
		if err := again.UnmarshalText([]byte(got.String())); err != nil || again != got {
			t.Errorf("%s does not read back: %d, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "5", "-1MiB", "MiB", "NaNMiB", "1e300TiB", "1 bushel"} {
		var s Size
		if err := s.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q was read as %s", text, s)
		}
	}
}
