package webrtc

import (
	"time"
)

const (
	// trusted is how far a sender report may put a track from where its arrival has it. Reports
	// that say more are of a sender whose clocks are not one.
	trusted = 3 * time.Second
	// nudged is up to where a correction is noise of the sender's clock, and smoothed.
	nudged = 20 * time.Millisecond
	// longPause is after how long a track begins anew: its timestamps may have wrapped unseen.
	longPause = time.Hour
)

// senderClock relates the tracks of one session: RTP timestamps of each start anywhere, and sender
// reports tell by the sender's own wall clock how they lie to each other (RFC 3550, 6.4.1). The
// track that reports first is the reference: its line never bends, so that a sender that sets its
// wall clock moves nothing; the others are laid beside it. Until a track has reported, its arrival
// places it.
type senderClock struct {
	began     time.Time
	reference *trackClock
	origin    time.Duration // wall clock of the sender at 0 of the session, by the reference
}

// trackClock is the line of one track from RTP timestamps to the session's time.
type trackClock struct {
	rate    int64 // ticks a second
	started bool
	ext     int64         // the furthest timestamp, without its wraps
	offset  time.Duration // session time minus the timestamp's
	placed  bool          // by a report
	early   *report       // came before the first packet
	seen    time.Time     // arrival of the last packet
}

// report is what a sender report says: the two clocks at one moment.
type report struct {
	wall time.Duration // since the NTP era began
	rtp  uint32
}

// wallClock turns an NTP timestamp of 32.32 bits into time since its era began.
func wallClock(ntp uint64) time.Duration {
	return time.Duration(ntp>>32)*time.Second + time.Duration((ntp&0xffffffff)*1e9>>32)
}

// stamp returns where an RTP timestamp lies in the session's time. Timestamps may go back, as
// reordered pictures do, and wrap.
func (s *senderClock) stamp(t *trackClock, rtp uint32, arrived time.Time) time.Duration {
	if arrived.Sub(t.seen) > longPause {
		t.rebase()
	}
	t.seen = arrived
	if !t.started {
		t.started = true
		t.ext = int64(rtp)
		t.offset = arrived.Sub(s.began) - ticks(t.ext, t.rate)
		if t.early != nil {
			s.report(t, *t.early)
			t.early = nil
		}
	}
	ext := t.extend(rtp)
	t.ext = max(t.ext, ext)
	return ticks(ext, t.rate) + t.offset
}

// rebase begins the track anew.
func (t *trackClock) rebase() { t.started, t.placed = false, false }

// extend undoes the wraps of a timestamp, taking it as the nearest to the furthest so far.
func (t *trackClock) extend(rtp uint32) int64 { return t.ext + int64(int32(rtp-uint32(t.ext))) }

// report lays the track where a sender report has it.
func (s *senderClock) report(t *trackClock, r report) {
	if r.wall == 0 {
		return // the sender has no wall clock (RFC 3550, 6.4.1)
	}
	if !t.started {
		t.early = &r
		return
	}
	at := ticks(t.extend(r.rtp), t.rate)
	if s.reference == nil {
		s.reference = t
	}
	if s.reference == t {
		s.origin = r.wall - at - t.offset
		t.placed = true
		return
	}
	if !s.reference.placed {
		return
	}
	off := r.wall - at - s.origin - t.offset
	switch {
	case off > trusted || off < -trusted:
		return
	case t.placed && off <= nudged && off >= -nudged:
		off /= 2
	}
	t.offset += off
	t.placed = true
}

// ticks turns a count of ticks into time, exact to the nanosecond for any count.
func ticks(n, rate int64) time.Duration {
	return time.Duration(n/rate)*time.Second + time.Duration(n%rate*int64(time.Second)/rate)
}
