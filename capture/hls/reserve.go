package hls

import "time"

const (
	// slew is the fastest that the schedule follows the server's clock, a second: what
	// capture.Timeline believes to be drift.
	slew = time.Millisecond
	// settled is over how many states of the playlist the least reserve is looked for.
	settled = 8
)

// reserve watches how much of the stream lies between the end of the playlist and what is played.
// Clocks differ: a server that is fast by 100 ppm would be 9 s ahead after a day, and one that is
// slow would leave us with nothing to play every other day, so the schedule follows it.
type reserve struct {
	listed time.Duration // media from the beginning
	lows   []time.Duration
	aim    time.Duration // the least reserve that there was in the beginning
	aimed  bool
	last   time.Time
}

func (r *reserve) add(d time.Duration) { r.listed += d }

// correct returns by how much the schedule is to be put off. It is called with each state of the
// playlist: what was listed up to then, against what was played, is the least that there has been.
func (r *reserve) correct(played, target time.Duration, now time.Time, news bool) time.Duration {
	elapsed := now.Sub(r.last)
	r.last = now
	if !news {
		return 0
	}
	r.lows = append(r.lows, r.listed-played)
	if len(r.lows) < settled {
		return 0
	}
	low := r.lows[0]
	for _, l := range r.lows {
		low = min(low, l)
	}
	if !r.aimed {
		r.aim, r.aimed = low, true
	}
	r.lows = r.lows[1:]
	limit := time.Duration(float64(slew) * min(elapsed, time.Minute).Seconds())
	switch off := low - r.aim; {
	case off > target/4:
		return -limit
	case off < -target/4:
		return limit
	}
	return 0
}
