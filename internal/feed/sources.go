package feed

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/rtmp"
	"github.com/vedette-av/vedette/internal/config"
)

// Sources makes the source of each feed, and keeps the listeners that feeds share.
type Sources struct {
	Log    *slog.Logger
	Secret func(credential string) (string, error)
	// Certificate is asked when the first listener that speaks TLS is opened.
	Certificate func() (tls.Certificate, error)

	mu   sync.Mutex
	rtmp map[string]*listener
}

// listener is one RTMP port and how many feeds wait on it.
type listener struct {
	server *rtmp.Server
	feeds  int
	close  func() // and wait until it is closed
}

// source is a source with what must be let go of when its feed ends.
type source struct {
	capture.Source
	release func()
}

// open makes the source of a feed from its URL: the table of all ways in.
func (s *Sources) open(f config.Feed, timeline *capture.Timeline) (source, error) {
	u, err := url.Parse(f.Source)
	if err != nil {
		return source{}, fmt.Errorf("source of feed %s: %w", f.Name, err)
	}
	var opened source
	switch {
	case u.Scheme == "rtmp" && !f.Pull, u.Scheme == "rtmps" && !f.Pull:
		opened, err = s.listenRTMP(f, u, timeline)
	case u.Scheme == "rtmp", u.Scheme == "rtmps":
		opened, err = s.pullRTMP(f, u, timeline)
	default:
		err = fmt.Errorf("scheme %s is not known", u.Scheme)
	}
	if err != nil {
		return source{}, fmt.Errorf("source of feed %s: %w", f.Name, err)
	}
	return opened, nil
}

func (s *Sources) listenRTMP(f config.Feed, u *url.URL, timeline *capture.Timeline) (source, error) {
	address := withPort(u)
	shared, err := s.listener(u.Scheme, address)
	if err != nil {
		return source{}, err
	}
	release := func() { s.release(u.Scheme, address) }
	app, key, err := s.appAndKey(f, u)
	if err != nil {
		release()
		return source{}, err
	}
	made, err := shared.server.Source(app, key, timeline)
	if err != nil {
		release()
		return source{}, err
	}
	return source{Source: made, release: release}, nil
}

func (s *Sources) pullRTMP(f config.Feed, u *url.URL, timeline *capture.Timeline) (source, error) {
	if f.KeyCredential != "" {
		key, err := s.Secret(f.KeyCredential)
		if err != nil {
			return source{}, err
		}
		u = u.JoinPath(key)
	}
	made, err := rtmp.NewPull(u.String(), rtmp.Options{Log: s.Log}, timeline)
	if err != nil {
		return source{}, err
	}
	return source{Source: made, release: func() {}}, nil
}

// appAndKey returns the RTMP application and the stream key, which a credential may hold.
func (s *Sources) appAndKey(f config.Feed, u *url.URL) (app, key string, err error) {
	app, key, _ = strings.Cut(strings.Trim(u.Path, "/"), "/")
	if f.KeyCredential != "" {
		if key, err = s.Secret(f.KeyCredential); err != nil {
			return "", "", err
		}
	}
	return app, key, nil
}

// listener returns the server of one port, opened by the first feed that needs it.
func (s *Sources) listener(scheme, address string) (*listener, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := scheme + "://" + address
	if shared := s.rtmp[name]; shared != nil {
		shared.feeds++
		return shared, nil
	}
	options := rtmp.Options{Log: s.Log}
	if scheme == "rtmps" {
		certificate, err := s.Certificate()
		if err != nil {
			return nil, err
		}
		options.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	server, err := rtmp.Listen(context.Background(), address, options)
	if err != nil {
		return nil, err
	}
	if s.rtmp == nil {
		s.rtmp = map[string]*listener{}
	}
	shared := &listener{server: server, feeds: 1}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(ctx) }) // ends with the context and says no more than that
	shared.close = func() { cancel(); serving.Wait() }
	s.rtmp[name] = shared
	return shared, nil
}

func (s *Sources) release(scheme, address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	name := scheme + "://" + address
	shared := s.rtmp[name]
	if shared.feeds--; shared.feeds == 0 {
		shared.close()
		delete(s.rtmp, name)
	}
}

func withPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	for _, scheme := range config.Schemes {
		if scheme.Name == u.Scheme {
			return net.JoinHostPort(u.Hostname(), scheme.Port)
		}
	}
	return u.Host
}
