package rtsp

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/unit"
)

// session turns the RTP packets of one connection into packets of a feed. Over UDP each track comes
// from a goroutine of its own.
type session struct {
	timeline *capture.Timeline
	emit     func(capture.Packet)
	count    *counters
	facts    *facts
	ntp      func(*description.Media, *rtp.Packet) (time.Time, bool)

	last atomic.Int64 // arrival of the last media, Unix nanoseconds

	mu    sync.Mutex
	clock clock
	over  bool // nothing more is emitted
}

// track is one track of a session.
type track struct {
	*choice
	number int
	line   *line

	begun    bool
	sequence uint16
	lost     int // RTP packets since the last packet that was emitted

	pending   bool // a unit is being put together ...
	pendingAt uint32
	pendingTo time.Duration // ... that belongs here
}

// end keeps late packets from being emitted after Run has returned.
func (s *session) end() {
	s.mu.Lock()
	s.over = true
	s.mu.Unlock()
}

// take is called with the RTP packets of one track in order.
func (s *session) take(t *track, p *rtp.Packet) {
	now := time.Now()
	s.last.Store(now.UnixNano())
	s.count.packets.Add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
	missing := t.missing(p.SequenceNumber)
	t.lost += missing
	s.count.lost.Add(uint64(missing))
	s.facts.arrived(missing)
	pts := s.clock.stamp(t.line, p.Timestamp, now)
	if sender, ok := s.ntp(t.media, p); ok {
		s.clock.relate(t.line, sender)
	}
	units, err := t.open(p)
	at := t.belongs(p, pts, err)
	switch {
	case errors.Is(err, errMore):
		return
	case err != nil:
		s.count.malformed.Add(1)
		return
	}
	for _, parts := range units {
		s.deliver(t, parts, at, now)
		if t.step != nil {
			at += t.step(parts[0])
		}
	}
}

// missing returns how many packets are missing before this one. Sequence numbers that go back, or
// leap by more than a second of any stream could have, are those of a sender that began again.
func (t *track) missing(sequence uint16) int {
	gap := int(int16(sequence - t.sequence - 1))
	begun := t.begun
	t.begun, t.sequence = true, sequence
	if !begun || gap < 0 || gap > 10_000 {
		return 0
	}
	return gap
}

// belongs returns where the units that came of a packet lie: at its timestamp, or at that of the
// packets before it, where the sender does not mark the last packet of a picture and the next one
// shows that it is complete.
func (t *track) belongs(p *rtp.Packet, pts time.Duration, err error) time.Duration {
	if !t.late {
		return pts
	}
	at, before := pts, t.pending && t.pendingAt != p.Timestamp
	if before {
		at = t.pendingTo
	}
	if errors.Is(err, errMore) || before {
		t.pending, t.pendingAt, t.pendingTo = true, p.Timestamp, pts
	} else {
		t.pending = false
	}
	return at
}

// deliver stamps a unit and emits it.
func (s *session) deliver(t *track, parts [][]byte, pts time.Duration, arrived time.Time) {
	data, key, err := t.stream.Pack(parts)
	switch {
	case errors.Is(err, unit.ErrUnconfigured):
		s.count.unconfigured.Add(1)
		return
	case errors.Is(err, unit.ErrEmpty):
		return
	case err != nil:
		s.count.malformed.Add(1)
		return
	}
	// RTP has no decode timestamps.
	at, jump := s.timeline.Stamp(t.number, pts, capture.NoTime, arrived)
	lost := t.lost
	t.lost = 0
	s.facts.sent(lost, jump)
	s.emit(capture.Packet{
		Format: t.stream.Format, Track: t.number, Data: data,
		At: at, PTS: pts, DTS: capture.NoTime, Arrived: arrived,
		Key: key, Lost: lost, Jump: jump,
	})
}
