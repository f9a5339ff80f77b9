package detectors

import "time"

// Turn is what one step did to an [Episode]. One step may both end an episode and start the next:
// the end comes first.
type Turn uint8

// What a step can do.
const (
	Ended   Turn = 1 << iota // the open episode is over; see [Episode.Last]
	Lapsed                   // with Ended: not by evidence, but for want of it, see [Lapse]
	Started                  // an episode is open now; see [Episode.Began]
)

// Episode turns the answers of one detector into episodes by a [Hold]. It is given every answer
// once, in order, and counts evidence on the time of the samples, never on a clock.
//
// The time from one sample to the next belongs to the earlier one's answer. Present answers count
// towards opening until For is reached; a Clear one in between starts over. Once open, Clear
// answers count towards closing until Keep is reached; a Present one in between starts over.
// Unknown adds to neither, and after [Lapse] of nothing else what was said before is forgotten.
type Episode struct {
	hold    Hold
	phase   phase
	started bool
	now     time.Duration // time of the last step
	last    State         // its answer
	known   time.Duration // time of the last answer that was not Unknown

	began, lastBad time.Duration
	bad            time.Duration // evidence of the fault while pending
	clearing       bool
	goodSince      time.Duration
	good           time.Duration // evidence of its absence while clearing

	floor    time.Duration // no episode begins before it: the end of the one before
	previous Span
	flapping bool
	openings [FlapOpenings]time.Duration // when the last ones opened, a ring
	opened   int
}

// Span is when an episode began and ended, on the feed's clock.
type Span struct{ Began, Ended time.Duration }

type phase uint8

const (
	calm phase = iota
	pending
	open
)

// NewEpisode makes the machine of one detector. Negative dwells count as 0.
func NewEpisode(hold Hold) *Episode {
	return &Episode{hold: Hold{For: max(hold.For, 0), Keep: max(hold.Keep, 0)}}
}

// Resume takes up an episode that was open when the feed was last watched; the times are on the
// new clock, so usually negative. It is called before the first Step, and [Lapse] counts from that.
func (e *Episode) Resume(began, lastBad time.Duration, flapping bool) {
	e.phase, e.began, e.lastBad, e.flapping = open, began, max(began, lastBad), flapping
	e.clearing, e.started = false, false
}

// Step takes one answer. lasted is for how long it has been so already, for detectors that need
// some time to be sure ([Verdict.Lasted]). A time that goes backwards counts as no time at all.
func (e *Episode) Step(at time.Duration, answer State, lasted time.Duration) Turn {
	if !e.started {
		e.started, e.now, e.known = true, at, at
		if e.phase == calm {
			e.floor = at
		}
	}
	at, lasted = max(at, e.now), max(lasted, 0)
	turn := e.lapse(at)
	if turn == 0 {
		e.credit(at - e.now)
	}
	e.now, e.last = at, answer
	switch answer {
	case Present:
		e.known = at
		turn |= e.present(at, lasted)
	case Clear:
		e.known = at
		turn |= e.clear(at, lasted)
	}
	return turn
}

func (e *Episode) credit(passed time.Duration) {
	switch e.last {
	case Present:
		e.bad += passed
	case Clear:
		e.good += passed
	}
}

func (e *Episode) present(at, lasted time.Duration) Turn {
	if e.phase == open {
		e.lastBad, e.clearing = at, false
		return 0
	}
	if e.phase == calm {
		e.phase, e.began = pending, max(at-lasted, e.floor)
		e.bad = at - e.began
	}
	e.lastBad = at
	if e.bad < e.hold.For {
		return 0
	}
	e.phase, e.clearing = open, false
	e.flapping = e.opened >= FlapOpenings && at-e.openings[e.opened%FlapOpenings] <= FlapWindow
	e.openings[e.opened%FlapOpenings] = at
	e.opened++
	return Started
}

func (e *Episode) clear(at, lasted time.Duration) Turn {
	if e.phase != open {
		e.phase = calm
		return 0
	}
	if !e.clearing {
		e.clearing, e.goodSince = true, max(at-lasted, e.lastBad)
		e.good = at - e.goodSince
	}
	if e.good < e.keep() {
		return 0
	}
	e.close(e.goodSince)
	return Ended
}

func (e *Episode) keep() time.Duration {
	if e.flapping {
		return max(e.hold.Keep, FlapKeep)
	}
	return e.hold.Keep
}

// lapse forgets what can no longer be confirmed. If the fault was about to be closed, its end is
// the first good sample all the same.
func (e *Episode) lapse(at time.Duration) Turn {
	if e.phase == calm || at-e.known <= Lapse {
		return 0
	}
	if e.phase == pending {
		e.phase = calm
		return 0
	}
	end := e.lastBad
	if e.clearing {
		end = e.goodSince
	}
	e.close(end)
	return Ended | Lapsed
}

func (e *Episode) close(end time.Duration) {
	e.previous = Span{Began: e.began, Ended: end}
	e.phase, e.clearing, e.flapping, e.floor = calm, false, false, end
}

// Open tells whether an episode is open.
func (e *Episode) Open() bool { return e.phase == open }

// Calm tells whether there is neither an open episode nor one that is on its way to be.
func (e *Episode) Calm() bool { return e.phase == calm }

// Flapping tells whether the open episode stands for many.
func (e *Episode) Flapping() bool { return e.flapping }

// Began returns when the open or pending episode began: its first bad sample.
func (e *Episode) Began() time.Duration { return e.began }

// LastBad returns the time of the last bad sample of the open or pending episode.
func (e *Episode) LastBad() time.Duration { return e.lastBad }

// GoodSince returns since when there has been evidence that the open episode is over, where there
// is some that does not suffice yet.
func (e *Episode) GoodSince() (time.Duration, bool) {
	return e.goodSince, e.phase == open && e.clearing
}

// Last returns the episode that ended last.
func (e *Episode) Last() Span { return e.previous }
