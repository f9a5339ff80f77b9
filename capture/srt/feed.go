package srt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/internal/seat"
	"github.com/vedette-av/vedette/capture/mpegts"
)

const noCaller = "no caller yet"

// Feed is what comes under one stream id of a Server: one caller at a time, and one after another. It
// is a capture.Source and a capture.Teller.
type Feed struct {
	server     *Server
	seat       *seat.Seat[link]
	quiet      *quiet.Log // two encoders that fight for a stream id come and go without end
	id         string
	passphrase string
	timeline   *capture.Timeline
	demux      *mpegts.Demuxer
	state      state
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
	play := func(l *link) { f.session(l, emit) }
	return f.seat.Run(ctx, play, f.hangUp)
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
	current, waiting, ok := f.seat.Offer(l)
	if !ok {
		l.close("the feed was just removed")
		return
	}
	f.server.count.accepted.Add(1)
	if current != nil || waiting != nil {
		f.server.count.takeovers.Add(1)
	}
	for _, old := range []*link{current, waiting} {
		if old != nil {
			old.close("replaced by " + l.peer)
		}
	}
}

// hangUp ends a session when the feed is removed.
func (f *Feed) hangUp(l *link) { l.close("the feed was removed") }

// attach makes a feed known to callers.
func (s *Server) attach(f *Feed) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for other := range s.feeds {
		if other.id == f.id {
			return errors.New("another feed listens under the same stream id")
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
