package srt

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	gosrt "github.com/datarhei/gosrt"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/internal/seat"
	"github.com/vedette-av/vedette/capture/mpegts"
)

// Server lets encoders call on one port, each feed under its stream id. Feeds come and go while it
// runs without touching each other.
type Server struct {
	opt      Options
	listener gosrt.Listener
	count    counters
	quiet    *quiet.Log
	limit    limiter

	mu    sync.Mutex
	feeds map[*Feed]struct{} // those that are running
}

// Listen opens the port of a server, such as ":9000". Callers wait until Serve is called.
func Listen(ctx context.Context, address string, opt Options) (*Server, error) {
	opt = opt.filled()
	config := gosrt.DefaultConfig()
	config.PeerIdleTimeout = opt.Idle
	// The library would share the port with whoever has it already.
	probe, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for SRT on %s: %w", address, err)
	}
	_ = probe.Close()
	listener, err := gosrt.Listen("srt", address, config)
	if err != nil {
		return nil, fmt.Errorf("listen for SRT on %s: %w", address, err)
	}
	return &Server{opt: opt, listener: listener, quiet: quiet.New(opt.Log), feeds: map[*Feed]struct{}{}}, nil
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Counters returns what the server has met since it began.
func (s *Server) Counters() Counters { return s.count.read() }

// Source returns the feed of an address; of that it uses stream id, passphrase and programme. It
// listens while its Run does; a stream id can have one feed at a time. A feed without stream id takes
// the callers that no other feed is meant by.
func (s *Server) Source(a Address, tl *capture.Timeline) *Feed {
	f := &Feed{
		server: s, id: a.StreamID, passphrase: a.Passphrase, timeline: tl,
		demux: mpegts.NewDemuxer(a.Programme, tl), seat: seat.New[link](), quiet: quiet.New(s.opt.Log),
	}
	f.state.now.Reason = noCaller
	return f
}

// Serve takes callers until ctx ends, then closes the port and all connections. It is called once.
func (s *Server) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.listener.Close)
	defer stop()
	defer s.listener.Close()
	for {
		request, err := s.listener.Accept2()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, gosrt.ErrListenerClosed) {
				return ctx.Err()
			}
			return fmt.Errorf("listen for SRT: %w", err)
		}
		s.count.callers.Add(1)
		if r := s.admit(request); r != nil {
			r.count.Add(1)
			s.limit.fault(host(request.RemoteAddr()), time.Now())
			request.Reject(r.code)
			s.quiet.Say(time.Now(), slog.LevelWarn, "SRT caller refused", "peer", request.RemoteAddr().String(), "reason", r.text)
		}
	}
}

// refusal is why a caller does not get in.
type refusal struct {
	count *atomic.Uint64
	code  gosrt.RejectionReason
	text  string
}

// admit gives a caller to its feed, or says why not.
func (s *Server) admit(request gosrt.ConnRequest) *refusal {
	if !s.limit.allows(host(request.RemoteAddr()), time.Now()) {
		return &refusal{&s.count.limited, gosrt.REJX_OVERLOAD, "refused too often of late: try again in a while"}
	}
	name, reads := resource(request.StreamId())
	if reads {
		return &refusal{&s.count.readers, gosrt.REJX_BAD_MODE, "it asks to be sent something, and this server only takes"}
	}
	feed := s.find(request.StreamId(), name)
	if feed == nil {
		return &refusal{&s.count.unknownStream, gosrt.REJX_NOTFOUND, fmt.Sprintf("unknown stream id %q", clip(request.StreamId()))}
	}
	switch {
	case feed.passphrase == "" && request.IsEncrypted():
		return &refusal{&s.count.unencrypted, gosrt.REJ_UNSECURE, "it encrypts, and the feed has no passphrase"}
	case feed.passphrase != "" && !request.IsEncrypted(): // version 4 says that too late to be refused
		return &refusal{&s.count.unencrypted, gosrt.REJ_UNSECURE, "it does not encrypt, and the feed has a passphrase"}
	case feed.passphrase != "":
		if request.SetPassphrase(feed.passphrase) != nil {
			return &refusal{&s.count.wrongPassphrase, gosrt.REJ_BADSECRET, "wrong passphrase"}
		}
	}
	conn, err := request.Accept()
	if err != nil {
		return &refusal{&s.count.unknownStream, gosrt.REJ_SYSTEM, err.Error()}
	}
	feed.offer(&link{conn: conn, peer: request.RemoteAddr().String()})
	return nil
}

// resource reads a stream id in the form of the SRT access control guidelines, "#!::r=main,m=publish",
// or as some servers have it, "publish:main".
func resource(id string) (name string, reads bool) {
	if rest, ok := strings.CutPrefix(id, "publish:"); ok {
		return rest, false
	}
	if rest, ok := strings.CutPrefix(id, "read:"); ok {
		return rest, true
	}
	rest, ok := strings.CutPrefix(id, "#!::")
	if !ok {
		return id, false
	}
	for field := range strings.SplitSeq(rest, ",") {
		key, value, _ := strings.Cut(field, "=")
		switch key {
		case "r":
			name = value
		case "m":
			reads = value == "request"
		}
	}
	return name, reads
}

// find returns the running feed that a stream id means. All are compared, each in constant time, so
// that the answer's delay tells nothing of them.
func (s *Server) find(id, name string) *Feed {
	full, short := sha256.Sum256([]byte(id)), sha256.Sum256([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	var found, any *Feed
	for f := range s.feeds {
		if f.id == "" {
			any = f
			continue
		}
		have := sha256.Sum256([]byte(f.id))
		if subtle.ConstantTimeCompare(have[:], full[:])|subtle.ConstantTimeCompare(have[:], short[:]) == 1 {
			found = f
		}
	}
	if found == nil {
		return any
	}
	return found
}

func host(a net.Addr) string {
	h, _, _ := net.SplitHostPort(a.String())
	return h
}
