package srt

import (
	"errors"
	"fmt"
	"sync"
	"time"

	gosrt "github.com/datarhei/gosrt"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/mpegts"
)

// figuresEvery is how often the connection is asked how it is doing.
const figuresEvery = 100 * time.Millisecond

// link is one connection.
type link struct {
	conn gosrt.Conn
	peer string

	mu     sync.Mutex
	closed bool
	why    string // said by whoever closed it from our side
}

// close ends the connection. The first to say why is heard.
func (l *link) close(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed, l.why = true, why
	_ = l.conn.Close() // its error is always nil
}

// closedWhy returns the reason given to close, "" where the peer ended the connection.
func (l *link) closedWhy() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// state is what a source tells of its link, beside what the demuxer knows.
type state struct {
	mu   sync.Mutex
	now  capture.Facts
	base capture.Facts // the sums of the sessions before
}

// down says why nothing comes.
func (s *state) down(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Up, s.now.Peer, s.now.Reason, s.now.State, s.now.RoundTrip = false, "", reason, "", 0
}

// connected names the peer that has yet to send something.
func (s *state) connected(peer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Peer, s.now.Reason, s.now.State = peer, peer+" is connected and has sent nothing yet", "connected"
	s.base = s.now
}

// sent notes that something came, and what was missing before it.
func (s *state) sent(missing uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Up, s.now.Reason = true, ""
	s.now.Received++
	s.now.Missing += missing
	s.now.Lost += missing
}

// figures takes the connection's own.
func (s *state) figures(of *gosrt.Statistics) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Recovered = s.base.Recovered + of.Accumulated.PktRecvRetrans
	s.now.Requests = s.base.Requests + of.Accumulated.PktRecvLoss
	s.now.RoundTrip = time.Duration(of.Instantaneous.MsRTT * float64(time.Millisecond))
	s.now.Latency = time.Duration(of.Instantaneous.MsRecvTsbPdDelay) * time.Millisecond
}

// facts joins what is known of the link and of the stream in it.
func (s *state) facts(d *mpegts.Demuxer) capture.Facts {
	s.mu.Lock()
	f := s.now
	s.mu.Unlock()
	d.Facts(&f, f.Up)
	return f
}

// errSilent is how a session ends in which nothing comes any more.
var errSilent = errors.New("sent nothing")

// play reads a connection to its end and says how that came.
func play(l *link, d *mpegts.Demuxer, s *state, opt Options) error {
	quiet := make(chan struct{})
	timer := time.AfterFunc(opt.Silence, func() { close(quiet); l.close("") })
	defer timer.Stop()
	var next, asked, heard = uint32(0), time.Now(), time.Now()
	began := false
	for {
		p, err := l.conn.ReadPacket()
		if err != nil {
			select {
			case <-quiet:
				return fmt.Errorf("%w for %v", errSilent, opt.Silence)
			default:
			}
			if time.Since(heard) >= opt.Idle {
				return fmt.Errorf("not heard of for %v", opt.Idle)
			}
			return fmt.Errorf("connection closed by the peer: %w", err)
		}
		now := time.Now()
		heard = now
		timer.Reset(opt.Silence)
		number := p.Header().PacketSequenceNumber.Val()
		missing := uint64(0)
		if began {
			const mask = 1<<31 - 1 // sequence numbers are of 31 bits
			missing = uint64((number - next) & mask)
			if missing > mask/2 {
				missing = 0
			}
		}
		began, next = true, number+1
		s.sent(missing)
		d.Write(p.Data(), now)
		p.Decommission()
		if now.Sub(asked) >= figuresEvery {
			asked = now
			var figures gosrt.Statistics
			l.conn.Stats(&figures)
			s.figures(&figures)
		}
	}
}
