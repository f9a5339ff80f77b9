package file

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

const (
	// A timestamp that falls back this far or leaps ahead that far starts a new run of timestamps.
	// Less is jitter, or a gap in the recording, which stays a gap.
	fallback = time.Second
	leap     = 10 * time.Second
)

// stamps is what a packet says of its time, in the file's own time.
type stamps struct {
	track    int
	pts, dts time.Duration // capture.NoTime where not said
	duration time.Duration // 0 where unknown
	wrap     time.Duration // period of this track's timestamps, 0 where they have none
}

// clock lays the packets of one pass over a file on one line that never runs back, through wraps
// and through places where the timestamps start anew. Tracks cross such a place at different
// packets, so the shift from before it is kept for those that are late.
type clock struct {
	breaks  bool          // the container allows leaps ahead to be breaks
	shift   time.Duration // from the file's time to the line
	earlier time.Duration // the shift before the last break
	broken  bool          // there was a break, earlier counts
	jumped  bool          // and it was none of the counter's wraps
	run     int           // number of breaks so far
	tracks  []lane
	begin   time.Duration // of the run, on the line
	end     time.Duration // of everything placed, NoTime before the first
}

// lane is where one track is.
type lane struct {
	last, end time.Duration // of the packet before, on the line: its decoding time, and its end
	run       int
	seen      bool
}

func newClock(tracks int, breaks bool) *clock {
	return &clock{breaks: breaks, tracks: make([]lane, tracks), end: capture.NoTime}
}

// placed is a packet on the line.
type placed struct {
	at      time.Duration // of presentation; in order of decoding where counted
	decode  time.Duration // of decoding
	jump    bool
	counted bool // the file does not say when it is presented
}

// place finds the place of the next packet in order of decoding.
func (c *clock) place(s stamps) placed {
	l := &c.tracks[s.track]
	reference := s.dts
	if reference == capture.NoTime {
		reference = s.pts
	}
	if reference == capture.NoTime {
		return c.count(l, s.duration)
	}
	shift, jump := c.shiftFor(l, reference, s.wrap)
	p := placed{decode: reference + shift, jump: jump}
	p.at, p.counted = p.decode, s.pts == capture.NoTime
	if !p.counted {
		p.at = s.pts + shift
	}
	c.advance(l, p.decode, max(p.at, p.decode)+s.duration)
	return p
}

// count places a packet without any timestamp behind the one before.
func (c *clock) count(l *lane, duration time.Duration) placed {
	at := l.end
	if !l.seen {
		at = max(c.end, 0)
	}
	c.advance(l, at, at+duration)
	return placed{at: at, decode: at, counted: true}
}

func (c *clock) advance(l *lane, last, end time.Duration) {
	l.last = last
	if !l.seen || end > l.end {
		l.end = end
	}
	l.seen = true
	c.end = max(c.end, end)
}

// shiftFor decides whether a timestamp goes on in the run that the track is in, in the one that
// another track has begun, or begins a new one.
func (c *clock) shiftFor(l *lane, t, wrap time.Duration) (shift time.Duration, jump bool) {
	if c.end == capture.NoTime {
		c.begin = t + c.shift
		return c.shift, false
	}
	first, last := l.last, l.last
	if !l.seen { // files that are interleaved by the second begin with a second of another track
		first, last = c.begin, c.end
	}
	if c.fits(t+c.shift, first, last) {
		if l.run == c.run {
			return c.shift, false
		}
		// The track joins the run: should it overlap with what it played before, all move.
		l.run = c.run
		if over := l.end - (t + c.shift); l.seen && over > 0 {
			c.shift += over
		}
		return c.shift, l.seen && c.jumped
	}
	if c.broken && l.run != c.run && c.fits(t+c.earlier, first, last) {
		return c.earlier, false
	}
	c.earlier, c.broken = c.shift, true
	if round := t + c.shift + wrap; wrap > 0 && round >= first-fallback && round <= last+leap {
		c.shift += wrap
		c.jumped = false
	} else {
		c.shift = c.end - t
		c.jumped, jump = true, true
	}
	c.run++
	c.begin = t + c.shift
	l.run = c.run
	return c.shift, jump
}

// fits tells a timestamp that goes on from where the packets before it were, between first and last.
func (c *clock) fits(t, first, last time.Duration) bool {
	return t >= first-fallback && (!c.breaks || t <= last+leap)
}
