package feed

import "github.com/vedette-av/vedette/capture/hls"

// openHLS fetches playlists and segments by HTTP.
func (s *Sources) openHLS(p plan) (source, error) {
	options := hls.Options{Log: s.Log.With("feed", p.Name)}
	var err error
	if options.User, options.Password, err = s.login(p); err != nil {
		return source{}, err
	}
	made, err := hls.NewPull(p.url.String(), options, p.timeline)
	if err != nil {
		return source{}, err
	}
	return source{made, func() {}}, nil
}
