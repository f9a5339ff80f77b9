package feed

import (
	"fmt"
	"strings"

	"github.com/vedette-av/vedette/capture/rtsp"
)

// openRTSP fetches from a camera or a server by RTSP.
func (s *Sources) openRTSP(p plan) (source, error) {
	options := rtsp.Options{Log: s.Log.With("feed", p.Name)}
	var err error
	if options.User, options.Password, err = s.login(p); err != nil {
		return source{}, err
	}
	made, err := rtsp.NewPull(p.url.String(), options, p.timeline)
	if err != nil {
		return source{}, err
	}
	return source{made, func() {}}, nil
}

// login returns the user and the password of a feed, "" where it has none.
func (s *Sources) login(p plan) (user, password string, err error) {
	if p.KeyCredential == "" {
		return "", "", nil
	}
	secret, err := s.Secret(p.KeyCredential)
	if err != nil {
		return "", "", err
	}
	user, password, found := strings.Cut(secret, ":")
	if !found || user == "" {
		return "", "", fmt.Errorf("credential %s: it must hold user:password", p.KeyCredential)
	}
	return user, password, nil
}
