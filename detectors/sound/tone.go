package sound

import (
	"fmt"
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Tone tells that line-up tone is on air.
var Tone = detectors.Kind{
	Name: "tone",
	Doc: "A steady sine on a channel: line-up tone where programme should be. The short breaks by which EBU stereo " +
		"tone, GLITS and BLITS tell channels apart do not end it. Held notes of instruments and voices are not " +
		"steady enough to be one: frequency and level keep to within 0.7 % and 0.5 dB for a second, and what is not " +
		"sine is 20 dB below. " +
		"Source: EBU Tech 3304 (multichannel line-up tone); a sine predicts itself: x(n-d) + x(n+d) = 2 cos(wd) x(n).",
	Severity: detectors.Major,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(5, 2),
	Settings: []detectors.Setting{
		{Name: "above", Default: "-50dBFS", Range: "-90dBFS to 0dBFS", Doc: "RMS level from which a tone counts."},
	},
	New: newTone,
}

type toneSettings struct {
	Above detectors.Level `mapstructure:"above"`
}

const (
	tonePure    = 0.1   // of what is not sine against what is: 20 dB below
	toneSteady  = 1.06  // ratio of level to that of the run, 0.5 dB
	toneTune    = 0.007 // of frequency
	toneLeast   = 250   // Hz: below, smooth sound is predicted nearly as well as a sine
	toneNeeds   = time.Second
	toneBreak   = 600 * time.Millisecond // longest break in a tone: BLITS has 200 ms, the EBU's 250 ms
	toneCertain = 10 * time.Second
)

type tone struct {
	settings toneSettings
	least    float64
	channels []channelTone
	present  bool
	began    time.Duration
	last     time.Duration // when a tone was last heard
	detail   string
}

// channelTone is the sine that goes on in a channel.
type channelTone struct {
	amplitude, frequency float64
	began                time.Duration
	until                time.Duration // end of its last block
}

func newTone(decode func(any) error) (detectors.Detector, error) {
	d := &tone{settings: toneSettings{Above: -50}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.least = d.settings.Above.Amplitude()
	return d, detectors.InRange("above", d.settings.Above, -90, 0)
}

func (d *tone) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.channels) != len(s.Sound.Channels) {
		d.channels = make([]channelTone, len(s.Sound.Channels))
	}
	pure, other := d.hear(s)
	switch {
	case pure != nil && s.At-pure.began >= toneNeeds:
		if !d.present {
			d.present, d.began = true, pure.began
			d.detail = fmt.Sprintf("a tone of %.0f Hz", pure.frequency)
		}
		d.last = s.At + s.Sound.Duration
		v := said(true, score(float64(s.At-d.began), 0, float64(toneCertain)), d.detail)
		v.Lasted = s.At - pure.began
		return v
	case d.present && s.At-d.last < toneBreak,
		pure != nil && s.At-d.last < toneNeeds+toneBreak: // it may go on, or become one
		return detectors.Verdict{}
	case d.present:
		d.present = false
		v := said(false, 0, "")
		v.Lasted = s.At - d.last
		return v
	case pure != nil || !other:
		return detectors.Verdict{}
	}
	return said(false, 0, "")
}

// hear follows the sines of a block and returns the one that has gone on longest; other tells that
// some channel carries another sound.
func (d *tone) hear(s detectors.Sample) (pure *channelTone, other bool) {
	for i := range d.channels {
		t, c := &d.channels[i], &s.Sound.Channels[i]
		rms, _ := amplitude(c)
		if rms < d.least {
			continue
		}
		f := c.Tone.Frequency
		if !(c.Tone.Rest <= tonePure && f >= toneLeast) {
			other = true
			continue
		}
		goesOn := s.At-t.until < toneBreak && !s.Sound.Broken && math.Abs(f-t.frequency) < toneTune*t.frequency &&
			rms < toneSteady*t.amplitude && rms*toneSteady > t.amplitude
		if !goesOn {
			*t = channelTone{amplitude: rms, frequency: f, began: s.At}
		}
		t.until = s.At + s.Sound.Duration
		if pure == nil || t.began < pure.began {
			pure = t
		}
	}
	return pure, other
}
