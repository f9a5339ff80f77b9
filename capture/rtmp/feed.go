package rtmp

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/internal/seat"
)

const noPublisher = "no publisher yet"

// Feed is what comes under one app and key of a Server: one publisher at a time, and one after
// another. It is a capture.Source and a capture.Teller.
type Feed struct {
	server   *Server
	seat     *seat.Seat[link]
	quiet    *quiet.Log // two encoders that fight for a key come and go without end
	app      string
	path     string // app and key
	timeline *capture.Timeline
	numbers  trackTable
	facts    facts
}

// Facts returns what is known of the link; it does not block.
func (f *Feed) Facts() capture.Facts { return f.facts.Facts() }

// Run takes publishers until ctx ends. One that connects while another is there takes over: a
// rebooted encoder does not wait for its old connection to be missed.
func (f *Feed) Run(ctx context.Context, emit func(capture.Packet)) error {
	if err := f.server.attach(f); err != nil {
		return err
	}
	defer f.server.detach(f)
	play := func(l *link) { f.session(l, emit) }
	return f.seat.Run(ctx, play, f.hangUp)
}

// session plays one publisher to its end.
func (f *Feed) session(l *link, emit func(capture.Packet)) {
	s := f.server
	f.facts.connected(l.peer, "publisher "+l.peer+" has sent nothing yet")
	f.timeline.Restart(time.Now())
	d := newDemuxer(f.timeline, emit, f.numbers, &s.count, &f.facts)
	err := play(l, d, map[string]bool{"FCUnpublish": true, "closeStream": true, "deleteStream": true})

	reason := fmt.Sprintf("publisher %s left: %v", l.peer, err)
	switch why := l.closedWhy(); {
	case why != "":
		reason = fmt.Sprintf("publisher %s: %s", l.peer, why)
	case errors.Is(err, errSilent):
		s.count.silent.Add(1)
		reason = fmt.Sprintf("publisher %s was %v", l.peer, err)
	case errors.Is(err, errUnsupported):
		s.count.unsupported.Add(1)
		reason = fmt.Sprintf("publisher %s: %v", l.peer, err)
		// It goes on sending and would not hear us; ending the stream is all that is understood.
		_ = l.status("error", codeDenied, err.Error())
	}
	f.facts.down(reason)
	s.drop(l, reason)
	f.quiet.Say(time.Now(), slog.LevelWarn, "RTMP publisher gone", "app", f.app, "reason", reason)
}

// offer gives a link that is ready to publish to the feed, in place of the one it has.
func (f *Feed) offer(l *link) error {
	current, waiting, ok := f.seat.Offer(l)
	if !ok {
		return &refusal{&f.server.count.wrongKey, codeBadName, "the feed was just removed"}
	}
	f.server.count.publishers.Add(1)
	if current != nil || waiting != nil {
		f.server.count.takeovers.Add(1)
	}
	why := "replaced by " + l.peer
	if current != nil {
		current.close(why)
	}
	if waiting != nil {
		f.server.drop(waiting, why)
	}
	return nil
}

// hangUp ends a session when the feed is removed.
func (f *Feed) hangUp(l *link) { f.server.drop(l, "the feed was removed") }

// attach makes a feed known to publishers.
func (s *Server) attach(f *Feed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.feeds {
		if other.path == f.path {
			return fmt.Errorf("feed under app %q: another feed listens on the same stream key", f.app)
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
