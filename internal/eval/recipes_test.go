package eval

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/catalogue"
	"github.com/vedette-av/vedette/internal/config"
)

// Every case can be run: its kind and settings exist, its truth is in order, its name is its own.
func TestRecipes(t *testing.T) {
	for name, corpus := range map[string]Corpus{"real": {Dir: "clips", Sources: Sources}, "generated": {Sources: madeSources}} {
		t.Run(name, func(t *testing.T) {
			names := map[string]bool{}
			for _, c := range slices.Concat(Cases(Recipes, corpus), CleanCases(corpus), RealCases(corpus)) {
				id := string(c.Source.Half) + " " + c.Name()
				if names[id] {
					t.Errorf("%s: there are two of it: tell them apart by Variant", id)
				}
				names[id] = true
				checkCase(t, c)
			}
		})
	}
}

func checkCase(t *testing.T, c Case) {
	t.Helper()
	if _, ok := catalogue.Find(c.Kind); !ok && c.Kind != CleanKind && c.Kind != RealKind {
		t.Errorf("%s: there is no detector %s", c.Name(), c.Kind)
	}
	if c.Media.none() == (c.Live == nil) {
		t.Errorf("%s: want either Media or Live", c.Name())
	}
	if c.Source.Half != Held && c.Source.Half != Tuned {
		t.Errorf("%s: half %q", c.Name(), c.Source.Half)
	}
	for _, d := range c.Truth {
		if d.From < 0 || d.Until <= d.From {
			t.Errorf("%s: defect %+v", c.Name(), d)
		}
	}
	if _, err := config.Load("", c.settings(catalogue.All), catalogue.All); err != nil {
		t.Errorf("%s: %v", c.Name(), err)
	}
	for _, kind := range slices.Concat(c.Also, c.Source.Has) {
		if _, ok := catalogue.Find(kind); !ok {
			t.Errorf("%s: there is no detector %s", c.Name(), kind)
		}
	}
	for _, w := range c.Wants {
		if _, err := valueNamed(w.Name); err != nil {
			t.Errorf("%s: %v", c.Name(), err)
		}
	}
}

// A clip for thresholds is no clip for results.
func TestSourcesAreSplit(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range slices.Concat(Sources, madeSources) {
		if seen[s.File] {
			t.Errorf("%s is there twice", s.File)
		}
		seen[s.File] = true
		if s.Seconds <= 0 || s.Skip >= s.Seconds+s.Skip || !s.Video && !s.Audio {
			t.Errorf("%+v", s)
		}
	}
	corpus := Corpus{Dir: "clips", Sources: Sources}
	for salt := range 12 {
		halves := map[Half]int{}
		names := map[string]bool{}
		for _, s := range corpus.Pictures(5, salt) {
			halves[s.Half]++
			names[s.File] = true
		}
		if halves[Held] != 5 || halves[Tuned] != 5 || len(names) != 10 {
			t.Errorf("salt %d: %v, %d different", salt, halves, len(names))
		}
	}
}

// What differs in any way is another file.
func TestKeys(t *testing.T) {
	corpus := Corpus{Dir: "clips", Sources: Sources}
	s := Sources[0]
	picture := corpus.Picture(s, 5)
	keys := map[string]string{}
	for name, m := range map[string]Media{
		"picture": picture, "longer": corpus.Picture(s, 6), "later": corpus.PictureFrom(s, 1, 5),
		"h264":   Render(Rendering{Picture: picture, VideoCodec: H264("1M")}),
		"slower": Render(Rendering{Picture: picture, VideoCodec: H264("500k")}),
		"filter": Render(Rendering{Picture: picture, Video: "hflip", VideoCodec: H264("1M")}),
		"loss":   Damage(picture, Loss{Packets: 0.01}),
		"seed":   Damage(picture, Loss{Packets: 0.01, Seed: 1}),
		"baked":  Conceal(Damage(picture, Loss{Packets: 0.01}), H264("1M")),
	} {
		if other, taken := keys[m.Key]; taken {
			t.Errorf("%s is the same file as %s", name, other)
		}
		keys[m.Key] = name
		if strings.Contains(m.Key, "/clips/") {
			t.Errorf("the key of %s depends on where the clips lie: %s", name, m.Key)
		}
	}
}

func TestSaid(t *testing.T) {
	c := Case{Kind: "black", Set: []string{"detectors.black.for=1s", "detectors.freeze.for=2s"}}
	if got := c.said(); got != "for 1s, freeze.for 2s" {
		t.Errorf("said %q", got)
	}
	off := []detectors.Kind{{Name: "black", Off: true}}
	if got := c.settings(off); len(got) != 3 || got[0] != "detectors.black.enabled=true" {
		t.Errorf("settings %q", got)
	}
	if c.tolerance() != 80*time.Millisecond {
		t.Errorf("tolerance %v", c.tolerance())
	}
}

// None ships on by default without a line in the table.
func TestEveryDetectorIsMeasured(t *testing.T) {
	corpus := Corpus{Dir: "clips", Sources: Sources}
	measured := map[string]map[Half]bool{}
	for _, c := range Cases(Recipes, corpus) {
		if measured[c.Kind] == nil {
			measured[c.Kind] = map[Half]bool{}
		}
		measured[c.Kind][c.Source.Half] = true
	}
	for _, kind := range catalogue.All {
		if !kind.Off && !measured[kind.Name][Held] {
			t.Errorf("no recipe tests %s", kind.Name)
		}
	}
}
