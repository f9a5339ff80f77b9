package config

import (
	"strings"
	"testing"
)

// Sources that can only be fetched, and files, are checked when they are read.
func TestPulledSources(t *testing.T) {
	const login = "put user:password into key_credential"
	for source, want := range map[string]string{
		"rtsp://camera.example/stream?transport=tcp":    "",
		"rtsps://camera.example:8322/stream":            "",
		"http://10.0.0.1/live/index.m3u8":               "",
		"https://cdn.example/i.m3u8?t=1#variant=lowest": "",
		"file:///srv/clips/a%20b.ts?loop=1":             "",
		"rtsp:///stream":                                "has no host to fetch from",
		"rtsp://me:s3cret@camera.example/stream":        login,
		"rtsp://camera.example/stream?transport=quic":   "it is udp or tcp",
		"https://me:s3cret@cdn.example/i.m3u8":          login,
		"https://cdn.example":                           "names no playlist",
		"https://cdn.example/i.m3u8#variant=best":       "highest, lowest, or a number",
		"https://cdn.example:0/i.m3u8":                  "no usable port",
		"file://server/clip.ts":                         "three slashes",
		"file:clip.ts":                                  "write its whole path",
		"file:///":                                      "write its whole path",
		"file:///clip.ts?loop=yes":                      "loop is 1",
		"file:///clip.ts?lop=1":                         "did you mean loop?",
		"file:///clip#1.ts":                             "%23",
	} {
		_, err := checkSource(Feed{Source: source}, TLS{})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", source, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", source, err, want)
		case err != nil && strings.Contains(err.Error(), "s3cret"):
			t.Errorf("%s: the error has the password: %v", source, err)
		}
	}
}

// Two variants of one playlist are two sources.
func TestVariantsAreSources(t *testing.T) {
	high, err := checkSource(Feed{Source: "https://h/i.m3u8"}, TLS{})
	if err != nil {
		t.Fatal(err)
	}
	low, err := checkSource(Feed{Source: "https://h/i.m3u8#variant=lowest"}, TLS{})
	if err != nil || low.identity == high.identity {
		t.Errorf("%q and %q (%v), want them told apart", high.identity, low.identity, err)
	}
}
