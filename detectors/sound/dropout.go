package sound

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Dropout tells of short holes in the programme.
var Dropout = detectors.Kind{
	Name: "dropout",
	Doc: "Short holes in the sound, 5 ms to 1 s long: it breaks off from full level and comes back at full level, or " +
		"one sample is held, as where packets or buffers are lost on the way. A pause of speech or music fades out " +
		"before it, and is none. Holes that a lossy codec coded are filled up and rounded: those shorter than " +
		"about 20 ms cannot be told any more. " +
		"Source: the course of the RMS in steps of 1 ms and runs of equal samples, in each channel.",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(0, 10),
	Settings: []detectors.Setting{
		{Name: "holes", Default: "3", Range: "1 to 1000", Doc: "How many make a fault."},
		{Name: "within", Default: "10s", Range: "1s to 30s", Doc: "The time they come in."},
		{Name: "depth", Default: "35dB", Range: "20dB to 80dB", Doc: "How far the level falls in a hole."},
		{Name: "programme", Default: "-40dBFS", Range: "-80dBFS to 0dBFS", Doc: "RMS level before a hole from which it counts."},
	},
	New: newDropout,
}

type dropoutSettings struct {
	Holes     int                `mapstructure:"holes"`
	Within    time.Duration      `mapstructure:"within"`
	Depth     detectors.Decibels `mapstructure:"depth"`
	Programme detectors.Level    `mapstructure:"programme"`
}

const (
	holeShortest = 5 * time.Millisecond
	holeLongest  = time.Second
	holeApart    = 20 * time.Millisecond // holes of two channels that begin within it are one
)

type dropout struct {
	settings dropoutSettings
	channels []course
	events   events
}

func newDropout(decode func(any) error) (detectors.Detector, error) {
	d := &dropout{settings: dropoutSettings{Holes: 3, Within: 10 * time.Second, Depth: 35, Programme: -40}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := firstError(
		detectors.InRange("holes", d.settings.Holes, 1, 1000),
		detectors.InRange("within", d.settings.Within, time.Second, 30*time.Second),
		detectors.InRange("depth", d.settings.Depth, 20, 80),
		detectors.InRange("programme", d.settings.Programme, -80, 0),
	); err != nil {
		return nil, err
	}
	d.events = newEvents(d.settings.Holes, d.settings.Within)
	return d, nil
}

func (d *dropout) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.channels) != len(s.Sound.Channels) || s.Sound.Broken {
		d.channels = make([]course, len(s.Sound.Channels))
	}
	depth := 2 * int(d.settings.Depth)
	programme := 255 + 2*int(d.settings.Programme)
	for i := range d.channels {
		if ago, ok := d.channels[i].follow(&s.Sound.Channels[i], s.Sound.Rate, depth, programme); ok {
			d.events.add(s.At+s.Sound.Duration-ago, holeApart)
		}
	}
	return d.events.judge(s.At, "short holes in the sound")
}
