package detectors

import (
	"math"
	"testing"
	"time"
)

func TestLevel(t *testing.T) {
	for _, c := range []struct {
		text string
		want Level
		ok   bool
	}{
		{"-60dBFS", -60, true}, {"-60 dBFS", -60, true}, {"-60.5db", -60.5, true}, {"-60", -60, true},
		{" 0dBFS ", 0, true}, {"3 dB", 3, true}, {"-1dBTP", -1, true},
		{"", 0, false}, {"dBFS", 0, false}, {"-60%", 0, false}, {"0.001 linear", 0, false},
		{"NaN", 0, false}, {"-infdBFS", 0, false},
	} {
		var l Level
		err := l.UnmarshalText([]byte(c.text))
		if (err == nil) != c.ok || l != c.want {
			t.Errorf("%q: got %v, %v, want %v, ok %v", c.text, l, err, c.want, c.ok)
		}
	}
	if got := Level(-60.5).String(); got != "-60.5dBFS" {
		t.Errorf("written %s", got)
	}
}

func TestLoudnessAndDecibels(t *testing.T) {
	for text, want := range map[string]LUFS{"-23LUFS": -23, "-24 LKFS": -24, "-16.5": -16.5} {
		var l LUFS
		if err := l.UnmarshalText([]byte(text)); err != nil || l != want {
			t.Errorf("%q: got %v, %v, want %v", text, l, err, want)
		}
	}
	for text, want := range map[string]Decibels{"30dB": 30, "2 LU": 2, "0.5": 0.5} {
		var d Decibels
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want {
			t.Errorf("%q: got %v, %v, want %v", text, d, err, want)
		}
	}
	for _, bad := range []string{"", "LUFS", "-23dBFS", "NaN", "10%"} {
		var l LUFS
		var d Decibels
		if l.UnmarshalText([]byte(bad)) == nil || d.UnmarshalText([]byte(bad)) == nil {
			t.Errorf("%q is taken for a loudness or for decibels", bad)
		}
	}
	if got := LUFS(-23).String() + " " + Decibels(1.5).String(); got != "-23LUFS 1.5dB" {
		t.Errorf("written %s", got)
	}
}

func TestLevelAmplitude(t *testing.T) {
	for _, c := range []struct {
		level     Level
		amplitude float64
	}{{0, 1}, {-20, 0.1}, {-60, 0.001}, {20, 10}} {
		if got := c.level.Amplitude(); math.Abs(got-c.amplitude) > 1e-12 {
			t.Errorf("amplitude of %v: %v, want %v", c.level, got, c.amplitude)
		}
		if got := LevelOf(c.amplitude); math.Abs(float64(got-c.level)) > 1e-9 {
			t.Errorf("level of %v: %v, want %v", c.amplitude, got, c.level)
		}
	}
	if got := LevelOf(0); got > -200 || math.IsInf(float64(got), 0) {
		t.Errorf("level of silence: %v", got)
	}
}

func TestRatio(t *testing.T) {
	for _, c := range []struct {
		text string
		want Ratio
		ok   bool
	}{
		{"2%", 0.02, true}, {"2.5 %", 0.025, true}, {"0.02", 0.02, true}, {"0", 0, true}, {"100%", 1, true},
		{"", 0, false}, {"%", 0, false}, {"two", 0, false}, {"NaN", 0, false}, {"inf%", 0, false},
	} {
		var r Ratio
		err := r.UnmarshalText([]byte(c.text))
		if (err == nil) != c.ok || r != c.want {
			t.Errorf("%q: got %v, %v, want %v, ok %v", c.text, float64(r), err, float64(c.want), c.ok)
		}
	}
	for r, want := range map[Ratio]string{0.07: "7%", 0.001: "0.1%", 0: "0%", 1: "100%"} {
		text, err := r.MarshalText()
		if err != nil || string(text) != want {
			t.Errorf("written %s, %v, want %s", text, err, want)
		}
	}
}

func TestInRange(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{InRange("below", Level(-60), -120, 0), ""},
		{InRange("below", Level(-120), -120, 0), ""},
		{InRange("below", Level(6), -120, 0), "setting below is 6dBFS: want -120dBFS to 0dBFS"},
		{InRange("area", Ratio(2), 0, 0.25), "setting area is 200%: want 0% to 25%"},
		{InRange("area", Ratio(math.NaN()), 0, 0.25), "setting area is NaN%: want 0% to 25%"},
		{InRange("for", -time.Second, 0, time.Minute), "setting for is -1s: want 0s to 1m0s"},
		{InRange("dropped", 11, 0, 10), "setting dropped is 11: want 0 to 10"},
	} {
		got := ""
		if c.err != nil {
			got = c.err.Error()
		}
		if got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
