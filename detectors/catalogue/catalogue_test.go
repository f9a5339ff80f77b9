package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// TestTableIsComplete holds every kind of the table against what everybody else relies on.
func TestTableIsComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range All {
		t.Run(k.Name, func(t *testing.T) {
			if seen[k.Name] || k.Name == "" || strings.ToLower(k.Name) != k.Name || strings.ContainsAny(k.Name, " _/.") {
				t.Errorf("name %q is taken or not fit for a configuration and an id", k.Name)
			}
			seen[k.Name] = true
			if len(k.Doc) < 80 || k.Severity < detectors.Info || k.Severity > detectors.Critical || k.Reads == 0 {
				t.Errorf("incomplete: %+v", k)
			}
			if k.Hold.For < 0 || k.Hold.Keep <= 0 {
				t.Errorf("hold %+v", k.Hold)
			}
			if got, ok := Find(k.Name); !ok || got.Name != k.Name {
				t.Error("not found by its name")
			}
			checkSettings(t, k)
		})
	}
	if _, ok := Find("nothing"); ok {
		t.Error("found a detector that is not there")
	}
}

// checkSettings compares the documented settings with the struct that New hands to decode.
func checkSettings(t *testing.T, k detectors.Kind) {
	t.Helper()
	var tags []string
	d, err := k.New(func(into any) error {
		v := reflect.ValueOf(into).Elem()
		for i := range v.NumField() {
			tag := v.Type().Field(i).Tag.Get("mapstructure")
			tags = append(tags, tag)
			documented := slices.IndexFunc(k.Settings, func(s detectors.Setting) bool { return s.Name == tag })
			if documented < 0 {
				t.Errorf("setting %q is not documented", tag)
				continue
			}
			s := k.Settings[documented]
			if got := text(v.Field(i).Interface()); got != s.Default {
				t.Errorf("setting %s is preset with %s, documented as %s", tag, got, s.Default)
			}
			if s.Doc == "" || s.Range == "" {
				t.Errorf("setting %s has no words", tag)
			}
		}
		return nil
	})
	if err != nil || d == nil {
		t.Fatalf("defaults are refused: %v", err)
	}
	if len(tags) != len(k.Settings) {
		t.Errorf("settings %q, documented %d", tags, len(k.Settings))
	}
	sentinel := errors.New("cannot decode")
	if _, err := k.New(func(any) error { return sentinel }); !errors.Is(err, sentinel) {
		t.Errorf("an error of decoding became %v", err)
	}
	// A detector that was asked about nothing it knows says so, and does not break.
	for _, s := range []detectors.Sample{{}, {Picture: &detectors.Picture{}}, {Sound: &detectors.Sound{}}} {
		if s.Parts()&k.Reads&^detectors.Ticks == 0 || s.Link == nil {
			if v := d.Judge(s); v.State != detectors.Unknown {
				t.Errorf("of %+v it says %v", s, v)
			}
		}
	}
}

func text(value any) string {
	switch v := value.(type) {
	case time.Duration:
		return short(v)
	case string:
		return v
	case interface{ String() string }:
		return v.String()
	}
	data, _ := json.Marshal(value)
	return string(data)
}

// A value out of its range is refused with its name, itself and the range.
func TestRanges(t *testing.T) {
	set := func(name string, value any) func(any) error {
		return func(into any) error {
			v := reflect.ValueOf(into).Elem()
			for i := range v.NumField() {
				if v.Type().Field(i).Tag.Get("mapstructure") == name {
					v.Field(i).Set(reflect.ValueOf(value).Convert(v.Field(i).Type()))
				}
			}
			return nil
		}
	}
	for _, c := range []struct {
		kind, setting string
		value         any
		want          string
	}{
		{"black", "luma", 0.7, "setting luma is 70%: want 0% to 50%"},
		{"black", "logo_area", 0.5, "setting logo_area is 50%: want 0% to 25%"},
		{"black", "stray_area", -0.5, "setting stray_area is -50%: want 0% to 10%"},
		{"freeze", "ignore_area", 0.4, "setting ignore_area is 40%: want 0% to 30%"},
		{"solid-colour", "tolerance", 30.0, "setting tolerance is 30: want 1 to 20"},
		{"colour-bars", "area", 0.01, "setting area is 1%: want 2% to 100%"},
		{"test-card", "area", 0.0, "setting area is 0%: want 0.5% to 100%"},
		{"letterbox", "adopt", time.Second, "setting adopt is 1s: want 10s to 24h0m0s"},
		{"letterbox", "expect", "wide", `setting expect is "wide": want an aspect such as 16:9 or 2.39:1`},
		{"slate", "pictures", "wide", `setting pictures: "wide" is no fingerprint`},
		{"levels", "area", 0.0, "setting area is 0%: want 0.1% to 100%"},
		{"partial-freeze", "area", 0.95, "setting area is 95%: want 2% to 90%"},
		{"silence", "below", 3.0, "setting below is 3dBFS: want -120dBFS to 0dBFS"},
		{"no-signal", "gap", time.Hour, "setting gap is 1h0m0s: want 100ms to 30s"},
		{"analysis-degraded", "dropped", -1, "setting dropped is -1: want 0 to 10000"},
		{"analysis-degraded", "behind", time.Hour, "setting behind is 1h0m0s: want 100ms to 1m0s"},
	} {
		kind, ok := Find(c.kind)
		if !ok {
			t.Fatalf("there is no detector %s", c.kind)
		}
		if _, err := kind.New(set(c.setting, c.value)); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.kind, err, c.want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, k := range All {
		for _, want := range []string{"\n## " + k.Name + "\n", "[" + k.Name + "](#" + k.Name + ")"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q", want)
			}
		}
		for _, s := range k.Settings {
			if !strings.Contains(b.String(), "| `"+s.Name+"` | "+s.Default+" | "+s.Range+" |") {
				t.Errorf("%s: no row for %s", k.Name, s.Name)
			}
		}
	}
	for _, want := range []string{"told after 5s, closed after 2s, on by default. It reads pictures.", "\nSource: "} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := JSON(&b); err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	if err := json.Unmarshal(b.Bytes(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != len(All) {
		t.Fatalf("%d detectors, want %d", len(list), len(All))
	}
	if got := list[0]; got["name"] != "black" || got["severity"] != "critical" || got["for"] != 3.0 || got["enabled"] != true {
		t.Errorf("black: %v", got)
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "1m", 90 * time.Second: "1m30s", time.Hour: "1h", 0: "0s", 10 * time.Second: "10s",
		30*time.Hour + time.Second: "30h0m1s", 500 * time.Millisecond: "500ms",
	} {
		if got := short(d); got != want {
			t.Errorf("%v: got %s, want %s", d, got, want)
		}
	}
}

// The page that operators read is the one that the program prints.
func TestDocumentIsCurrent(t *testing.T) {
	var b bytes.Buffer
	if err := Markdown(&b); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../docs/detectors.md")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(page, b.Bytes()) {
		t.Error("docs/detectors.md is not what `vedette detectors --markdown` prints: run make docs")
	}
}
