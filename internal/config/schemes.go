package config

import (
	"errors"
	"fmt"
	"net/url"
	"path"

	"github.com/vedette-av/vedette/capture/hls"
	"github.com/vedette-av/vedette/capture/rtsp"
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
	Login  bool   // the server may want a user and a password, which come from a credential
	File   bool   // the path is a file of this machine, and there is no host
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
	{Name: "srt", Listen: true, Pull: true, Calls: srtCalls, Check: checkSRT, Place: placeSRT},
	{Name: "whip", Port: "8889", Listen: true, Check: checkWHIP},
	{Name: "whips", Port: "8889", Listen: true, TLS: true, Check: checkWHIP},
	{Name: "whep+http", Port: "80", Pull: true, Check: webrtc.ParsePull},
	{Name: "whep+https", Port: "443", Pull: true, Check: webrtc.ParsePull},
	{Name: "rtsp", Port: "554", Pull: true, Login: true, Check: checkRTSP},
	{Name: "rtsps", Port: "322", Pull: true, Login: true, Check: checkRTSP},
	{Name: "http", Port: "80", Pull: true, Login: true, Check: checkHLS},
	{Name: "https", Port: "443", Pull: true, Login: true, Check: checkHLS},
	{Name: "file", Pull: true, File: true, Check: checkFile},
}

func checkWHIP(u *url.URL) error {
	_, _, err := webrtc.ParseSource(u)
	return err
}

func checkRTSP(u *url.URL) error { return rtsp.Check(u.String()) }

func checkHLS(u *url.URL) error { return hls.Check(u.String()) }

// checkFile checks the URL of a recording that is watched as a feed.
func checkFile(u *url.URL) error {
	switch {
	case u.Host != "":
		return fmt.Errorf("names the host %s: a file is one of this machine, with three slashes: file:///path/clip.ts", shorten(u.Host))
	case u.Opaque != "" || !path.IsAbs(u.Path) || u.Path == "/":
		return errors.New("names no file: write its whole path, like file:///path/clip.ts")
	case u.Fragment != "":
		return errors.New("has a # in it: write it as %23 in the path of a file")
	}
	for name, values := range u.Query() {
		switch {
		case name != "loop":
			return errors.New(unknown("setting "+shorten(name), name, []string{"loop"}))
		case len(values) != 1 || values[0] != "0" && values[0] != "1":
			return errors.New("loop is 1, to begin again at the end, or 0")
		}
	}
	return nil
}
