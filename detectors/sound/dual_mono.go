package sound

import (
	"github.com/vedette-av/vedette/detectors"
)

// DualMono tells that a stereo pair carries the same sound twice.
var DualMono = detectors.Kind{
	Name: "dual-mono",
	Doc: "Both channels of every pair carry the same sound, where stereo is expected. It is off by default, for much " +
		"programme is mono by intent (news, old films, speech): enable it for the feeds that are to be stereo. A " +
		"moment of true stereo starts the dwell over; what only a codec makes different does not count. " +
		"Source: the difference of the two channels against their level, in blocks of 20 ms.",
	Severity: detectors.Info,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(60, 2),
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "difference", Default: "-35dB", Range: "-80dB to -10dB",
			Doc: "Level of the difference of the two channels against their own, below which they are the same."},
		{Name: "programme", Default: "-50dBFS", Range: "-80dBFS to 0dBFS", Doc: "RMS level from which a pair counts."},
	},
	New: newDualMono,
}

type dualMonoSettings struct {
	Difference detectors.Decibels `mapstructure:"difference"`
	Programme  detectors.Level    `mapstructure:"programme"`
}

type dualMono struct{ settings dualMonoSettings }

// dualMonoCertain is how many decibels below the limit the score is certain.
const dualMonoCertain = 30

func newDualMono(decode func(any) error) (detectors.Detector, error) {
	d := &dualMono{settings: dualMonoSettings{Difference: -35, Programme: -50}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, firstError(
		detectors.InRange("difference", d.settings.Difference, -80, -10),
		detectors.InRange("programme", d.settings.Programme, -80, 0),
	)
}

func (d *dualMono) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	largest, judged := 0.0, false // of the differences against the levels
	for _, p := range s.Sound.Pairs {
		a, b, ok := members(s.Sound, p)
		if !ok {
			continue
		}
		left, _ := amplitude(a)
		right, _ := amplitude(b)
		if loud := max(left, right); loud >= d.settings.Programme.Amplitude() {
			largest, judged = max(largest, p.Difference/loud), true
		}
	}
	if !judged {
		return detectors.Verdict{}
	}
	limit := float64(d.settings.Difference)
	difference := float64(detectors.LevelOf(largest))
	return said(difference < limit, score(difference, limit, limit-dualMonoCertain), "both channels carry the same sound")
}
