package link

import "time"

// windowSlices is into how many slices a window is cut: what leaves it leaves a slice at a time.
const windowSlices = 50

// window sums up to four counts over the last stretch of time.
type window struct {
	length time.Duration
	slices [windowSlices]slice // a ring
	first  int
	count  int
}

// slice is what came in one slice of a window.
type slice struct {
	from   time.Duration
	passed time.Duration // time that it covers
	counts [4]float64
}

// add notes counts of the time that passed before this moment.
func (w *window) add(at, passed time.Duration, counts ...float64) {
	for w.count > 0 && at-w.at(0).from > w.length {
		w.first, w.count = (w.first+1)%windowSlices, w.count-1
	}
	if w.count == 0 || at-passed-w.at(w.count-1).from >= w.length/windowSlices {
		if w.count == windowSlices {
			w.first, w.count = (w.first+1)%windowSlices, w.count-1
		}
		w.count++
		*w.at(w.count - 1) = slice{from: at - passed}
	}
	s := w.at(w.count - 1)
	s.passed += passed
	for i, n := range counts {
		s.counts[i] += n
	}
}

// at returns the i-th slice, the oldest first.
func (w *window) at(i int) *slice { return &w.slices[(w.first+i)%windowSlices] }

// sum returns what is in the window.
func (w *window) sum() slice { return w.since(0) }

// since returns the sum of the slices from the i-th on.
func (w *window) since(i int) slice {
	var sum slice
	for ; i < w.count; i++ {
		s := w.at(i)
		if sum.passed == 0 {
			sum.from = s.from
		}
		sum.passed += s.passed
		for k, n := range s.counts {
			sum.counts[k] += n
		}
	}
	return sum
}

// last returns the sum of the slices that began within a time before this moment.
func (w *window) last(at, within time.Duration) slice {
	i := w.count
	for i > 0 && at-w.at(i-1).from <= within {
		i--
	}
	return w.since(i)
}

// oldest returns when the first slice began of which something holds; the window has one.
func (w *window) oldest(has func([4]float64) bool) time.Duration {
	for i := range w.count {
		if s := w.at(i); has(s.counts) {
			return s.from
		}
	}
	return w.at(0).from
}

// onset returns since when something lacks: that end of the window which lacks most in all, by how much
// each slice of it lacks (a cumulative sum; Page, Continuous inspection schemes, 1954).
func (w *window) onset(lack func(slice) float64) time.Duration {
	if w.count == 0 {
		return 0
	}
	var sum, most float64
	from := w.at(w.count - 1).from
	for i := w.count - 1; i >= 0; i-- {
		if sum += lack(*w.at(i)); sum > most {
			most, from = sum, w.at(i).from
		}
	}
	return from
}

// clear empties the window.
func (w *window) clear() { w.first, w.count = 0, 0 }
