package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PlaylistStale tells that an HLS playlist stands still.
var PlaylistStale = detectors.Kind{
	Name: "playlist-stale",
	Doc: "The playlist of a live HLS stream stands still: the server answers, but has not listed a new segment for more " +
		"than one and a half times the longest segment, in which it must (RFC 8216bis, 6.2.1). The packager or what feeds " +
		"it has stopped; players run dry soon, and then no-signal tells. Unknown where a feed is no HLS.",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: 2 * time.Second},
	New: func(decode func(any) error) (detectors.Detector, error) {
		return playlistStale{}, decode(&struct{}{})
	},
}

type playlistStale struct{}

func (playlistStale) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil {
		return detectors.Verdict{}
	}
	switch s.Link.Playlist {
	case detectors.PlaylistLive, detectors.PlaylistEnded:
		return detectors.Verdict{State: detectors.Clear}
	case detectors.PlaylistStale:
		return detectors.Verdict{State: detectors.Present, Score: 1, Detail: "the server renews its playlist no more"}
	}
	return detectors.Verdict{}
}
