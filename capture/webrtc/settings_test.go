package webrtc

import (
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParseSource(t *testing.T) {
	for _, c := range []struct {
		source, name string
		settings     Settings
		want         string // the error
	}{
		{"whip://:8889/studio", "studio", Settings{Wait: waitDefault}, ""},
		{"whip://:8889/a/b/", "a/b", Settings{Wait: waitDefault}, ""},
		{"whips://:8889/s?ice_lite=1&host=203.0.113.7&host=2001:db8::1&tcp=0&wait=1s", "s", Settings{
			Lite: true, NoTCP: true, Wait: time.Second,
			Hosts: []netip.Addr{netip.MustParseAddr("203.0.113.7"), netip.MustParseAddr("2001:db8::1")},
		}, ""},
		{"whip://:8889/", "", Settings{}, "has no name"},
		{"whip://:8889/a%20b", "", Settings{}, "letters, digits"},
		{"whip://:8889/a/../b", "", Settings{}, "letters, digits"},
		{"whip://:8889/s?ice_lite=yes", "", Settings{}, "ice_lite=yes: it is 0 or 1"},
		{"whip://:8889/s?host=example.net", "", Settings{}, "host=example.net: it is an IP address"},
		{"whip://:8889/s?host=0.0.0.0", "", Settings{}, "an IP address"},
		{"whip://:8889/s?wait=5s", "", Settings{}, "from 20ms to 2s"},
		{"whip://:8889/s?delay=5s", "", Settings{}, `"delay" that is not known: there are host, ice_lite, tcp and wait`},
		{"whip://:8889/s?host=10.0.0.1" + strings.Repeat("&host=10.0.0.1", 8), "", Settings{}, "at most 8"},
		{"whip://:8889/s?a=%zz", "", Settings{}, "cannot be read"},
	} {
		t.Run(c.source, func(t *testing.T) {
			u, err := url.Parse(c.source)
			if err != nil {
				t.Fatal(err)
			}
			name, s, err := ParseSource(u)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("error %v, want %q", err, c.want)
				}
				return
			}
			if err != nil || name != c.name || !reflect.DeepEqual(s, c.settings) {
				t.Errorf("%q %+v %v, want %q %+v", name, s, err, c.name, c.settings)
			}
		})
	}
}

// The answer offers what the settings say.
func TestCandidates(t *testing.T) {
	s := serve(t, Options{})
	external := netip.MustParseAddr("203.0.113.7")
	run(t, s, "plain", "", Settings{})
	run(t, s, "set", "", Settings{Lite: true, NoTCP: true, Hosts: []netip.Addr{external}})
	plain, set := prepare(t, nil, vp8), prepare(t, nil, vp8)
	plain.post(t, s, "plain", "")
	set.post(t, s, "set", "")
	port := portOf(s.Addr())
	for _, c := range []struct {
		name, answer, line string
		want               bool
	}{
		{"plain", plain.answer, "127.0.0.1 " + port + " typ host", true},
		{"plain", plain.answer, "typ host tcptype passive", true},
		{"plain", plain.answer, "203.0.113.7", false},
		{"plain", plain.answer, "a=ice-lite", false},
		{"set", set.answer, "127.0.0.1 " + port + " typ host", true},
		{"set", set.answer, "203.0.113.7 " + port + " typ host", true},
		{"set", set.answer, "tcptype", false},
		{"set", set.answer, "a=ice-lite", true},
	} {
		if strings.Contains(c.answer, c.line) != c.want {
			t.Errorf("%s: has %q: %v, want %v, in\n%s", c.name, c.line, !c.want, c.want, c.answer)
		}
	}
	select {
	case <-set.up:
	case <-time.After(lasting):
		t.Error("a publisher does not connect to an ICE-lite server")
	}
}
