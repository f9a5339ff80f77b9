package sound

import (
	"fmt"

	"github.com/vedette-av/vedette/detectors"
)

// TruePeak tells of peaks over a limit, between the samples too.
var TruePeak = detectors.Kind{
	Name: "true-peak",
	Doc: "The wave goes over a limit, between the samples too: what follows (a converter, an encoder) may clip. It is " +
		"off by default, for the limit is a rule of a house: much that is made for the web has peaks at full scale, " +
		"and a lossy codec puts 1 to 3 dB on top of what went in. Enable it with the limit that was agreed on, and " +
		"some more where the feed is what comes out of a codec. " +
		"Source: ITU-R BS.1770-4 Annex 2; EBU R 128 (-1 dBTP in production), ATSC A/85 (-2 dBTP).",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(0, 10),
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "above", Default: "-1dBFS", Range: "-40dBFS to 12dBFS", Doc: "True peak level that may be reached, but not exceeded."},
	},
	New: newTruePeak,
}

type truePeakSettings struct {
	Above detectors.Level `mapstructure:"above"`
}

// truePeakCertain is how many decibels over the limit the score is certain.
const truePeakCertain = 6

type truePeak struct {
	settings truePeakSettings
	limit    float64
	detail   string
}

func newTruePeak(decode func(any) error) (detectors.Detector, error) {
	d := &truePeak{settings: truePeakSettings{Above: -1}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.limit = d.settings.Above.Amplitude()
	d.detail = fmt.Sprintf("true peaks above %v", d.settings.Above)
	return d, detectors.InRange("above", d.settings.Above, -40, 12)
}

func (d *truePeak) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	peak := 0.0
	for i := range s.Sound.Channels {
		p := s.Sound.Channels[i].TruePeak
		if !number(p) {
			return detectors.Verdict{}
		}
		peak = max(peak, p)
	}
	limit := float64(d.settings.Above)
	return said(peak > d.limit, score(float64(detectors.LevelOf(peak)), limit, limit+truePeakCertain), d.detail)
}
