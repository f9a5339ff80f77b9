package picture

import (
	"errors"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/detecttest"
)

// card paints a picture with structure and colour at a size.
func card(width, height int, full bool, shade func(x, y float64) (luma, cb, cr float64)) *detectors.Picture {
	luma, cb, cr := make([]byte, width*height), make([]byte, (width+1)/2*((height+1)/2)), make([]byte, (width+1)/2*((height+1)/2))
	for y := range height {
		for x := range width {
			l, b, r := shade(float64(x)/float64(width), float64(y)/float64(height))
			if full {
				l, b, r = (l-16)*255/219, (b-128)*255/224+128, (r-128)*255/224+128
			}
			luma[y*width+x] = byte(l + 0.5)
			cb[y/2*((width+1)/2)+x/2], cr[y/2*((width+1)/2)+x/2] = byte(b+0.5), byte(r+0.5)
		}
	}
	meter := detecttest.Meter{Full: full}
	return meter.Measure(width, height, luma, cb, cr)
}

func ramps(x, y float64) (luma, cb, cr float64) { return 30 + 150*x + 40*y, 90 + 60*y, 160 - 50*x }

func plain(_, _ float64) (luma, cb, cr float64) { return 120, 90, 160 }

func taughtSlate(t *testing.T, p *detectors.Picture) detectors.Detector {
	t.Helper()
	f, err := TakeFingerprint("back-soon", p)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Slate.New(func(into any) error {
		into.(*slateSettings).Pictures = "\n " + f.String() + " , " + strings.Replace(f.String(), "back-soon", "second", 1)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// A slate is recognised whatever the size and range of the feed.
func TestSlateAtAnySize(t *testing.T) {
	d := taughtSlate(t, card(1920, 1080, false, ramps))
	for _, c := range []struct {
		width, height int
		full          bool
	}{{1920, 1080, false}, {1280, 720, true}, {640, 360, false}, {720, 576, false}, {641, 361, true}, {320, 180, false}, {3840, 2160, false}} {
		v := d.Judge(detectors.Sample{Picture: card(c.width, c.height, c.full, ramps)})
		if v.State != detectors.Present || v.Score < 0.9 || v.Detail != "slate back-soon" {
			t.Errorf("%dx%d, full %v: got %+v", c.width, c.height, c.full, v)
		}
	}
}

func TestSlateIsNot(t *testing.T) {
	d := taughtSlate(t, card(640, 360, false, ramps))
	for name, c := range map[string]struct {
		picture *detectors.Picture
		want    detectors.State
	}{
		"brighter": {card(640, 360, false, func(x, y float64) (float64, float64, float64) {
			l, b, r := ramps(x, y)
			return l + 9, b, r
		}), detectors.Clear},
		"of another colour": {card(640, 360, false, func(x, y float64) (float64, float64, float64) {
			l, b, r := ramps(x, y)
			return l, r, b
		}), detectors.Clear},
		"mirrored": {card(640, 360, false, func(x, y float64) (float64, float64, float64) { return ramps(1-x, y) }), detectors.Clear},
		"with a corner changed": {card(640, 360, false, func(x, y float64) (float64, float64, float64) {
			if x > 0.85 && y > 0.8 {
				return 235, 128, 128
			}
			return ramps(x, y)
		}), detectors.Present},
		"with a third changed": {card(640, 360, false, func(x, y float64) (float64, float64, float64) {
			if y > 0.66 {
				return 235, 128, 128
			}
			return ramps(x, y)
		}), detectors.Clear},
		"too small to tell": {card(160, 90, false, ramps), detectors.Unknown},
	} {
		if v := d.Judge(detectors.Sample{Picture: c.picture}); v.State != c.want {
			t.Errorf("%s: got %+v, want %v", name, v, c.want)
		}
	}
}

func TestSlateRefuses(t *testing.T) {
	if _, err := TakeFingerprint("plain", card(640, 360, false, plain)); !errors.Is(err, ErrNoContrast) {
		t.Errorf("a plain picture: got %v, want %v", err, ErrNoContrast)
	}
	if _, err := TakeFingerprint("two words", card(640, 360, false, ramps)); err == nil {
		t.Error("a name with a blank is taken")
	}
	if _, err := TakeFingerprint("small", card(96, 64, false, ramps)); err == nil {
		t.Error("a picture of 96x64 is taken")
	}
	f, err := TakeFingerprint("a", card(640, 360, false, ramps))
	if err != nil {
		t.Fatal(err)
	}
	whole := f.String()
	for text, want := range map[string]string{
		"nonsense":                              "is no fingerprint",
		"a=":                                    "damaged or of another version",
		"a=!!!":                                 "damaged or of another version",
		whole[:len(whole)-9]:                    "damaged or of another version",
		strings.Replace(whole, "=A", "=B", 1):   "damaged or of another version",
		strings.Repeat(whole+" ", mostSlates+1): "want at most 16",
	} {
		_, err := Slate.New(func(into any) error {
			into.(*slateSettings).Pictures = text
			return nil
		})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: got %v, want %q", text, err, want)
		}
	}
}

func FuzzParseFingerprint(f *testing.F) {
	print, err := TakeFingerprint("a", card(640, 360, false, ramps))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(print.String())
	f.Add("a=")
	f.Fuzz(func(t *testing.T, text string) {
		read, err := ParseFingerprint(text)
		if err != nil {
			return
		}
		again, err := ParseFingerprint(read.String())
		if err != nil || again != read {
			t.Errorf("%q: written and read again: %v", text, err)
		}
	})
}
