package sound

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Click tells of clicks that come again and again.
var Click = detectors.Kind{
	Name: "click",
	Doc: "Clicks: single wrong samples or jumps of the wave, as of lost samples, a bad clock or a bad cut, several " +
		"within ten seconds. A click is where what cannot be predicted from neighbouring samples stands far above " +
		"what cannot be predicted in the 10 ms on either side. Drums, plosives and crackle do that less, and one " +
		"click is no fault of a line. A lossy codec smears clicks that were there before it: then only strong ones are found. " +
		"Source: S. Godsill and P. Rayner, \"Digital Audio Restoration\", 1998, chapter 5, with a fixed predictor.",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(0, 10),
	Settings: []detectors.Setting{
		{Name: "clicks", Default: "5", Range: "1 to 1000", Doc: "How many make a fault."},
		{Name: "within", Default: "10s", Range: "1s to 30s", Doc: "The time they come in."},
		{Name: "above", Default: "-30dBFS", Range: "-80dBFS to 0dBFS", Doc: "Height of a click from which it counts."},
	},
	New: newClick,
}

type clickSettings struct {
	Clicks int             `mapstructure:"clicks"`
	Within time.Duration   `mapstructure:"within"`
	Above  detectors.Level `mapstructure:"above"`
}

const (
	// clickStands is how far a click stands out: white noise stays below 6, the hardest drums that
	// were tried below 30 but for a few strokes.
	clickStands = 40
	// clickApart is within which two are one.
	clickApart = 30 * time.Millisecond
)

type click struct {
	settings clickSettings
	least    float64
	events   events
}

func newClick(decode func(any) error) (detectors.Detector, error) {
	d := &click{settings: clickSettings{Clicks: 5, Within: 10 * time.Second, Above: -30}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := firstError(
		detectors.InRange("clicks", d.settings.Clicks, 1, 1000),
		detectors.InRange("within", d.settings.Within, time.Second, 30*time.Second),
		detectors.InRange("above", d.settings.Above, -80, 0),
	); err != nil {
		return nil, err
	}
	d.least = d.settings.Above.Amplitude()
	d.events = newEvents(d.settings.Clicks, d.settings.Within)
	return d, nil
}

func (d *click) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	for i := range s.Sound.Channels {
		c := &s.Sound.Channels[i]
		if c.Click >= clickStands && c.ClickPeak >= d.least {
			// What is told of lies from 10 ms before the block to 10 ms into it.
			d.events.add(s.At, clickApart)
			break
		}
	}
	return d.events.judge(s.At, "clicks")
}
