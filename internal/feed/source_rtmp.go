package feed

import (
	"context"
	"strings"

	"github.com/vedette-av/vedette/capture/rtmp"
)

// openRTMP waits for a publisher, or fetches from a server where the feed says pull.
func (s *Sources) openRTMP(p plan) (source, error) {
	if p.Pull {
		return s.pullRTMP(p)
	}
	listen := func() (*rtmp.Server, error) {
		options := rtmp.Options{Log: s.Log}
		if p.url.Scheme == "rtmps" {
			var err error
			if options.TLS, err = s.serverTLS(); err != nil {
				return nil, err
			}
		}
		return rtmp.Listen(context.Background(), withPort(p.url), options)
	}
	server, release, err := s.rtmp.take(withPort(p.url), listen, (*rtmp.Server).Serve)
	if err != nil {
		return source{}, err
	}
	app, key, err := s.appAndKey(p)
	if err == nil {
		var made *rtmp.Feed
		if made, err = server.Source(app, key, p.timeline); err == nil {
			return source{made, release}, nil
		}
	}
	release()
	return source{}, err
}

// appAndKey returns the RTMP application and the stream key, which a credential may hold.
func (s *Sources) appAndKey(p plan) (app, key string, err error) {
	app, key, _ = strings.Cut(strings.Trim(p.url.Path, "/"), "/")
	if p.KeyCredential != "" {
		if key, err = s.Secret(p.KeyCredential); err != nil {
			return "", "", err
		}
	}
	return app, key, nil
}

func (s *Sources) pullRTMP(p plan) (source, error) {
	target := p.url
	if p.KeyCredential != "" {
		key, err := s.Secret(p.KeyCredential)
		if err != nil {
			return source{}, err
		}
		target = target.JoinPath(key)
	}
	made, err := rtmp.NewPull(target.String(), rtmp.Options{Log: s.Log}, p.timeline)
	if err != nil {
		return source{}, err
	}
	return source{made, func() {}}, nil
}
