package feed

import (
	"github.com/vedette-av/vedette/capture/mpegts"
)

// openTransport takes a transport stream from UDP or RTP.
func (s *Sources) openTransport(p plan) (source, error) {
	address, err := mpegts.ParseAddress(p.url)
	if err != nil {
		return source{}, err
	}
	made := mpegts.New(address, mpegts.Options{Log: s.Log.With("feed", p.Name)}, p.timeline)
	return source{made, func() {}}, nil
}
