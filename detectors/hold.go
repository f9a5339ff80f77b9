package detectors

import "time"

// Hold is how long a fault must last before it is told, and how long it must be gone before it is
// closed. It is the only place where durations live.
type Hold struct {
	For  time.Duration // evidence of the fault needed to open
	Keep time.Duration // evidence of its absence needed to close
}

// Lapse is how long a detector may answer Unknown before what it said earlier no longer counts: a
// pending episode is dropped, an open one ends at its last bad sample. A minute is longer than an
// encoder's restart or a republish (5 to 20 s), so that those do not cut one fault into two, and
// short enough that an operator does not look at an alarm which nobody can confirm any more.
const Lapse = time.Minute

// More than FlapOpenings openings within FlapWindow are flapping. A fault that an operator can act
// upon does not come and go five times a minute; without the limit one such detector would fill
// the history and every sink (with the shortest dwells, several times a second).
const (
	FlapOpenings = 4
	FlapWindow   = time.Minute
)

// FlapKeep is the least evidence of calm that closes a flapping episode. It is as long as the
// window, so that a detector which has calmed down starts with a clean record, and so that there
// are never more than FlapOpenings+1 openings in any FlapWindow.
const FlapKeep = FlapWindow
