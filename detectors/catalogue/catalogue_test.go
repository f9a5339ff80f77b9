package catalogue

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

func names(armed []detectors.Armed) []string {
	var list []string
	for _, a := range armed {
		list = append(list, a.Kind.Name)
	}
	return list
}

func pointer[T any](v T) *T { return &v }

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
	case interface{ String() string }:
		return v.String()
	}
	data, _ := json.Marshal(value)
	return string(data)
}

func TestArmDefaults(t *testing.T) {
	armed, err := Arm(nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"black", "freeze", "silence", "no-signal", "decoder-lost", "analysis-degraded"}
	if got := names(armed); !slices.Equal(got, want) {
		t.Errorf("armed %q, want %q", got, want)
	}
	for _, a := range armed {
		if a.Hold != a.Kind.Hold || a.Severity != a.Kind.Severity || a.Detector == nil {
			t.Errorf("%s: %+v", a.Kind.Name, a)
		}
	}
}

func TestArmSettings(t *testing.T) {
	armed, err := Arm(map[string]Settings{
		"freeze": {For: pointer(3 * time.Second), Severity: detectors.Critical},
		"black":  {Enabled: pointer(false)},
		"silence": {Keep: pointer(time.Duration(0)), Decode: func(into any) error {
			field := reflect.ValueOf(into).Elem().FieldByName("Below")
			field.SetFloat(-40)
			return nil
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := names(armed); slices.Contains(got, "black") || len(got) != len(All)-1 {
		t.Errorf("armed %q", got)
	}
	for _, a := range armed {
		switch a.Kind.Name {
		case "freeze":
			if want := (detectors.Hold{For: 3 * time.Second, Keep: 2 * time.Second}); a.Hold != want || a.Severity != detectors.Critical {
				t.Errorf("freeze: %+v %v", a.Hold, a.Severity)
			}
		case "silence":
			if want := (detectors.Hold{For: 10 * time.Second}); a.Hold != want {
				t.Errorf("silence: %+v", a.Hold)
			}
			v := a.Detector.Judge(detectors.Sample{Sound: &detectors.Sound{Channels: []detectors.Channel{{RMS: 0.005}}}})
			if v.State != detectors.Present {
				t.Errorf("-46 dBFS below -40: %v", v)
			}
		}
	}
}

func TestArmOff(t *testing.T) {
	kinds := []detectors.Kind{{Name: "rare", Off: true, New: All[0].New}}
	for enabled, want := range map[*bool]int{nil: 0, pointer(false): 0, pointer(true): 1} {
		armed, err := arm(kinds, map[string]Settings{"rare": {Enabled: enabled}})
		if err != nil || len(armed) != want {
			t.Errorf("enabled %v: %d armed, %v", enabled, len(armed), err)
		}
	}
}

func TestArmErrors(t *testing.T) {
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
		kind     string
		settings Settings
		want     string
	}{
		{"freez", Settings{}, `there is no detector "freez": want one of black, freeze, silence`},
		{"black", Settings{For: pointer(-time.Second)}, "detector black: setting for is -1s: want 0s to 24h0m0s"},
		{"black", Settings{Keep: pointer(48 * time.Hour)}, "detector black: setting keep is 48h0m0s: want 0s to 24h0m0s"},
		{"black", Settings{Decode: set("luma", 0.7)}, "detector black: setting luma is 70%: want 0% to 50%"},
		{"black", Settings{Decode: set("logo_area", 0.5)}, "detector black: setting logo_area is 50%: want 0% to 25%"},
		{"black", Settings{Decode: set("stray_area", -0.5)}, "detector black: setting stray_area is -50%: want 0% to 10%"},
		{"freeze", Settings{Decode: set("ignore_area", 0.4)}, "detector freeze: setting ignore_area is 40%: want 0% to 30%"},
		{"silence", Settings{Decode: set("below", 3.0)}, "detector silence: setting below is 3dBFS: want -120dBFS to 0dBFS"},
		{"no-signal", Settings{Decode: set("gap", time.Hour)}, "detector no-signal: setting gap is 1h0m0s: want 100ms to 30s"},
		{"analysis-degraded", Settings{Decode: set("dropped", -1)}, "detector analysis-degraded: setting dropped is -1: want 0 to 10000"},
		{"analysis-degraded", Settings{Decode: set("behind", time.Hour)}, "detector analysis-degraded: setting behind is 1h0m0s: want 100ms to 1m0s"},
	} {
		_, err := Arm(map[string]Settings{c.kind: c.settings})
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
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
