package picture

import "time"

// second is the period in which flashes are counted.
const second = time.Second

// leadingEdges is how far apart those of successive flashes are that are acceptable: nine pictures
// at 25 a second.
const leadingEdges = 360 * time.Millisecond

// rhythm counts opposing changes: each is the other way than the one before.
type rhythm struct {
	last    way
	either  bool              // the last change went both ways in different parts of the picture
	changes [64]time.Duration // when the last ones were, a ring
	count   int               // of all of them
	began   time.Duration     // of the sequence that still goes on
	going   bool              // whether there is one
}

// step takes a picture in which enough of the area rose, fell, or both, and returns how many
// opposing changes there were in the second up to it.
func (r *rhythm) step(at time.Duration, rose, fell bool) int {
	up := rose && (r.last != rising || r.either)
	down := fell && (r.last != falling || r.either)
	if up || down {
		r.either = up && down
		switch {
		case up && !down:
			r.last = rising
		case down && !up:
			r.last = falling
		}
		r.changes[r.count%len(r.changes)] = at
		r.count++
	}
	n := r.within(at, second)
	switch {
	case n < sustained:
		r.going = false
	case !r.going:
		r.going, r.began = true, r.change(n-1)
	}
	return n
}

// within counts the changes in a time up to now, which itself is shorter than that time.
func (r *rhythm) within(at, period time.Duration) int {
	n := 0
	for n < min(r.count, len(r.changes)) && at-r.change(n) < period {
		n++
	}
	return n
}

// change returns when the last change but n was.
func (r *rhythm) change(n int) time.Duration {
	return r.changes[(r.count-1-n)%len(r.changes)]
}

// apart tells whether the flashes of the last n changes are acceptable by themselves, whatever
// their number: their leading edges, which are every second change, are far enough from each other.
func (r *rhythm) apart(n int) bool {
	n = min(n, len(r.changes)-2, r.count-2)
	for first := range 2 {
		k := first
		for k < n && r.change(k)-r.change(k+2) >= leadingEdges {
			k += 2
		}
		if k >= n {
			return true
		}
	}
	return false
}

// pause returns the longest time between two of the last n changes.
func (r *rhythm) pause(n int) time.Duration {
	longest := time.Duration(0)
	for i := range min(n, r.count, len(r.changes)) - 1 {
		longest = max(longest, r.change(i)-r.change(i+1))
	}
	return longest
}

// lasted returns for how long the sequence goes on that has been going on.
func (r *rhythm) lasted(at time.Duration) time.Duration {
	if !r.going {
		return 0
	}
	return at - r.began
}
