package sound

import (
	"math"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/detecttest"
)

func TestScripts(t *testing.T) { detecttest.RunAll(t, All) }

func TestSilenceOfOddBlocks(t *testing.T) {
	block := func(channels ...detectors.Channel) detectors.Sample {
		return detectors.Sample{Sound: &detectors.Sound{Duration: 20 * time.Millisecond, Channels: channels}}
	}
	for _, c := range []struct {
		name   string
		sample detectors.Sample
		want   detectors.State
	}{
		{"an offset and nothing else", block(detectors.Channel{RMS: 0.1, DC: -0.1}), detectors.Present},
		{"sound on an offset", block(detectors.Channel{RMS: 0.15, DC: 0.1}), detectors.Clear},
		{"more offset than there can be", block(detectors.Channel{RMS: 0.1, DC: 0.2}), detectors.Present},
		{"a channel that was not measured", block(detectors.Channel{}, detectors.Channel{RMS: math.NaN()}), detectors.Unknown},
		{"a negative amplitude", block(detectors.Channel{RMS: -1}), detectors.Unknown},
		{"infinite", block(detectors.Channel{RMS: math.Inf(1)}), detectors.Unknown},
		{"no channels", block(), detectors.Unknown},
		{"no sound", detectors.Sample{}, detectors.Unknown},
	} {
		d, err := Silence.New(func(any) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		v := d.Judge(c.sample)
		if v.State != c.want || math.IsNaN(v.Score) || v.Score < 0 || v.Score > 1 {
			t.Errorf("%s: %+v, want %v", c.name, v, c.want)
		}
	}
}
