// Package api is the window of the daemon: feeds and incidents as JSON, changes as server-sent
// events, health, metrics and a page for a wall monitor. Everything is read-only.
package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/net/netutil"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/status"
)

// Feeds is what is known of the feeds at the moment.
type Feeds interface {
	Feeds() []status.Feed
	Feed(name string) (status.Feed, bool)
}

// Incidents is where incidents are kept.
type Incidents interface {
	Incidents(ctx context.Context, f bus.Filter) ([]detectors.Incident, error)
	OpenIncidents(feed string) []detectors.Incident
	Watch(ctx context.Context, after uint64) (<-chan bus.Event, error)
	LastSeq() uint64
	Acknowledger
}

// Options is what a Server stands on. All but Log must be given.
type Options struct {
	Listen    string // host:port
	Site      string
	Version   string
	Feeds     Feeds
	Incidents Incidents
	// Forwarding is what forwards messages.
	Forwarding Forwarding
	// Listeners returns what the ports have met that strangers can knock at; nil where there are none.
	Listeners func() []status.Listener
	// Health returns why the process is not healthy: a loop that does not turn.
	Health func(now time.Time) error
	// Ready returns why the process does not do its work: it starts, or it ends.
	Ready func() error
	Log   *slog.Logger
}

// The limits of what clients may ask of us. Wall monitors and scrapers are few.
const (
	mostConnections = 256
	mostWatchers    = 64
	mostHeader      = 16 << 10
	answerWithin    = 20 * time.Second // to read a request, work on it and write the answer
)

// Server answers on one address.
type Server struct {
	options  Options
	log      *slog.Logger
	listener net.Listener
	http     *http.Server
	stop     context.CancelFunc // ends the streams of events
	watchers atomic.Int64

	heartbeat   time.Duration // between comments on a stream of events
	writeWithin time.Duration // a client that takes longer to take an event is dropped
}

// New listens on the address, so that a port in use is told at the start. Serve answers.
func New(o Options) (*Server, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", o.Listen)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("the API cannot listen on %s: another process has that port: stop it, or set api.listen to another", o.Listen)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("the API cannot listen on %s: this machine has no such address: set api.listen to one that it has", o.Listen)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("the API cannot listen on %s: ports below 1024 are for root: set api.listen to a higher one", o.Listen)
	case err != nil:
		return nil, fmt.Errorf("the API cannot listen on %s: %w", o.Listen, err)
	}
	life, stop := context.WithCancel(context.Background())
	s := &Server{options: o, log: o.Log, listener: netutil.LimitListener(listener, mostConnections), stop: stop,
		heartbeat: 15 * time.Second, writeWithin: 10 * time.Second}
	s.http = &http.Server{
		Handler:           s.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      answerWithin + 5*time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    mostHeader,
		BaseContext:       func(net.Listener) context.Context { return life },
		ErrorLog:          slog.NewLogLogger(o.Log.Handler(), slog.LevelDebug),
	}
	s.http.RegisterOnShutdown(stop)
	return s, nil
}

// Addr is where the server listens; it has the port where the options asked for port 0.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve answers until Shutdown. It returns nil then.
func (s *Server) Serve() error {
	if err := s.http.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("the API ended: %w", err)
	}
	return nil
}

// Shutdown ends the streams of events, lets the other answers be finished until ctx ends, and
// closes what is left.
func (s *Server) Shutdown(ctx context.Context) error {
	defer s.stop()
	if err := s.http.Shutdown(ctx); err != nil {
		s.http.Close()
		return fmt.Errorf("the API did not end in order: %w", err)
	}
	return nil
}
