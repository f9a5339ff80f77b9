package feed

import (
	"context"

	"github.com/vedette-av/vedette/capture/webrtc"
)

// openWHIP waits for a publisher by WHIP under the name in the path, whose bearer token a credential
// may hold.
func (s *Sources) openWHIP(p plan) (source, error) {
	name, settings, err := webrtc.ParseSource(p.url)
	if err != nil {
		return source{}, err
	}
	token, err := s.token(p)
	if err != nil {
		return source{}, err
	}
	listen := func() (*webrtc.Server, error) {
		options := webrtc.Options{Log: s.Log}
		if p.url.Scheme == "whips" {
			if options.TLS, err = s.serverTLS(); err != nil {
				return nil, err
			}
		}
		return webrtc.Listen(context.Background(), withPort(p.url), options)
	}
	server, release, err := s.webrtc.take(withPort(p.url), listen, (*webrtc.Server).Serve)
	if err != nil {
		return source{}, err
	}
	made, err := server.Source(name, token, settings, p.timeline)
	if err != nil {
		release()
		return source{}, err
	}
	return source{made, release}, nil
}

// openWHEP fetches from a server by WHEP.
func (s *Sources) openWHEP(p plan) (source, error) {
	token, err := s.token(p)
	if err != nil {
		return source{}, err
	}
	made, err := webrtc.NewPull(p.url.String(), token, webrtc.Options{Log: s.Log}, p.timeline)
	if err != nil {
		return source{}, err
	}
	return source{made, func() {}}, nil
}

// token returns the bearer token of a feed, "" where it has none.
func (s *Sources) token(p plan) (string, error) {
	if p.KeyCredential == "" {
		return "", nil
	}
	return s.Secret(p.KeyCredential)
}
