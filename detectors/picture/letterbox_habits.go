package picture

import (
	"math"
	"time"
)

// format is how much of the height and of the width bars take.
type format struct{ rows, columns float64 }

func (f format) is(o format) bool {
	return math.Abs(f.rows-o.rows) <= 2*sameBars && math.Abs(f.columns-o.columns) <= 2*sameBars
}

// habit is a format that a feed has shown.
type habit struct {
	format format
	shown  time.Duration // altogether
	seen   time.Duration // last
}

// forgetHabit is for how long a format is remembered that is not shown.
const forgetHabit = 24 * time.Hour

// habits are the formats that a feed has shown lately.
type habits struct {
	list [8]habit
	n    int
}

// known takes what is shown now, and for how long since the last time, and tells whether the feed is
// used to it. It is to the first.
func (h *habits) known(at, passed time.Duration, f format, adopt time.Duration) bool {
	for i := 0; i < h.n; i++ {
		if k := &h.list[i]; k.format.is(f) {
			if at-k.seen > forgetHabit {
				k.shown = 0
			}
			k.shown, k.seen = k.shown+passed, at
			return k.shown >= adopt
		}
	}
	k := habit{format: f, seen: at}
	if h.n == 0 {
		k.shown = adopt
	}
	h.add(k)
	return k.shown >= adopt
}

// add puts a habit in place of the one not seen for the longest time.
func (h *habits) add(k habit) {
	if h.n < len(h.list) {
		h.list[h.n] = k
		h.n++
		return
	}
	oldest := 0
	for i := range h.list {
		if h.list[i].seen < h.list[oldest].seen {
			oldest = i
		}
	}
	h.list[oldest] = k
}
