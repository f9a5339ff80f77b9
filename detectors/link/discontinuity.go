package link

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Discontinuity tells that the sender's timestamps jump.
var Discontinuity = detectors.Kind{
	Name: "discontinuity",
	Doc: "The timestamps of the sender jump, forwards or back, by what neither the time that passed nor a wrap of their " +
		"counter explains: media were cut, or an encoder or a splicer made a mistake. A player may stumble or lose " +
		"lip-sync. In a file it is a hole in the sound of more than `gap`. A sender that connects again may begin " +
		"anywhere, and that is none.",
	Severity: detectors.Minor,
	Reads:    detectors.Links | detectors.Sounds,
	Hold:     detectors.Hold{For: 0, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "jumps", Default: "0", Range: "0 to 1000", Doc: "Jumps that may come within a second before it is told."},
		{Name: "gap", Default: "1s", Range: "20ms to 1m0s", Doc: "Longest hole in the sound of a file."},
	},
	New: newDiscontinuity,
}

type discontinuitySettings struct {
	Jumps int           `mapstructure:"jumps"`
	Gap   time.Duration `mapstructure:"gap"`
}

type discontinuity struct {
	settings discontinuitySettings
	linked   bool // it is a feed, whose link knows
	began    bool // sound has
	end      time.Duration
	recent   []drop
	verdict  detectors.Verdict // of the link, that stands until the next one
}

func newDiscontinuity(decode func(any) error) (detectors.Detector, error) {
	d := &discontinuity{settings: discontinuitySettings{Gap: time.Second}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := detectors.InRange("jumps", d.settings.Jumps, 0, 1000); err != nil {
		return nil, err
	}
	return d, detectors.InRange("gap", d.settings.Gap, 20*time.Millisecond, time.Minute)
}

func (d *discontinuity) Judge(s detectors.Sample) detectors.Verdict {
	switch {
	case s.Link != nil:
		d.linked = true
		d.verdict = d.jumped(s)
	case s.Sound != nil && !d.linked:
		return d.torn(s)
	}
	return d.verdict
}

// jumped judges what the link counted.
func (d *discontinuity) jumped(s detectors.Sample) detectors.Verdict {
	var recent int
	d.recent, recent = within(d.recent, s.At, s.Link.Jumps)
	switch {
	case s.Link.Jumps > 0 && recent > d.settings.Jumps:
		return detectors.Verdict{
			State: detectors.Present, Score: float64(recent) / float64(recent+d.settings.Jumps),
			Detail: "the timestamps of the sender jump",
		}
	case !s.Link.Up || s.Link.Video+s.Link.Audio == 0:
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Clear}
}

// torn judges the sound of a file, which has no reason to rest: pictures may be far apart.
func (d *discontinuity) torn(s detectors.Sample) detectors.Verdict {
	if len(s.Sound.Channels) == 0 {
		return detectors.Verdict{}
	}
	hole := s.At - d.end
	torn := d.began && hole > d.settings.Gap
	d.began, d.end = true, s.At+s.Sound.Duration
	if !torn {
		return detectors.Verdict{State: detectors.Clear}
	}
	return detectors.Verdict{
		State: detectors.Present, Score: 1 - float64(d.settings.Gap)/float64(2*hole), Lasted: hole,
		Detail: fmt.Sprintf("the timestamps leave a hole of %v in the sound", hole.Round(10*time.Millisecond)),
	}
}
