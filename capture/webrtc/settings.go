package webrtc

import (
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Settings are those of one feed of a Server, as the query of its source URL gives them:
//
//	ice_lite=1      answer connectivity checks and send none: for a host with a public address
//	host=ADDRESS    an address under which publishers reach this host through a NAT; may be repeated
//	tcp=0           offer no ICE over TCP
//	wait=400ms      how long a missing packet is waited for, from 20ms to 2s
type Settings struct {
	Lite  bool
	Hosts []netip.Addr
	NoTCP bool
	Wait  time.Duration
}

// The bounds of Settings.
const (
	waitDefault = 400 * time.Millisecond
	waitLeast   = 20 * time.Millisecond
	waitMost    = 2 * time.Second
	maxHosts    = 8
)

var goodName = regexp.MustCompile(`^[A-Za-z0-9._~-]{1,128}(/[A-Za-z0-9._~-]{1,128}){0,3}$`)

// ParseSource reads the name of a feed and its settings from a URL such as
// whip://:8889/studio?host=203.0.113.7. Errors say what is wrong and what to write.
func ParseSource(u *url.URL) (name string, s Settings, err error) {
	name = strings.Trim(u.Path, "/")
	switch {
	case name == "":
		return "", s, fmt.Errorf("has no name to publish under: write it like %s://:8889/NAME", u.Scheme)
	case !goodName.MatchString(name) || slices.Contains(strings.Split(name, "/"), ".."):
		return "", s, fmt.Errorf("has a name to publish under that is not of letters, digits and . _ ~ -")
	}
	s.Wait = waitDefault
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", s, fmt.Errorf("has a query that cannot be read: write it like ?host=203.0.113.7&wait=300ms")
	}
	for _, key := range slices.Sorted(keys(query)) {
		if err := s.set(key, query[key]); err != nil {
			return "", s, err
		}
	}
	return name, s, nil
}

func keys(v url.Values) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range v {
			if !yield(k) {
				return
			}
		}
	}
}

func (s *Settings) set(key string, values []string) error {
	value := values[len(values)-1]
	switch key {
	case "ice_lite", "tcp":
		if value != "0" && value != "1" {
			return fmt.Errorf("has %s=%s: it is 0 or 1", key, clip(value))
		}
		if key == "tcp" {
			s.NoTCP = value == "0"
		} else {
			s.Lite = value == "1"
		}
	case "wait":
		d, err := time.ParseDuration(value)
		if err != nil || d < waitLeast || d > waitMost {
			return fmt.Errorf("has wait=%s: it is a time from %v to %v, such as 300ms", clip(value), waitLeast, waitMost)
		}
		s.Wait = d
	case "host":
		for _, v := range values {
			a, err := netip.ParseAddr(v)
			if err != nil || a.IsUnspecified() || a.IsMulticast() || a.Zone() != "" {
				return fmt.Errorf("has host=%s: it is an IP address under which publishers reach this host", clip(v))
			}
			s.Hosts = append(s.Hosts, a)
		}
		if len(s.Hosts) > maxHosts {
			return fmt.Errorf("has %d times host: at most %d are taken", len(s.Hosts), maxHosts)
		}
	default:
		return fmt.Errorf("has a setting %q that is not known: there are host, ice_lite, tcp and wait", clip(key))
	}
	return nil
}
