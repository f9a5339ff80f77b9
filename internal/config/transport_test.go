package config

import (
	"net/url"
	"strings"
	"testing"
)

func TestTransportSources(t *testing.T) {
	for source, want := range map[string]string{
		"udp://:5000": "", "udp://@239.1.1.1:5000?interface=eth1": "", "udp://239.1.1.1:5000?source=10.0.0.1&programme=2": "",
		"rtp://:5000": "", "udp://[ff3e::1]:5000?interface=eth1&source=2001:db8::1": "", "rtp://127.0.0.1:5000": "",
		"srt://:9000": "", "srt://:9000?streamid=main&passphrase=correct-horse": "", "srt://host:9000?mode=caller&latency=200ms": "",
		"udp://":                           "has no usable port",
		"udp://:0":                         "has no usable port",
		"udp://example.net:5000":           "is not an address of this machine",
		"udp://:5000/live":                 "has a path",
		"udp://me@239.1.1.1:5000":          "has a user or a password",
		"udp://:5000?interface=eth1":       "no multicast group to join",
		"udp://:5000?iface=eth1":           `has the setting "iface", which is not known`,
		"udp://:5000?source=studio":        "not the address of a sender",
		"udp://@239.1.1.1:5000?source=::1": "not of the same address family",
		"udp://:5000?programme=0":          "not a number from 1 to 65535",
		"udp://:5000?programme=":           "without a value",
		"srt://host:9000":                  "is not an address of this machine",
		"srt://:9000?mode=rendezvous":      "rendezvous, which is not supported",
		"srt://:9000?passphrase=short":     "SRT wants 10 to 79",
		"srt://host:9000?mode=caller&x=1":  "which is not known",
	} {
		_, err := checkSource(Feed{Source: source}, TLS{})
		switch {
		case want == "" && err != nil:
			t.Errorf("%s: %v", source, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", source, err, want)
		}
	}
	if _, err := checkSource(Feed{Source: "udp://:5000", Pull: true}, TLS{}); err == nil {
		t.Error("udp can be fetched")
	}
}

// Which sources are the same, and which share what there is only once.
func TestTransportPlaces(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"udp://:5000", "rtp://:5000", true},
		{"udp://:5000", "udp://:5000?programme=2", true}, // a port of this machine has one feed
		{"udp://@239.1.1.1:5000", "udp://239.1.1.1:5000", true},
		{"udp://@239.1.1.1:5000", "udp://@239.1.1.2:5000", false},
		{"udp://@239.1.1.1:5000?programme=1", "udp://@239.1.1.1:5000?programme=2", false},
		{"srt://:9000?streamid=a", "srt://127.0.0.1:9000?streamid=a", true},
		{"srt://:9000?streamid=a", "srt://:9000?streamid=b", false},
		{"srt://h:9000?mode=caller&streamid=a", "srt://h:9000?mode=caller&streamid=b", false},
	} {
		var found [2]place
		for n, source := range []string{c.a, c.b} {
			var err error
			if found[n], err = checkSource(Feed{Source: source}, TLS{}); err != nil {
				t.Fatalf("%s: %v", source, err)
			}
		}
		if same := found[0].identity == found[1].identity; same != c.same {
			t.Errorf("%s and %s: same is %v, want %v", c.a, c.b, same, c.same)
		}
	}
	u, _ := url.Parse("srt://h:9000?mode=caller")
	if !srtCalls(u) {
		t.Error("mode=caller is not seen to call")
	}
}
