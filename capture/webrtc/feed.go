package webrtc

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/internal/seat"
)

const (
	noPublisher = "no publisher yet"
	removed     = "the feed was removed"
)

// Feed is what is published under one name of a Server: one publisher at a time, and one after
// another. It is a capture.Source and a capture.Teller.
type Feed struct {
	server   *Server
	seat     *seat.Seat[session]
	quiet    *quiet.Log
	name     string
	token    string
	settings Settings
	timeline *capture.Timeline
	numbers  map[trackID]int
	facts    facts

	mu      sync.Mutex
	opening []*session // have yet to connect, the oldest first
}

// Facts returns what is known of the link; it does not block.
func (f *Feed) Facts() capture.Facts {
	now := f.facts.Facts()
	now.Dropped = f.server.count.overruns.Load()
	return now
}

// Run takes publishers until ctx ends. One that connects while another is there takes over: a
// rebooted encoder does not wait for its old connection to be missed. An offer alone takes nothing.
func (f *Feed) Run(ctx context.Context, emit func(capture.Packet)) error {
	if err := f.server.attach(f); err != nil {
		return err
	}
	defer f.server.detach(f)
	play := func(s *session) { f.session(s, emit) }
	err := f.seat.Run(ctx, play, func(s *session) { s.end(removed) })
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, s := range f.opening { // the seat is closed: no more will come
		s.end(removed)
	}
	return err
}

// session plays one publisher to its end.
func (f *Feed) session(s *session, emit func(capture.Packet)) {
	f.facts.connected(s.peer, "publisher "+s.peer+" has sent nothing yet")
	p := &player{
		receiver: s.receiver, payloads: s.payloads, wait: f.settings.Wait, silence: f.server.opt.Silence,
		timeline: f.timeline, numbers: f.numbers, emit: emit, facts: &f.facts, quiet: f.quiet, peer: s.peer,
	}
	err := p.play()
	reason := fmt.Sprintf("publisher %s: %v", p.peer, err)
	f.facts.down(reason)
	f.quiet.Say(time.Now(), slog.LevelWarn, "WebRTC publisher gone", "feed", f.name, "reason", reason)
}

// expect notes a session that has yet to connect.
func (f *Feed) expect(s *session) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.seat.IsOpen() {
		s.end(removed)
	}
	f.opening = append(f.opening, s)
	if len(f.opening) > f.server.opt.MaxOpening {
		f.opening[0].end("newer offers came before it connected")
	}
}

// unexpect forgets a session that did not connect, and reports false where it had.
func (f *Feed) unexpect(s *session) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, o := range f.opening {
		if o == s {
			f.opening = append(f.opening[:i:i], f.opening[i+1:]...)
			return true
		}
	}
	return false
}

// offer gives a session that has connected to the feed, in place of the one it has.
func (f *Feed) offer(s *session) bool {
	if !f.unexpect(s) {
		return false
	}
	current, waiting, ok := f.seat.Offer(s)
	if !ok {
		s.end(removed)
		return false
	}
	if current != nil || waiting != nil {
		f.server.count.takeovers.Add(1)
	}
	for _, old := range []*session{current, waiting} {
		if old != nil {
			old.end("replaced by " + s.peer)
		}
	}
	return true
}

// attach makes a feed known to publishers.
func (s *Server) attach(f *Feed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.feeds {
		if other.name == f.name {
			return fmt.Errorf("feed under /%s: another feed is published under the same name", f.name)
		}
	}
	f.seat.Open()
	s.feeds[f] = struct{}{}
	return nil
}

func (s *Server) detach(f *Feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.feeds, f)
}
