package sound

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Silence tells that no channel carries anything.
var Silence = detectors.Kind{
	Name: "silence",
	Doc: "All channels are below a level. The level is that of the RMS of 20 ms blocks, not of single samples: the " +
		"noise that a codec, a dither or an open input leaves behind has peaks 10 dB above its RMS, and a line with " +
		"nothing but that on it is dead. A click shorter than 60 ms does not end a silence. " +
		"Source: the default of -60 dBFS for 10 s is the one that broadcast monitors use (Evertz 7700ACO2; " +
		"FFmpeg silencedetect has the same level for samples).",
	Severity: detectors.Major,
	Reads:    detectors.Sounds,
	Hold:     detectors.Hold{For: 10 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "below", Default: "-60dBFS", Range: "-120dBFS to 0dBFS",
			Doc: "RMS level of the loudest channel below which it is silent. It is sound again 3 dB above."},
	},
	New: newSilence,
}

type silenceSettings struct {
	Below detectors.Level `mapstructure:"below"`
}

const (
	// silenceHysteresis keeps a noise floor at the level from coming and going.
	silenceHysteresis = 3 // dB
	// clickLength is what is too short to be programme: a click of 1 ms may touch two blocks.
	clickLength = 60 * time.Millisecond
	// silenceScale is how many decibels from the level the score is certain.
	silenceScale = 40
)

type silence struct {
	settings silenceSettings
	silent   bool          // as last said
	loud     time.Duration // length of the sound that goes on in a silence
}

func newSilence(decode func(any) error) (detectors.Detector, error) {
	d := &silence{settings: silenceSettings{Below: -60}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("below", d.settings.Below, -120, 0)
}

func (d *silence) Judge(s detectors.Sample) detectors.Verdict {
	level, ok := loudest(s.Sound)
	if !ok {
		return detectors.Verdict{}
	}
	limit := d.settings.Below
	if d.silent {
		limit += silenceHysteresis
	}
	score := 0.5 + float64(d.settings.Below-level)/(2*silenceScale)
	score = min(max(score, 0), 1)
	if level < limit {
		d.silent, d.loud = true, 0
		return detectors.Verdict{State: detectors.Present, Score: max(score, 0.5),
			Detail: fmt.Sprintf("all channels below %v", d.settings.Below)}
	}
	before := d.loud
	d.loud += s.Sound.Duration
	if d.silent && d.loud < clickLength {
		return detectors.Verdict{}
	}
	v := detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5)}
	if d.silent {
		v.Lasted = before // it has been loud since the first block of this run
	}
	d.silent = false
	return v
}

// loudest returns the RMS level of the loudest channel; ok is false where there is no sound to
// judge or a channel was not measured.
func loudest(s *detectors.Sound) (l detectors.Level, ok bool) {
	if !audible(s) {
		return 0, false
	}
	rms := 0.0
	for i := range s.Channels {
		a, _ := amplitude(&s.Channels[i])
		rms = max(rms, a)
	}
	return detectors.LevelOf(rms), true
}
