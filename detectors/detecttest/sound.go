package detecttest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// makeSound makes a block: levels first ("-20", "-20/-70", "off/-20", "none"), then words that
// change it.
func makeSound(words []Word, progress float64, length time.Duration) (*detectors.Sound, error) {
	s := &detectors.Sound{Rate: 48000, Duration: length, Loudness: detectors.Loudness{
		Momentary: math.Inf(-1), ShortTerm: math.Inf(-1), Integrated: math.Inf(-1),
	}}
	if len(words) == 0 || len(words[0].Args) > 0 {
		return nil, fmt.Errorf("want levels such as -20 or -20/-70")
	}
	if err := makeChannels(s, words[0].Name, progress); err != nil {
		return nil, err
	}
	for _, w := range words[1:] {
		if err := soundWord(s, w, progress); err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
	}
	return s, nil
}

// makeChannels makes steady channels of some levels; neighbours are pairs.
func makeChannels(s *detectors.Sound, text string, progress float64) error {
	if text == "none" {
		return nil
	}
	levels := strings.Split(text, "/")
	if len(levels) == 1 {
		levels = append(levels, levels[0]) // stereo
	}
	for _, text := range levels {
		c := detectors.Channel{RepeatRun: 1, Tone: detectors.Tone{Frequency: 600, Rest: 0.8}}
		if text == "off" {
			c.Zeros, c.ZeroRun, c.RepeatRun = 960, 960, 960
			c.Tone = detectors.Tone{}
		} else {
			level, err := number(text, progress)
			if err != nil {
				return err
			}
			c.RMS = detectors.Level(level).Amplitude()
			c.Peak, c.TruePeak = c.RMS*math.Sqrt2, c.RMS*math.Sqrt2
			setSlices(&c, 0, len(c.Slices), level)
		}
		s.Channels = append(s.Channels, c)
	}
	for i := 1; i < len(s.Channels); i += 2 {
		p := detectors.Pair{A: i - 1, B: i, Correlation: 0.6}
		a, b := s.Channels[i-1].RMS, s.Channels[i].RMS
		if a == 0 || b == 0 {
			p.Correlation = 0
		}
		p.Difference = math.Sqrt(max(a*a+b*b-2*p.Correlation*a*b, 0))
		s.Pairs = append(s.Pairs, p)
	}
	return nil
}

// soundWord changes a block.
func soundWord(s *detectors.Sound, w Word, progress float64) error {
	var a [3]float64
	for i := range a {
		var err error
		if a[i], err = w.arg(i, math.NaN(), progress); err != nil {
			return err
		}
	}
	or := func(i int, fallback float64) float64 {
		if math.IsNaN(a[i]) {
			return fallback
		}
		return a[i]
	}
	for i := range s.Channels {
		if err := channelWord(s, &s.Channels[i], w.Name, or); err != nil {
			return err
		}
	}
	for i := range s.Pairs {
		p := &s.Pairs[i]
		left, right := s.Channels[p.A].RMS, s.Channels[p.B].RMS
		switch w.Name {
		case "corr":
			p.Correlation = or(0, 0)
			p.Difference = math.Sqrt(max(left*left+right*right-2*p.Correlation*left*right, 0))
		case "same":
			p.Correlation, p.Difference = 1, left*detectors.Level(or(0, -100)).Amplitude()
			p.Identical = p.Difference < 1e-5
		}
	}
	return nil
}

// channelWord changes a channel.
func channelWord(s *detectors.Sound, c *detectors.Channel, name string, or func(int, float64) float64) error {
	amplitude := func(i int, fallback float64) float64 { return detectors.Level(or(i, fallback)).Amplitude() }
	switch name {
	case "corr", "same": // of pairs
	case "broken":
		s.Broken = true
	case "dc":
		c.DC = or(0, 0)
		c.RMS = math.Hypot(c.RMS, c.DC)
	case "tp":
		c.TruePeak = amplitude(0, 0)
	case "flat":
		c.Clipped, c.ClipRun = int(or(0, 20)), 5
	case "near":
		c.NearPeak = int(or(0, 0.1) * float64(s.Rate) * s.Duration.Seconds())
	case "click":
		c.Click, c.ClickPeak = or(0, 60), amplitude(1, -20)
	case "hum":
		hum := detectors.Hum{Around: amplitude(2, -80)}
		if or(0, 50) == 60 {
			hum.At60 = amplitude(1, -40)
		} else {
			hum.At50 = amplitude(1, -40)
		}
		c.Hum = hum
	case "tone":
		c.Tone = detectors.Tone{Frequency: or(0, 1000), Rest: or(1, 0.001)}
	case "hole":
		from, until := int(or(0, 5)), int(or(1, 15))
		if from < 0 || until > len(c.Slices) || from > until {
			return fmt.Errorf("want slices from 0 to %d", len(c.Slices))
		}
		setSlices(c, from, until, or(2, -200))
	case "held":
		c.RepeatRun = int(or(0, 960))
	case "lufs":
		s.Loudness.Measured, s.Loudness.Updated = time.Hour, true
		s.Loudness.Momentary = or(0, -23)
		s.Loudness.ShortTerm = or(1, s.Loudness.Momentary)
	default:
		return fmt.Errorf("unknown word")
	}
	return nil
}

func setSlices(c *detectors.Channel, from, until int, level float64) {
	for i := from; i < until; i++ {
		c.Slices[i] = uint8(min(max(math.Round(255+2*level), 0), 255))
	}
}
