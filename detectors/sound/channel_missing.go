package sound

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// ChannelMissing tells that one channel of a pair carries nothing while the other carries programme.
var ChannelMissing = detectors.Kind{
	Name: "channel-missing",
	Doc: "One channel of a pair (left and right, or two neighbours on a cable whose layout nobody knows) carries " +
		"nothing, or far less than the other, while that one carries programme. A pause, in which both are quiet, " +
		"says nothing either way. Sound that wanders to one side, and a mix that is louder on one, is no fault: " +
		"any moment at which the weaker channel carries something of its own starts the dwell over. " +
		"Source: the loss-of-one-leg alarm of stereo monitors; level is the RMS of 20 ms.",
	Severity: detectors.Major,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(10, 2),
	Settings: []detectors.Setting{
		{Name: "below", Default: "-60dBFS", Range: "-120dBFS to -20dBFS", Doc: "RMS level below which a channel carries nothing."},
		{Name: "difference", Default: "35dB", Range: "20dB to 80dB",
			Doc: "How far below the other a channel counts as missing even above that level: crosstalk, or what a codec leaves."},
		{Name: "programme", Default: "-50dBFS", Range: "-80dBFS to 0dBFS", Doc: "RMS level from which the other channel carries programme."},
	},
	New: newChannelMissing,
}

type channelMissingSettings struct {
	Below      detectors.Level    `mapstructure:"below"`
	Difference detectors.Decibels `mapstructure:"difference"`
	Programme  detectors.Level    `mapstructure:"programme"`
}

const (
	// leastGap is what the two must differ by, however quiet the weaker one is.
	leastGap = 28
	// lowGap is what tells, once that was seen, that it had been missing before.
	lowGap = 15
	// floorRoom is how far the weaker channel may rise above what was heard of it while it was
	// missing, and still be the same noise.
	floorRoom = 6
	// gapCertain is how many decibels above the limit the score is certain.
	gapCertain = 30
)

type channelMissing struct {
	settings channelMissingSettings
	pairs    []leg
}

// leg is what is remembered of a pair.
type leg struct {
	missing int             // 0: neither; 1 or 2: which channel
	floor   detectors.Level // the most that was heard of it since
	low     bool            // the weaker one has been below the level, under programme,
	since   time.Duration   // from then on
	detail  string          // of the channel that is missing
}

func newChannelMissing(decode func(any) error) (detectors.Detector, error) {
	d := &channelMissing{settings: channelMissingSettings{Below: -60, Difference: 35, Programme: -50}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, firstError(
		detectors.InRange("below", d.settings.Below, -120, -20),
		detectors.InRange("difference", d.settings.Difference, 20, 80),
		detectors.InRange("programme", d.settings.Programme, -80, 0),
	)
}

func (d *channelMissing) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.pairs) != len(s.Sound.Pairs) {
		d.pairs = make([]leg, len(s.Sound.Pairs))
	}
	answer := detectors.Verdict{}
	suspect := false
	for i, p := range s.Sound.Pairs {
		a, b, ok := members(s.Sound, p)
		if !ok {
			continue
		}
		v := d.judge(&d.pairs[i], s.At, a, b)
		suspect = suspect || v.State == detectors.Unknown && d.pairs[i].missing != 0
		if v.State > answer.State || v.State == answer.State && v.Score > answer.Score {
			answer = v
		}
	}
	if answer.State == detectors.Clear && suspect {
		return detectors.Verdict{} // another pair is in a pause of its fault
	}
	return answer
}

// judge answers for one pair.
func (d *channelMissing) judge(l *leg, at time.Duration, a, b *detectors.Channel) detectors.Verdict {
	left, right := level(a), level(b)
	weak, strong, which, name := right, left, 2, b.Name
	if left < right {
		weak, strong, which, name = left, right, 1, a.Name
	}
	gap := float64(strong - weak)
	if low := strong >= d.settings.Programme && weak < d.settings.Below && gap >= lowGap; !low || !l.low {
		l.low, l.since = low, at
	}
	switch {
	case strong < d.settings.Programme:
		return detectors.Verdict{}
	case gap >= float64(d.settings.Difference) || weak < d.settings.Below && gap >= leastGap:
		limit := min(float64(d.settings.Difference), gap)
		v := said(true, score(gap, limit, limit+gapCertain), "")
		if l.missing != which {
			l.missing, l.floor, l.detail = which, weak, missingDetail(name, which)
			if l.low {
				v.Lasted = at - l.since
			}
		}
		l.floor, v.Detail = max(l.floor, weak), l.detail
		return v
	case l.missing == which && weak <= l.floor+floorRoom:
		return detectors.Verdict{} // a quiet moment of the other channel, over the same noise as before
	}
	l.missing = 0
	return said(false, score(gap, float64(d.settings.Difference), float64(d.settings.Difference)+gapCertain), "")
}

func missingDetail(name string, which int) string {
	if name == "" {
		name = [...]string{"1", "2"}[which-1]
	}
	return fmt.Sprintf("channel %s carries nothing", name)
}
