package feed

import (
	"context"
	"errors"

	"github.com/vedette-av/vedette/capture/srt"
)

// openSRT waits for a caller, or calls where the URL says mode=caller. The passphrase is in the URL,
// or in a credential.
func (s *Sources) openSRT(p plan) (source, error) {
	address, err := srt.ParseAddress(p.url)
	if err != nil {
		return source{}, err
	}
	if p.KeyCredential != "" {
		if address.Passphrase != "" {
			return source{}, errors.New("has a passphrase in its URL and in key_credential: keep one")
		}
		if address.Passphrase, err = s.Secret(p.KeyCredential); err != nil {
			return source{}, err
		}
		if err := srt.CheckPassphrase(address.Passphrase); err != nil {
			return source{}, err
		}
	}
	options := srt.Options{Log: s.Log}
	if address.Caller {
		return source{srt.NewCall(address, options, p.timeline), func() {}}, nil
	}
	listen := func() (*srt.Server, error) { return srt.Listen(context.Background(), address.Listens(), options) }
	server, release, err := s.srt.take(address.Listens(), listen, (*srt.Server).Serve)
	if err != nil {
		return source{}, err
	}
	return source{server.Source(address, p.timeline), release}, nil
}
