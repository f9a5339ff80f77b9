package config

import (
	"net/url"

	"github.com/vedette-av/vedette/capture/webrtc"
)

// Scheme is one kind of source URL.
type Scheme struct {
	Name   string
	Port   string // the port where the URL gives none
	Listen bool   // feeds can wait for a publisher
	Pull   bool   // feeds can fetch from a server
	TLS    bool   // listening needs the tls section
	Keyed  bool   // the path is an app and a stream key, which may come from a credential
	// Calls tells whether a URL says by itself that it is fetched; nil where none does.
	Calls func(*url.URL) bool
	// Place returns what makes two sources that listen the same, and what of this machine such a
	// source takes for itself; nil where those are port and path.
	Place func(*url.URL) (identity, takes string)
	// Check finds what else is wrong with a URL, its query most of all; nil where nothing can be.
	Check func(*url.URL) error
}

// Schemes is every kind of source URL that the daemon understands.
var Schemes = []Scheme{
	{Name: "rtmp", Port: "1935", Listen: true, Pull: true, Keyed: true},
	{Name: "rtmps", Port: "443", Listen: true, Pull: true, TLS: true, Keyed: true},
	{Name: "udp", Listen: true, Check: checkTransport, Place: placeTransport},
	{Name: "rtp", Listen: true, Check: checkTransport, Place: placeTransport},
	{Name: "whip", Port: "8889", Listen: true, Check: checkWHIP},
	{Name: "whips", Port: "8889", Listen: true, TLS: true, Check: checkWHIP},
	{Name: "whep+http", Port: "80", Pull: true, Check: webrtc.ParsePull},
	{Name: "whep+https", Port: "443", Pull: true, Check: webrtc.ParsePull},
}

func checkWHIP(u *url.URL) error {
	_, _, err := webrtc.ParseSource(u)
	return err
}
