package srt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/mpegts"
)

const noCaller = "no caller yet"

// Feed is what comes under one stream id of a Server: one caller at a time, and one after another. It
// is a capture.Source and a capture.Teller.
type Feed struct {
	server     *Server
	quiet      *quiet.Log // two encoders that fight for a stream id come and go without end
	id         string
	passphrase string
	timeline   *capture.Timeline
	demux      *mpegts.Demuxer
	state      state

	mu      sync.Mutex
	running bool
	current *link
	waiting *link // takes over as soon as current is done
	wake    chan struct{}
}

// Facts returns what is known of the link; it does not block.
func (f *Feed) Facts() capture.Facts { return f.state.facts(f.demux) }

// Run takes callers until ctx ends. One that connects while another is there takes over: a rebooted
// encoder does not wait for its old connection to be missed.
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
		for l := f.take(); l != nil; l = f.take() {
			f.session(l, emit)
		}
	}
}

// session plays one caller to its end.
func (f *Feed) session(l *link, emit func(capture.Packet)) {
	f.state.connected(l.peer)
	f.demux.Start(emit, time.Now())
	err := play(l, f.demux, &f.state, f.server.opt)
	reason := fmt.Sprintf("caller %s: %v", l.peer, err)
	if why := l.closedWhy(); why != "" {
		reason = fmt.Sprintf("caller %s: %s", l.peer, why)
	} else if errors.Is(err, errSilent) {
		f.server.count.silent.Add(1)
	}
	f.state.down(reason)
	l.close(reason)
	f.quiet.Say(time.Now(), slog.LevelWarn, "SRT caller gone", "reason", reason)
}

// offer gives a new connection to the feed, in place of the one it has.
func (f *Feed) offer(l *link) {
	f.mu.Lock()
	if !f.running {
		f.mu.Unlock()
		l.close("the feed was just removed")
		return
	}
	current, waiting := f.current, f.waiting
	f.waiting = l
	f.mu.Unlock()

	f.server.count.accepted.Add(1)
	if current != nil || waiting != nil {
		f.server.count.takeovers.Add(1)
	}
	for _, old := range []*link{current, waiting} {
		if old != nil {
			old.close("replaced by " + l.peer)
		}
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// take makes the waiting link the current one; nil where there is none.
func (f *Feed) take() *link {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.current, f.waiting = f.waiting, nil
	return f.current
}

// hangUp ends the present session and takes no more.
func (f *Feed) hangUp() {
	f.mu.Lock()
	f.running = false
	links := []*link{f.current, f.waiting}
	f.waiting = nil
	f.mu.Unlock()
	for _, l := range links {
		if l != nil {
			l.close("the feed was removed")
		}
	}
}

// attach makes a feed known to callers. Here alone are both locks held, the server's first.
func (s *Server) attach(f *Feed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.feeds {
		if other.id == f.id {
			return errors.New("another feed listens under the same stream id")
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
