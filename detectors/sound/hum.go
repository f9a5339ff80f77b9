package sound

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Hum tells of mains hum.
var Hum = detectors.Kind{
	Name: "hum",
	Doc: "Mains hum: 50 or 60 Hz with its second and third harmonic, from a ground loop or a broken screen. It stands " +
		"12 dB above what the same bands hold a few hertz beside, and keeps its level second by second, which a bass " +
		"note does not do for long. Where loud bass covers the band, nothing is said. " +
		"Source: Goertzel's algorithm on a Hann window of a second, in each channel.",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(15, 5),
	Settings: []detectors.Setting{
		{Name: "above", Default: "-50dBFS", Range: "-90dBFS to -10dBFS", Doc: "RMS level of the hum from which it is told."},
	},
	New: newHum,
}

type humSettings struct {
	Above detectors.Level `mapstructure:"above"`
}

const (
	humStands  = 4    // times what is beside it, 12 dB
	humSteady  = 1.19 // ratio of one second's amplitude to that before: 1.5 dB
	humCertain = 20   // decibels above the limit at which the score is certain
	humSpan    = time.Second
	humNeeds   = 2  // seconds in a row before it is hum
	humCovered = 10 // seconds that bass may cover it
)

type hum struct {
	settings humSettings
	least    float64
	channels []channelHum
}

// channelHum is what is remembered of a channel: one entry for 50, one for 60 Hz.
type channelHum struct {
	last  detectors.Hum
	age   time.Duration // of last
	mains [2]steadyHum
}

type steadyHum struct {
	amplitude float64 // of the hum that goes on, 0 where there is none
	seconds   int     // it has gone on for
	covered   int     // seconds of louder bass since
	last      float64 // what was found in the last second
	before    float64 // and in the one before the first
	state     detectors.State
}

func newHum(decode func(any) error) (detectors.Detector, error) {
	d := &hum{settings: humSettings{Above: -50}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.least = d.settings.Above.Amplitude()
	return d, detectors.InRange("above", d.settings.Above, -90, -10)
}

func (d *hum) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.channels) != len(s.Sound.Channels) || s.Sound.Broken {
		d.channels = make([]channelHum, len(s.Sound.Channels))
	}
	var worst detectors.Verdict
	judged, clear := false, true
	for i := range d.channels {
		c, h := &d.channels[i], s.Sound.Channels[i].Hum
		if h == (detectors.Hum{}) || !number(h.At50) || !number(h.At60) || !number(h.Around) {
			continue // not a second of sound yet, or none at all
		}
		judged = true
		c.age += s.Sound.Duration
		// One that is the same as the last may be a new one of a perfect hum.
		fresh := c.last == (detectors.Hum{}) || h != c.last && c.age >= humSpan*9/10 || c.age >= humSpan*11/10
		if fresh {
			c.last, c.age = h, 0
		}
		for mains, found := range [2]float64{h.At50, h.At60} {
			m := &c.mains[mains]
			if fresh {
				m.second(found, h.Around, d.least)
			}
			clear = clear && m.state == detectors.Clear
			if v := d.verdict(m, mains, fresh); v.State == detectors.Present && v.Score >= worst.Score {
				worst = v
			}
		}
	}
	if worst.State == detectors.Unknown && clear && judged {
		return said(false, 0, "")
	}
	return worst
}

// second takes note of one second: found at the mains frequency, around beside it.
func (m *steadyHum) second(found, around, least float64) {
	defer func() { m.last = found }()
	stands := found >= least && found >= humStands*around
	ratio := found / m.amplitude // infinite where there was none
	switch {
	case stands && ratio < humSteady && ratio > 1/humSteady:
		m.seconds, m.covered = m.seconds+1, 0
		// Followed slowly, so that a swell does not pass for hum one small step at a time.
		m.amplitude += (found - m.amplitude) / 8
		if m.seconds >= humNeeds {
			m.state = detectors.Present
		}
	case m.amplitude > 0 && found*humSteady >= m.amplitude && found < humStands*around && m.covered < humCovered:
		m.covered++
		m.state = detectors.Unknown
	case stands && m.seconds == 1 && found > m.amplitude: // it began within the last second
		*m = steadyHum{amplitude: found, seconds: 1, state: detectors.Unknown, before: m.last}
	case m.amplitude > 0: // it was no hum, which would have kept its level, or it is gone
		*m = steadyHum{state: detectors.Clear}
	case stands:
		*m = steadyHum{amplitude: found, seconds: 1, state: detectors.Unknown, before: m.last}
	case found >= least:
		*m = steadyHum{state: detectors.Unknown} // bass that may hide hum
	default:
		*m = steadyHum{state: detectors.Clear}
	}
}

func (d *hum) verdict(m *steadyHum, mains int, fresh bool) detectors.Verdict {
	if m.state != detectors.Present {
		return detectors.Verdict{State: m.state}
	}
	level := float64(detectors.LevelOf(m.amplitude))
	limit := float64(d.settings.Above)
	v := said(true, score(level, limit, limit+humCertain), [2]string{"mains hum at 50 Hz", "mains hum at 60 Hz"}[mains])
	if fresh && m.seconds == humNeeds {
		v.Lasted = humNeeds*humSpan + partOf(m.before/m.amplitude)
	}
	return v
}

// partOf returns for how much of a second hum lasted that began within it, by what was found of its
// amplitude: the share of a Hann window's area from its end.
func partOf(found float64) time.Duration {
	low, high := 0.0, 1.0
	for range 12 {
		middle := (low + high) / 2
		if middle-math.Sin(2*math.Pi*middle)/(2*math.Pi) < found {
			low = middle
		} else {
			high = middle
		}
	}
	return time.Duration(low * float64(humSpan))
}
