package sound

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Phase tells that two channels of a pair cancel in mono.
var Phase = detectors.Kind{
	Name: "phase",
	Doc: "The two channels of a pair are out of phase: the polarity of one is reversed, so that a listener in mono " +
		"hears what they have in common cancelled, which is the speech. It is the correlation of the two over two " +
		"seconds that counts: that of ordinary stereo is well above 0, of wide music and applause around 0, and " +
		"only for moments below. Nothing is said of a pair of which one channel is silent. " +
		"Source: the correlation meter of every sound desk; FFmpeg's aphasemeter asks for 2 s, too.",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(8, 3),
	Settings: []detectors.Setting{
		{Name: "below", Default: "-0.4", Range: "-1 to 0", Doc: "Correlation below which a pair is out of phase."},
		{Name: "programme", Default: "-50dBFS", Range: "-80dBFS to 0dBFS", Doc: "RMS level from which the weaker channel of a pair counts."},
	},
	New: newPhase,
}

type phaseSettings struct {
	Below     float64         `mapstructure:"below"`
	Programme detectors.Level `mapstructure:"programme"`
}

// phaseWindow is how many blocks the correlation is taken over: 2 s.
const phaseWindow = 100

type phase struct {
	settings phaseSettings
	least    float64 // amplitude of programme
	pairs    []pairPhase
}

type pairPhase struct {
	correlation window
	reversed    bool
}

func newPhase(decode func(any) error) (detectors.Detector, error) {
	d := &phase{settings: phaseSettings{Below: -0.4, Programme: -50}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.least = d.settings.Programme.Amplitude()
	return d, firstError(
		detectors.InRange("below", d.settings.Below, -1, 0),
		detectors.InRange("programme", d.settings.Programme, -80, 0),
	)
}

func (d *phase) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.pairs) != len(s.Sound.Pairs) {
		d.pairs = make([]pairPhase, len(s.Sound.Pairs))
		for i := range d.pairs {
			d.pairs[i].correlation = newWindow(phaseWindow)
		}
	}
	answer := detectors.Verdict{}
	for i, p := range s.Sound.Pairs {
		if s.Sound.Broken {
			d.pairs[i].correlation.reset()
		}
		a, b, ok := members(s.Sound, p)
		if !ok {
			continue
		}
		if v := d.judge(&d.pairs[i], p, a, b); v.State > answer.State || v.State == answer.State && v.Score > answer.Score {
			answer = v
		}
	}
	return answer
}

func (d *phase) judge(p *pairPhase, pair detectors.Pair, a, b *detectors.Channel) detectors.Verdict {
	left, _ := amplitude(a)
	right, _ := amplitude(b)
	if min(left, right) < d.least || !number(pair.Correlation) {
		return detectors.Verdict{} // and what was heard before stays in the window
	}
	// By amplitude, not energy: a quiet sentence counts nearly as much as a loud one.
	p.correlation.add(pair.Correlation, min(left, right))
	if p.correlation.filled < phaseWindow/2 {
		return detectors.Verdict{}
	}
	mean := p.correlation.mean()
	limit := d.settings.Below
	if p.reversed {
		limit /= 2
	}
	reversed := mean < limit
	v := said(reversed, share(1-mean, 1-d.settings.Below, 2), "the channels of a pair are out of phase: they cancel in mono")
	switch {
	case reversed != p.reversed:
		v.Lasted = time.Duration(p.correlation.since(limit, !reversed)) * blockLength
	case reversed && p.correlation.since(limit, true) >= turned:
		v = detectors.Verdict{} // the mean is still low, by what came before
	}
	p.reversed = reversed
	return v
}
