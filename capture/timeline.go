package capture

import (
	"sync"
	"time"
)

// The limits of a Timeline. They are the product's choice between believing the sender, whose clock
// is smooth but may be wrong, and believing arrival, which is right but jitters.
const (
	// strayLimit bounds how far the decode clock may be from arrival, either way.
	strayLimit = 10 * time.Second
	// unexplained is how much further than arrival a timestamp may step before it is a jump. It is
	// wide enough for frames that an encoder dropped in a burst.
	unexplained = time.Second
	// backwards is how far decode timestamps may go back before it is a jump: encoders that round
	// or interleave carelessly step back by a frame or two.
	backwards = 100 * time.Millisecond
	// reorder is the same for tracks that have no decode timestamps, where B-frames go back and forth.
	reorder = time.Second
	// straggle is how long after a jump the other tracks may go on with the old timestamps.
	straggle = 3 * time.Second
	// stampRange bounds the timestamps that are believed at all, so that no sum overflows.
	stampRange = time.Duration(1) << 60
)

// Timeline turns the timestamps of one feed's sender into the feed's own clock, which is 0 at its
// epoch, runs with the wall clock and, in decode order, never goes back in any track.
//
// Between two packets it believes the sender: its offset to the feed clock is one for all tracks of
// a session, so that sound and picture keep their relation, and it is only slewed: by at most 1 ms a
// second to follow a sender whose clock drifts, and faster where it began wrong. Where a timestamp
// steps by what arrival does not explain, it believes arrival: the mapping starts again at the moment
// of arrival and the packet is flagged. Timestamps that wrap go on as if they had not.
//
// A Timeline is safe for concurrent use.
type Timeline struct {
	mu     sync.Mutex
	epoch  time.Time
	latest time.Duration // newest arrival on the feed clock; arrivals never go back
	high   time.Duration // the furthest decode time handed out to any track
	cur    *mapping      // nil before the first stamp of a session
	tracks map[int]*trackClock
}

// trackClock is what the Timeline knows of one track.
type trackClock struct {
	m       *mapping      // nil before the first stamp of a session
	raw     time.Duration // last decode timestamp as the sender wrote it
	line    time.Duration // the same with wraps undone
	arrived time.Duration // when it came in
	step    time.Duration // the last step that was believed
	decode  time.Duration // last decode time handed out; kept over sessions
}

// NewTimeline returns the clock of a feed that reads 0 at epoch.
func NewTimeline(epoch time.Time) *Timeline {
	return &Timeline{epoch: epoch, tracks: map[int]*trackClock{}}
}

// Epoch returns the wall clock at 0 on the feed clock.
func (t *Timeline) Epoch() time.Time { return t.epoch }

// Now returns the feed clock at the wall clock now; it is 0 before the epoch.
func (t *Timeline) Now(now time.Time) time.Duration {
	return min(max(now.Sub(t.epoch), 0), stampRange)
}

// Skew returns the feed clock minus arrival, for the packets that came with the least delay of late:
// positive where the sender runs ahead of its packets' arrival.
func (t *Timeline) Skew() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.cur == nil {
		return 0
	}
	return t.cur.lead()
}

// Restart begins a new session of the same feed, as when a publisher connects again: timestamps may
// start anywhere, the feed clock goes on at arrival.
func (t *Timeline) Restart(arrived time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.arrive(arrived)
	t.cur = nil
	for _, c := range t.tracks {
		c.m = nil
	}
}

// Stamp returns where a packet of a track lies on the feed clock, and whether the sender's
// timestamps are not continuous with the track's packet before. Packets of a track come in decode
// order; pts and dts may be NoTime. The result is the presentation time: it follows pts and is
// therefore not monotone where frames are reordered, but never negative.
func (t *Timeline) Stamp(track int, pts, dts time.Duration, arrived time.Time) (at time.Duration, jump bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.arrive(arrived)
	c := t.tracks[track]
	if c == nil {
		c = &trackClock{}
		t.tracks[track] = c
	}

	line, ahead, slack := decodeStamp(pts, dts)
	if line == NoTime {
		// Nothing to go by but arrival, on the clock as it runs at present.
		lead := time.Duration(0)
		if t.cur != nil {
			lead = t.cur.lead()
		}
		return t.advance(c, now+lead, now), false
	}

	mapped, jump := t.follow(c, line, slack, now)
	decode := t.advance(c, mapped, now)
	if !inRange(dts) {
		// The clock of such a track rests while pts goes back; the picture itself does not.
		ahead = clamp(mapped-decode, -reorder, 0)
	}
	return max(decode+ahead, 0), jump
}

// arrive puts an arrival on the feed clock. Arrivals never go back, whatever the wall clock does.
func (t *Timeline) arrive(arrived time.Time) time.Duration {
	t.latest = max(t.latest, t.Now(arrived))
	return t.latest
}

// advance moves a track's decode clock to at, but never back and never further than strayLimit
// from arrival.
func (t *Timeline) advance(c *trackClock, at, now time.Duration) time.Duration {
	at = clamp(at, max(now-strayLimit, 0), now+strayLimit)
	c.decode = max(c.decode, at)
	t.high = max(t.high, c.decode)
	return c.decode
}

// follow maps a decode timestamp to the feed clock and decides whether it is a jump. slack is how
// far back it may go without being one.
func (t *Timeline) follow(c *trackClock, raw, slack, now time.Duration) (mapped time.Duration, jump bool) {
	switch {
	case t.cur == nil:
		// The first packet of a session: start where the session before has ended, at the earliest.
		t.cur = newMapping(raw, max(now, t.high), now)
		t.enter(c, raw, raw, now)
	case c.m == nil:
		jump = !t.join(c, raw, now)
		if jump {
			t.anchor(c, raw, now)
		}
	case !t.carryOn(c, raw, slack, now):
		jump = true
		if c.m == t.cur || !t.join(c, raw, now) {
			t.anchor(c, raw, now)
		}
	case c.m != t.cur && now-t.cur.began > straggle:
		// The other tracks have jumped and this one has not: the sender's relation between them
		// stands, unless it is so wide that the clocks cannot be the same.
		jump = t.join(c, raw, now)
	}
	if behind := c.m.observe(c.line, now); behind {
		t.anchor(c, raw, now)
		jump = true
	}
	return c.line + c.m.offset, jump
}

// enter takes the track into the current mapping with raw as its last timestamp, line with wraps
// undone.
func (t *Timeline) enter(c *trackClock, raw, line, now time.Duration) {
	c.m, c.raw, c.line, c.arrived, c.step = t.cur, raw, line, now, 0
}

// anchor starts a new mapping that puts raw at its arrival.
func (t *Timeline) anchor(c *trackClock, raw, now time.Duration) {
	// After a frame's time, where the clock ran ahead of arrival: packets keep distinct times.
	next := min(c.decode+clamp(c.step, 0, reorder), now+strayLimit)
	t.cur = newMapping(raw, max(now, next), now)
	t.enter(c, raw, raw, now)
}

// join takes the track to the current mapping where its timestamp makes sense there.
func (t *Timeline) join(c *trackClock, raw, now time.Duration) bool {
	m := t.cur
	line := m.line + unwrap(raw-m.raw, now-m.began)
	if lead := line + m.offset - now; lead < -strayLimit || lead > strayLimit {
		return false
	}
	t.enter(c, raw, line, now)
	return true
}

// carryOn follows the track in its mapping and reports false, changing nothing, where the step from
// the packet before is not explained by arrival.
func (t *Timeline) carryOn(c *trackClock, raw, slack, now time.Duration) bool {
	passed := now - c.arrived
	step := unwrap(raw-c.raw, passed)
	if step < -slack {
		return false
	}
	line := c.line + step
	// A sender that was late may catch up; so what counts is where the step leads to.
	lead := line + c.m.offset - now
	limit := unexplained + 2*c.step
	if step > passed+limit && lead > c.m.lead()+limit {
		return false
	}
	c.raw, c.line, c.arrived = raw, line, now
	c.step = clamp(step, 0, 5*time.Second)
	if line >= c.m.line {
		c.m.raw, c.m.line = raw, line
	}
	return true
}

func clamp(d, low, high time.Duration) time.Duration { return max(low, min(d, high)) }
