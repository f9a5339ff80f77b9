package mpegts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
)

const (
	// silence is how long nothing may arrive before the feed counts as down, and another sender may
	// take its place.
	silence = time.Second
	// mostDatagram is the largest that UDP carries.
	mostDatagram = 64 << 10
)

// Options are the settings of a Source. The zero value is ready to use.
type Options struct {
	Log    *slog.Logger // nil discards
	Buffer int          // bytes asked of the kernel for datagrams that wait; 8 MiB
}

// Source takes a transport stream from UDP or RTP datagrams. It is a capture.Source and a
// capture.Teller.
//
// A port has one feed, and a feed one sender at a time: datagrams of others are ignored until the
// first has been silent for a second.
type Source struct {
	address Address
	opt     Options
	demux   *Demuxer
	rtp     rtp

	mu  sync.Mutex
	now capture.Facts

	// Of Run alone.
	sender  netip.AddrPort
	last    time.Time // when it last sent
	ignored uint64    // datagrams of others
	told    time.Time // when they were last told of
}

// New returns the source for an address.
func New(a Address, opt Options, tl *capture.Timeline) *Source {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Buffer <= 0 {
		opt.Buffer = receiveBuffer
	}
	return &Source{
		address: a, opt: opt, demux: NewDemuxer(a.Programme, tl),
		now: capture.Facts{Reason: "nothing has arrived yet on " + a.String()},
	}
}

// Facts returns what is known of the link; it does not block.
func (s *Source) Facts() capture.Facts {
	s.mu.Lock()
	f := s.now
	s.mu.Unlock()
	s.demux.Facts(&f, f.Up)
	return f
}

// Run takes the stream until ctx ends or the socket cannot be had.
func (s *Source) Run(ctx context.Context, emit func(capture.Packet)) error {
	socket, err := listen(ctx, s.address, s.opt.Buffer)
	if err != nil {
		s.down(err.Error())
		return err
	}
	defer socket.conn.Close()
	if socket.buffer < s.opt.Buffer {
		s.opt.Log.Warn("the receive buffer is smaller than asked for: bursts may be lost; raise net.core.rmem_max",
			"address", s.address.String(), "bytes", socket.buffer, "wanted", s.opt.Buffer)
	}
	stop := context.AfterFunc(ctx, func() { _ = socket.conn.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	s.rtp = rtp{packet: s.demux.Write, excuse: s.demux.Excuse, anew: func() { s.demux.Start(emit, s.last) }, lost: s.rtp.lost, late: s.rtp.late}
	s.sender = netip.AddrPort{}
	err = s.receive(ctx, socket, emit)
	s.down("no longer listening on " + s.address.String())
	return err
}

// receive reads datagrams until ctx ends.
func (s *Source) receive(ctx context.Context, socket *socket, emit func(capture.Packet)) error {
	buf := make([]byte, mostDatagram)
	var deadline time.Time
	for {
		// Moved on now and then, not for every datagram.
		if now := time.Now(); deadline.Sub(now) < silence/2 {
			deadline = now.Add(silence)
			if err := socket.conn.SetReadDeadline(deadline); err != nil {
				return fmt.Errorf("receive on %s: %w", s.address, err)
			}
		}
		if ctx.Err() != nil { // its deadline may have been overwritten
			return ctx.Err()
		}
		n, dropped, from, err := socket.read(buf)
		switch {
		case err == nil:
			s.datagram(buf[:n], dropped, from, time.Now(), emit)
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.quiet(time.Now())
		default:
			return fmt.Errorf("receive on %s: %w", s.address, err)
		}
	}
}

// datagram takes one datagram.
func (s *Source) datagram(b []byte, dropped int, from netip.AddrPort, now time.Time, emit func(capture.Packet)) {
	if dropped > 0 {
		s.mu.Lock()
		s.now.Dropped += uint64(dropped)
		s.mu.Unlock()
		s.rtp.dropped(dropped)
		if !s.address.RTP {
			s.demux.Excuse()
		}
	}
	if !s.admit(from, now, emit) || len(b) == 0 {
		return
	}
	strange := ""
	if s.address.RTP {
		if err := s.rtp.write(b, now); err != nil {
			strange = err.Error()
		}
	} else if isRTP(b) {
		strange = "what arrives is RTP: write rtp:// instead of udp://"
	} else {
		s.demux.Write(b, now)
	}
	s.up(strange)
}

// isRTP tells a transport stream in RTP from a plain one.
func isRTP(b []byte) bool {
	return len(b) >= 12+packetSize && b[0] == 0x80 && b[1]&0x7f == payloadMP2T && b[12] == syncByte
}

// admit tells whether a datagram is of the feed's sender.
func (s *Source) admit(from netip.AddrPort, now time.Time, emit func(capture.Packet)) bool {
	if len(s.address.Senders) > 0 && !slices.Contains(s.address.Senders, from.Addr()) {
		return false
	}
	switch {
	case from == s.sender && now.Sub(s.last) < silence:
	case from != s.sender && s.sender.IsValid() && now.Sub(s.last) < silence:
		s.ignored++
		if now.Sub(s.told) > time.Minute {
			s.told = now
			s.opt.Log.Warn("another sender is ignored", "address", s.address.String(), "sender", from.String(),
				"in favour of", s.sender.String(), "ignored", s.ignored)
		}
		return false
	default: // what comes after a silence may have begun anew as well
		s.sender, s.rtp.started = from, false
		s.rtp.flush()
		s.demux.Start(emit, now)
		s.mu.Lock()
		s.now.Peer = from.String()
		s.mu.Unlock()
	}
	s.last = now
	return true
}

// up notes that something arrives, or that it is something else than is wanted.
func (s *Source) up(strange string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Received, s.now.Missing, s.now.Lost = s.rtp.taken, s.rtp.lost, s.rtp.lost
	switch {
	case strange != "":
		s.now.Up, s.now.Reason = false, strange
	case !s.now.Up:
		s.now.Up, s.now.Reason = true, ""
	}
}

// quiet notes that nothing has arrived for a while.
func (s *Source) quiet(now time.Time) {
	if !s.sender.IsValid() || now.Sub(s.last) < silence {
		return
	}
	s.down(fmt.Sprintf("%s sends no more to %s", s.sender, s.address))
}

func (s *Source) down(reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now.Up, s.now.Reason = false, reason
}
