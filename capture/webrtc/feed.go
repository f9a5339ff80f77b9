package webrtc

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
)

const noPublisher = "no publisher yet"

// Feed is what is published under one name of a Server: one publisher at a time, and one after
// another. It is a capture.Source and a capture.Teller.
type Feed struct {
	server   *Server
	quiet    *quiet.Log
	name     string
	token    string
	settings Settings
	timeline *capture.Timeline
	numbers  map[trackID]int
	facts    facts

	mu      sync.Mutex
	running bool
	opening []*session // have yet to connect, the oldest first
	current *session
	waiting *session // takes over as soon as current is done
	wake    chan struct{}
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
	var watch sync.WaitGroup
	watch.Go(func() { <-ctx.Done(); f.hangUp() })
	defer watch.Wait() // or a late end of this run could hang up the next one
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-f.wake:
		}
		for s := f.take(); s != nil; s = f.take() {
			f.session(s, emit)
		}
	}
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
	if !f.running {
		s.end("the feed was removed")
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
	f.mu.Lock()
	if !f.running {
		f.mu.Unlock()
		s.end("the feed was removed")
		return false
	}
	current, waiting := f.current, f.waiting
	f.waiting = s
	f.mu.Unlock()

	if current != nil || waiting != nil {
		f.server.count.takeovers.Add(1)
	}
	for _, old := range []*session{current, waiting} {
		if old != nil {
			old.end("replaced by " + s.peer)
		}
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
	return true
}

// take makes the waiting session the current one; nil where there is none.
func (f *Feed) take() *session {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current, f.waiting = f.waiting, nil
	return f.current
}

// hangUp ends all sessions and takes no more.
func (f *Feed) hangUp() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running = false
	for _, s := range append([]*session{f.current, f.waiting}, f.opening...) {
		if s != nil {
			s.end("the feed was removed")
		}
	}
	f.waiting = nil
}

// attach makes a feed known to publishers. Here alone are both locks held, the server's first.
func (s *Server) attach(f *Feed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.feeds {
		if other.name == f.name {
			return fmt.Errorf("feed under /%s: another feed is published under the same name", f.name)
		}
	}
	f.mu.Lock()
	f.running = true
	f.mu.Unlock()
	s.feeds[f] = struct{}{}
	return nil
}

func (s *Server) detach(f *Feed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.feeds, f)
}
