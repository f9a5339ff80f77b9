package sound

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// blockLength is how long a block is: what durations are counted in.
const blockLength = 20 * time.Millisecond

// mostAmplitude is more than any meter tells: beyond, squares would overflow.
const mostAmplitude = 1e12

// amplitude returns the RMS amplitude of a channel without its offset, for a line that carries
// nothing but an offset is silent; ok is false where it was not measured.
func amplitude(c *detectors.Channel) (rms float64, ok bool) {
	if !(c.RMS >= 0 && c.RMS <= mostAmplitude) || !(math.Abs(c.DC) <= mostAmplitude) {
		return 0, false
	}
	return math.Sqrt(max(c.RMS*c.RMS-c.DC*c.DC, 0)), true
}

// level is amplitude in decibels, of a channel that was measured.
func level(c *detectors.Channel) detectors.Level {
	rms, _ := amplitude(c)
	return detectors.LevelOf(rms)
}

// audible tells whether there is sound whose channels were all measured.
func audible(s *detectors.Sound) bool {
	if s == nil || len(s.Channels) == 0 {
		return false
	}
	for i := range s.Channels {
		if _, ok := amplitude(&s.Channels[i]); !ok {
			return false
		}
	}
	return true
}

// members returns the channels of a pair; ok is false where the pair names channels that are not
// there.
func members(s *detectors.Sound, p detectors.Pair) (a, b *detectors.Channel, ok bool) {
	if p.A < 0 || p.B < 0 || p.A >= len(s.Channels) || p.B >= len(s.Channels) {
		return nil, nil, false
	}
	return &s.Channels[p.A], &s.Channels[p.B], true
}

// number tells whether a measurement is one.
func number(v float64) bool { return math.Abs(v) <= mostAmplitude }

// score maps a measurement to 0..1: 0.5 at the limit, 1 at certain, which may lie on either side.
func score(value, limit, certain float64) float64 {
	v := 0.5 + 0.5*(value-limit)/(certain-limit)
	if math.IsNaN(v) {
		return 0.5
	}
	return min(max(v, 0), 1)
}

// share maps a measurement that is never below 0 to 0..1: 0.5 at the limit, 1 at certain.
func share(value, limit, certain float64) float64 {
	if value < limit {
		return max(0.5*value/limit, 0)
	}
	return score(value, limit, certain)
}

// said is a verdict whose score is on the right side of a half.
func said(present bool, score float64, detail string) detectors.Verdict {
	if present {
		return detectors.Verdict{State: detectors.Present, Score: max(score, 0.5), Detail: detail}
	}
	return detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5)}
}

// holdSeconds is a dwell in whole seconds.
func holdSeconds(opens, keeps int) detectors.Hold {
	return detectors.Hold{For: time.Duration(opens) * time.Second, Keep: time.Duration(keeps) * time.Second}
}

// firstError returns the first of the errors that is one.
func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
