package eval

import (
	"cmp"
	"slices"
	"time"
)

// Event is one alarm: ours or a peer's.
type Event struct {
	From, Until time.Duration
	Told        time.Duration // when it was raised, on the clock of the case
	Open        bool          // it lasted to the end of the file
}

// Pair is a defect and the event that told of it.
type Pair struct {
	Defect Defect
	Event  Event
}

// Matching compares events with the truth.
type Matching struct {
	Found  []Pair
	Missed []Defect
	False  []Event
}

// Match pairs events with defects, each with at most one. An event can tell of a defect if they
// overlap and at least half of the event lies within the defect widened by the tolerance at both
// ends: an alarm that is always on tells of nothing. Where there is a choice the larger overlap
// wins. An event that is left over is a false one, also where it tells of a defect for the second
// time, unless at least half of it lies where either answer is right.
func Match(truth []Defect, events []Event, tolerance time.Duration) Matching {
	type candidate struct {
		defect, event int
		overlap       time.Duration
	}
	var candidates []candidate
	for i, d := range truth {
		if d.Maybe {
			continue
		}
		for j, e := range events {
			inside := overlap(e, d, tolerance)
			if touches(e, d, tolerance) && 2*inside >= e.Until-e.From {
				candidates = append(candidates, candidate{i, j, inside})
			}
		}
	}
	slices.SortStableFunc(candidates, func(a, b candidate) int { return cmp.Compare(b.overlap, a.overlap) })
	var m Matching
	found, used := map[int]bool{}, map[int]bool{}
	for _, c := range candidates {
		if !found[c.defect] && !used[c.event] {
			found[c.defect], used[c.event] = true, true
			m.Found = append(m.Found, Pair{truth[c.defect], events[c.event]})
		}
	}
	for i, d := range truth {
		if !found[i] && !d.Maybe {
			m.Missed = append(m.Missed, d)
		}
	}
	for j, e := range events {
		if !used[j] && !excused(e, truth, tolerance) {
			m.False = append(m.False, e)
		}
	}
	return m
}

// overlap is how long an event lies within a defect widened by a tolerance.
func overlap(e Event, d Defect, tolerance time.Duration) time.Duration {
	return max(0, min(e.Until, d.Until+tolerance)-max(e.From, d.From-tolerance))
}

// touches tells whether an event, which may be a single moment, meets a widened defect.
func touches(e Event, d Defect, tolerance time.Duration) bool {
	return e.From <= d.Until+tolerance && e.Until >= d.From-tolerance
}

// excused tells whether an event lies where either answer is right.
func excused(e Event, truth []Defect, tolerance time.Duration) bool {
	for _, d := range truth {
		if d.Maybe && touches(e, d, tolerance) && 2*overlap(e, d, tolerance) >= e.Until-e.From {
			return true
		}
	}
	return false
}
