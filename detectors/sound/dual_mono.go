package sound

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// DualMono tells that a stereo pair carries the same sound twice.
var DualMono = detectors.Kind{
	Name: "dual-mono",
	Doc: "Both channels of every pair carry the same sound, where stereo is expected. It is off by default, for much " +
		"programme is mono by intent (news, old films, speech): enable it for the feeds that are to be stereo. A " +
		"moment of true stereo starts the dwell over; what only a codec makes different does not count. " +
		"Source: the energy of the difference of the two channels against theirs, over a second.",
	Severity: detectors.Info,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(60, 2),
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "difference", Default: "-24dB", Range: "-80dB to -10dB",
			Doc: "Level of the difference of the two channels against their own, below which they are the same."},
		{Name: "programme", Default: "-50dBFS", Range: "-80dBFS to 0dBFS", Doc: "RMS level from which a pair counts."},
	},
	New: newDualMono,
}

type dualMonoSettings struct {
	Difference detectors.Decibels `mapstructure:"difference"`
	Programme  detectors.Level    `mapstructure:"programme"`
}

type dualMono struct {
	settings dualMonoSettings
	limit    float64 // of energies
	pairs    []samePair
}

// samePair is what is remembered of a pair.
type samePair struct {
	difference window // energy against the channels' own
	same       bool   // as last said
}

const (
	// dualMonoWindow is how many blocks are taken together: 1 s, in which what a codec does to the
	// quiet ones does not count.
	dualMonoWindow = 50
	// dualMonoCertain is how many decibels below the limit the score is certain.
	dualMonoCertain = 30
)

func newDualMono(decode func(any) error) (detectors.Detector, error) {
	d := &dualMono{settings: dualMonoSettings{Difference: -24, Programme: -50}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.limit = math.Pow(10, float64(d.settings.Difference)/10)
	return d, firstError(
		detectors.InRange("difference", d.settings.Difference, -80, -10),
		detectors.InRange("programme", d.settings.Programme, -80, 0),
	)
}

// Judge says Present only where every pair that carries programme carries it twice.
func (d *dualMono) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.pairs) != len(s.Sound.Pairs) {
		d.pairs = make([]samePair, len(s.Sound.Pairs))
		for i := range d.pairs {
			d.pairs[i].difference = newWindow(dualMonoWindow)
		}
	}
	answer := detectors.Verdict{}
	for i, p := range s.Sound.Pairs {
		a, b, ok := members(s.Sound, p)
		if !ok {
			continue
		}
		v := d.judge(&d.pairs[i], p, a, b)
		if v.State == detectors.Clear {
			return v
		}
		if v.State == detectors.Present && (answer.State == detectors.Unknown || v.Score < answer.Score) {
			answer = v
		}
	}
	return answer
}

func (d *dualMono) judge(p *samePair, pair detectors.Pair, a, b *detectors.Channel) detectors.Verdict {
	left, _ := amplitude(a)
	right, _ := amplitude(b)
	loud := max(left, right)
	if loud < d.settings.Programme.Amplitude() || !number(pair.Difference) {
		return detectors.Verdict{}
	}
	p.difference.add(pair.Difference*pair.Difference/loud/loud, loud*loud)
	if p.difference.filled < dualMonoWindow/5 {
		return detectors.Verdict{}
	}
	mean := p.difference.mean()
	limit := float64(d.settings.Difference)
	same := mean < d.limit
	v := said(same, score(10*math.Log10(max(mean, 1e-15)), limit, limit-dualMonoCertain), "both channels carry the same sound")
	switch {
	case same != p.same:
		v.Lasted = time.Duration(p.difference.since(d.limit, !same)) * blockLength
	case same && p.difference.since(d.limit, true) >= turned:
		v = detectors.Verdict{}
	}
	p.same = same
	return v
}
