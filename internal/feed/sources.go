package feed

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/rtmp"
	"github.com/vedette-av/vedette/capture/srt"
	"github.com/vedette-av/vedette/capture/webrtc"
	"github.com/vedette-av/vedette/internal/config"
)

// Sources makes the source of each feed, and keeps the listeners that feeds share.
type Sources struct {
	Log    *slog.Logger
	Secret func(credential string) (string, error)
	// Certificate is asked when the first listener that speaks TLS is opened.
	Certificate func() (tls.Certificate, error)

	rtmp   ports[*rtmp.Server]
	srt    ports[*srt.Server]
	webrtc ports[*webrtc.Server]
}

// source is a source with what must be let go of when its feed ends.
type source struct {
	capture.Source
	release func()
}

// plan is a feed whose source is to be made.
type plan struct {
	config.Feed
	url      *url.URL
	timeline *capture.Timeline
}

// open makes the source of a feed from its URL: the table of all ways in, whose URLs are described
// in config.Schemes.
func (s *Sources) open(f config.Feed, timeline *capture.Timeline) (source, error) {
	u, err := url.Parse(f.Source)
	if err != nil {
		return source{}, fmt.Errorf("source of feed %s: %w", f.Name, err)
	}
	ways := map[string]func(plan) (source, error){
		"rtmp":       s.openRTMP,
		"rtmps":      s.openRTMP,
		"udp":        s.openTransport,
		"rtp":        s.openTransport,
		"srt":        s.openSRT,
		"whip":       s.openWHIP,
		"whips":      s.openWHIP,
		"whep+http":  s.openWHEP,
		"whep+https": s.openWHEP,
		"rtsp":       s.openRTSP,
		"rtsps":      s.openRTSP,
		"http":       s.openHLS,
		"https":      s.openHLS,
		"file":       s.openFile,
	}
	way, ok := ways[u.Scheme]
	if !ok {
		return source{}, fmt.Errorf("source of feed %s: scheme %q is not known", f.Name, u.Scheme)
	}
	opened, err := way(plan{f, u, timeline})
	if err != nil {
		return source{}, fmt.Errorf("source of feed %s: %w", f.Name, err)
	}
	return opened, nil
}

// serverTLS is what a listener that speaks TLS needs.
func (s *Sources) serverTLS() (*tls.Config, error) {
	certificate, err := s.Certificate()
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, nil
}

// withPort is the address of a URL, with the scheme's own port where the URL gives none.
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
