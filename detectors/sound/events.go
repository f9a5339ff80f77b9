package sound

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// events counts what happens at a moment and is a fault only if it happens again: one click or one
// short hole may be in the programme. It is a fault from the first of the events that came close
// enough together, until the last.
type events struct {
	count  int           // that make a fault
	within time.Duration // of each other

	times []time.Duration // the last ones, twice as many as make a fault: a ring
	next  int
	held  int
	bad   bool
	began time.Duration
	last  time.Duration
	told  bool // one was added since the last answer
}

func newEvents(count int, within time.Duration) events {
	return events{count: count, within: within, times: make([]time.Duration, 2*count)}
}

// add takes note of an event. One that comes within apart of the last is the same: the other
// channel's, or its echo in the next block.
func (e *events) add(at, apart time.Duration) {
	if e.held > 0 && at-e.last < apart {
		return
	}
	e.last, e.told = at, true
	e.times[e.next] = at
	e.next = (e.next + 1) % len(e.times)
	e.held = min(e.held+1, len(e.times))
	first := e.times[(e.next-e.count+len(e.times))%len(e.times)]
	if e.held >= e.count && at-first <= e.within && !e.bad {
		e.bad, e.began = true, first
	}
}

// judge answers at a moment: Present where an event was told of just now and it is a fault. Between
// events nobody knows; when none came for as long as they were to come within, it has been over
// since the last one. detail is what is said where it is a fault.
func (e *events) judge(at time.Duration, detail string) detectors.Verdict {
	told := e.told
	e.told = false
	recent := 0
	for i := range e.held {
		if at-e.times[i] <= e.within {
			recent++
		}
	}
	rate := min(float64(recent)/float64(2*e.count), 1)
	switch {
	case e.bad && told:
		return detectors.Verdict{State: detectors.Present, Score: max(rate, 0.5), Detail: detail, Lasted: at - e.began}
	case e.bad && at-e.last <= e.within:
		return detectors.Verdict{}
	case e.bad:
		e.bad, e.held = false, 0
		return detectors.Verdict{State: detectors.Clear, Lasted: at - e.last}
	}
	return detectors.Verdict{State: detectors.Clear, Score: min(rate, 0.5)}
}
