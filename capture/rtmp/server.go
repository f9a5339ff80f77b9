package rtmp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
	"github.com/vedette-av/vedette/capture/internal/seat"
)

// Server lets encoders publish on one port, each feed under its own app and key. Feeds come and go
// while it runs without touching each other.
type Server struct {
	opt      Options
	listener net.Listener
	count    counters
	quiet    *quiet.Log
	wg       sync.WaitGroup

	mu      sync.Mutex
	feeds   map[*Feed]struct{} // those that are running
	opening []*link            // not published yet, the oldest first
	links   map[*link]struct{} // all of them
	closed  bool
}

// Listen opens the port of a server, such as ":1935". Connections wait until Serve is called.
func Listen(ctx context.Context, address string, opt Options) (*Server, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen for RTMP on %s: %w", address, err)
	}
	opt = opt.filled()
	return &Server{
		opt: opt, listener: listener, quiet: quiet.New(opt.Log),
		feeds: map[*Feed]struct{}{}, links: map[*link]struct{}{},
	}, nil
}

// Addr returns the address that the server listens on.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Counters returns what the server has met since it began.
func (s *Server) Counters() Counters { return s.count.read() }

// Source returns the feed that is published under app and key, "live" and "main" for
// rtmp://host/live/main. It listens while its Run does; a key can have one feed at a time.
func (s *Server) Source(app, key string, tl *capture.Timeline) (*Feed, error) {
	if key == "" {
		return nil, fmt.Errorf("feed under app %q: the stream key is empty: give one, as in rtmp://:1935/live/KEY", app)
	}
	return &Feed{
		server: s, quiet: quiet.New(s.opt.Log), app: app, path: streamPath(app, key), timeline: tl, numbers: trackTable{},
		seat: seat.New[link](), facts: facts{now: capture.Facts{Reason: noPublisher}},
	}, nil
}

// Serve accepts publishers until ctx ends, then closes all connections and waits for their
// goroutines. It is called once.
func (s *Server) Serve(ctx context.Context) error {
	stop := context.AfterFunc(ctx, s.shut)
	defer s.wg.Wait()
	defer stop()
	defer s.shut()
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			s.admit(ctx, conn)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return ctx.Err()
		default:
			// Out of files, most likely: the oldest connection in wait makes room, and a pause
			// keeps the loop from spinning.
			s.quiet.Say(time.Now(), slog.LevelError, "cannot accept RTMP connections", "error", err)
			s.evict(nil)
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}

// shut closes the port and every connection.
func (s *Server) shut() {
	s.mu.Lock()
	s.closed = true
	_ = s.listener.Close()
	links := make([]*link, 0, len(s.links))
	for l := range s.links {
		links = append(links, l)
	}
	s.mu.Unlock()
	for _, l := range links {
		l.close("the listener was closed")
	}
}

// admit takes a connection among those that have yet to publish. It never blocks.
func (s *Server) admit(ctx context.Context, raw net.Conn) {
	s.count.connections.Add(1)
	conn := raw
	if s.opt.TLS != nil {
		conn = tls.Server(raw, s.opt.TLS)
	}
	l := newLink(raw, conn)
	s.makeRoom(l)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		l.close("the listener was closed")
		return
	}
	s.opening = append(s.opening, l)
	s.links[l] = struct{}{}
	s.mu.Unlock()
	s.wg.Go(func() { s.open(ctx, l) })
}

// makeRoom closes the oldest connections that wait where one more would be too many. The oldest are
// the idle ones: a publisher is through in a moment.
func (s *Server) makeRoom(l *link) {
	s.mu.Lock()
	all, same := len(s.opening), 0
	for _, o := range s.opening {
		if sameHost(o, l) {
			same++
		}
	}
	s.mu.Unlock()
	switch {
	case same >= s.opt.MaxOpeningPeer:
		s.evict(l)
	case all >= s.opt.MaxOpening:
		s.evict(nil)
	}
}

// evict closes the oldest connection in wait, of the same host as l where that is given.
func (s *Server) evict(like *link) {
	s.mu.Lock()
	var oldest *link
	for i, o := range s.opening {
		if like == nil || sameHost(o, like) {
			oldest = o
			s.opening = append(s.opening[:i], s.opening[i+1:]...)
			break
		}
	}
	s.mu.Unlock()
	if oldest != nil {
		oldest.close(crowdedOut)
	}
}

func sameHost(a, b *link) bool { return a.host == b.host }

// opened takes a link off those that have yet to publish, and reports false where it was no longer
// among them.
func (s *Server) opened(l *link) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, o := range s.opening {
		if o == l {
			s.opening = append(s.opening[:i], s.opening[i+1:]...)
			return true
		}
	}
	return false
}

// drop closes a link and forgets it.
func (s *Server) drop(l *link, why string) {
	l.close(why)
	s.opened(l)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.links, l)
}
