package picture

import (
	"math"
	"time"
)

// fineBins is the resolution of past: values from 0 to 1 are counted in that many steps.
const fineBins = 128

// past is how long a feed had each value from 0 to 1. What is older than its memory weighs less
// than a third.
type past struct {
	memory  time.Duration
	seen    time.Duration // in all, without pauses
	at      time.Duration
	started bool
	weights [fineBins + 1]float64 // seconds
	growth  float64               // seconds added now weigh more than those before, by this
	total   float64
}

// longestStep is the longest time between two values that still counts as having been watched.
const longestStep = time.Second

// add counts the time since the value before as having had this value.
func (p *past) add(at time.Duration, value float64) {
	step := p.pause(at)
	if step <= 0 {
		return
	}
	p.seen += step
	if p.growth == 0 {
		p.growth = 1
	}
	// Instead of making all weights smaller, new ones are made larger, until that goes too far.
	if p.growth *= math.Exp(step.Seconds() / p.memory.Seconds()); p.growth > 1e9 {
		for i := range p.weights {
			p.weights[i] /= p.growth
		}
		p.total /= p.growth
		p.growth = 1
	}
	weight := step.Seconds() * p.growth
	p.weights[int(min(max(value, 0), 1)*fineBins)] += weight
	p.total += weight
}

// pause lets time pass that does not count, and returns how long it was, at most longestStep.
func (p *past) pause(at time.Duration) time.Duration {
	step := min(at-p.at, longestStep)
	if !p.started {
		step = 0
	}
	p.at, p.started = at, true
	return step
}

// quantile returns the value below which the feed was for a share of the time.
func (p *past) quantile(share float64) float64 {
	sum := 0.0
	for bin, weight := range p.weights {
		if sum += weight; sum >= share*p.total && sum > 0 {
			return (float64(bin) + 0.5) / fineBins
		}
	}
	return 1
}
