package feed

import (
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

const (
	// lineBack is how far timestamps may go back and be reordered pictures, and lineLeap how much
	// further than arrival they may step: beyond, they are those of another stretch.
	lineBack = time.Second
	lineLeap = 10 * time.Second
)

// line follows the timestamps of one track as its sender wrote them, beside their arrival.
type line struct {
	now      detectors.MediaTime // since the last turn
	begun    bool
	track    int
	raw      time.Duration // the furthest timestamp as written
	position time.Duration // of it, from the start of the session
	origin   time.Time     // arrival of the session's first packet
	arrived  time.Time     // of the last packet
}

// take notes a packet, that came so much ahead of its own time on the feed's clock.
func (l *line) take(p capture.Packet, ahead time.Duration) {
	stamp := p.DTS
	if stamp == capture.NoTime {
		stamp = p.PTS
	}
	if stamp == capture.NoTime || p.Arrived.IsZero() || l.begun && p.Track != l.track {
		return
	}
	step := stamp - l.raw
	if !l.begun || p.Jump || step < -lineBack || step-p.Arrived.Sub(l.arrived) > lineLeap {
		step = 0
		l.now.Session++
		l.now.Advanced = 0
		l.begun, l.track, l.raw, l.position, l.origin = true, p.Track, stamp, 0, p.Arrived
		l.now.Stamped = 0
	}
	l.arrived = p.Arrived
	run := l.position + step - p.Arrived.Sub(l.origin)
	if step > 0 {
		l.raw, l.position = stamp, l.position+step
		l.now.Advanced += step
	}
	if l.now.Stamped == 0 {
		l.now.Ahead, l.now.Run = ahead, run
	}
	l.now.Ahead, l.now.Run = max(l.now.Ahead, ahead), max(l.now.Run, run)
	l.now.Stamped++
	if p.Key {
		l.now.Keys++
	}
	l.now.Codec = string(p.Format.Codec)
}

// turn closes the counts of one turn.
func (l *line) turn() detectors.MediaTime {
	turn := l.now
	l.now = detectors.MediaTime{Codec: turn.Codec, Session: turn.Session}
	return turn
}

// interrupt ends the stretch of timestamps: the connection is lost.
func (l *link) interrupt() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines[0].begun, l.lines[1].begun = false, false
}

// network adds what packet networks tell.
func network(turn *detectors.Link, now, before capture.Facts) {
	turn.Received = int(now.Received - before.Received)
	turn.Missing = int(now.Missing - before.Missing)
	turn.Recovered = int(now.Recovered - before.Recovered)
	turn.Late = int(now.Late - before.Late)
	turn.Jitter, turn.RoundTrip = now.Jitter, now.RoundTrip
	turn.KeysOnRequest = now.KeysOnRequest
	turn.Playlist = detectors.PlaylistState(now.Playlist)
}
