package srt

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]Address{
		"srt://:9000":                            {Port: "9000", KeyLength: 16, Latency: usualLatency},
		"srt://127.0.0.1:9000?streamid=main":     {Host: "127.0.0.1", Port: "9000", StreamID: "main", KeyLength: 16, Latency: usualLatency},
		"srt://host:9000?mode=caller&latency=2s": {Caller: true, Host: "host", Port: "9000", KeyLength: 16, Latency: 2 * time.Second},
		"srt://host:9000?mode=caller&latency=250&pbkeylen=32&programme=3": {
			Caller: true, Host: "host", Port: "9000", KeyLength: 32, Latency: 250 * time.Millisecond, Programme: 3},
		"srt://:9000?streamid=%23!::r=a,m=publish&mode=listener": {Port: "9000", StreamID: "#!::r=a,m=publish", KeyLength: 16, Latency: usualLatency},
	} {
		if got := parse(t, text); got != want {
			t.Errorf("%s: %+v, want %+v", text, got, want)
		}
	}
}

func TestWrongAddresses(t *testing.T) {
	for text, want := range map[string]string{
		"srt://host":                                       "no usable port",
		"srt://:0":                                         "no usable port",
		"srt://:9000/main":                                 "write ?streamid=NAME",
		"srt://host:9000":                                  "add mode=caller",
		"srt://:9000?mode=caller":                          "no host to call",
		"srt://host:9000?mode=rendezvous":                  "rendezvous, which is not supported",
		"srt://host:9000?mode=both":                        "caller or listener",
		"srt://:9000?latency=200ms":                        "where the encoder calls from",
		"srt://h:9000?mode=caller&latency=1h":              "it is from 20ms to 1m0s",
		"srt://:9000?passphrase=short":                     "SRT wants 10 to 79",
		"srt://h:1?mode=caller&pbkeylen=8":                 "not 16, 24 or 32",
		"srt://:9000?stream=main":                          `"stream", which is not known`,
		"srt://:9000?streamid=":                            "without a value",
		"srt://:9000?streamid=a&streamid=b":                "or twice",
		"srt://:9000?programme=x":                          "not a number from 1 to 65535",
		"srt://:9000?transtype=file":                       "not live",
		"srt://:9000?streamid=" + strings.Repeat("a", 513): "at most 512",
	} {
		u, err := url.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseAddress(u); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

func TestResource(t *testing.T) {
	for id, want := range map[string]struct {
		name  string
		reads bool
	}{
		"": {"", false}, "main": {"main", false}, "publish:main": {"main", false}, "read:main": {"main", true},
		"#!::r=main,m=publish": {"main", false}, "#!::m=request,r=main": {"main", true}, "#!::u=me": {"", false},
		"#!::": {"", false}, "#!::r": {"", false},
	} {
		if name, reads := resource(id); name != want.name || reads != want.reads {
			t.Errorf("%q is %q %v, want %+v", id, name, reads, want)
		}
	}
}

func FuzzParseAddress(f *testing.F) {
	f.Add("srt://:9000?streamid=main")
	f.Add("srt://h:1?mode=caller&latency=200ms;a")
	f.Fuzz(func(t *testing.T, text string) {
		u, err := url.Parse(text)
		if err != nil {
			return
		}
		a, err := ParseAddress(u)
		if err == nil && (a.Port == "" || a.Caller && a.Host == "") {
			t.Errorf("%q was taken as %+v", text, a)
		}
		resource(text)
	})
}
