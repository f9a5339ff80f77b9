package hls

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
)

// target is what the URL of a stream says.
type target struct {
	url  url.URL // without what is ours
	pick pick
}

// pick is which variant is wanted: the best, the least, or one by its place in the playlist.
type pick struct {
	lowest bool
	place  int // from 1; 0 for the best or the least
}

// Check tells what is wrong with the URL of a playlist, nil where nothing is.
func Check(address string) error {
	_, err := parseTarget(address)
	return err
}

// parseTarget splits a URL such as https://host/path/index.m3u8#variant=lowest. The fragment is never
// sent to a server, so it is where the settings that are ours belong.
func parseTarget(address string) (target, error) {
	u, err := url.Parse(address)
	if err != nil {
		return target{}, errors.New("the HLS URL cannot be read: write it like https://host/path/index.m3u8")
	}
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return target{}, fmt.Errorf("URL scheme %q is not HLS: write http:// or https://", u.Scheme)
	case u.Hostname() == "":
		return target{}, fmt.Errorf("the %s URL names no host: write it like %s://host/path/index.m3u8", u.Scheme, u.Scheme)
	case u.User != nil:
		return target{}, fmt.Errorf("the URL of %s carries a user or a password, which would not stay secret: put user:password into key_credential", u.Hostname())
	case u.Path == "" || u.Path == "/":
		return target{}, fmt.Errorf("the URL of %s names no playlist: write it like %s://%s/path/index.m3u8", u.Hostname(), u.Scheme, u.Host)
	}
	t := target{}
	settings, err := url.ParseQuery(u.Fragment)
	if err != nil {
		return target{}, fmt.Errorf("the URL of %s has settings behind # that cannot be read: write #variant=highest, lowest or a number", u.Hostname())
	}
	for name := range settings {
		if name != "variant" {
			return target{}, fmt.Errorf("the URL of %s has the setting %q behind #, which is not known: variant is", u.Hostname(), clip(name))
		}
	}
	switch v := settings.Get("variant"); v {
	case "", "highest":
	case "lowest":
		t.pick.lowest = true
	default:
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 1000 {
			return target{}, fmt.Errorf("the URL of %s asks for variant %q: it is highest, lowest, or a number from 1 in the order of the playlist", u.Hostname(), clip(v))
		}
		t.pick.place = n
	}
	u.Fragment, u.RawFragment = "", ""
	t.url = *u
	return t, nil
}

// variant picks one of the variants of a playlist. The best is the one with the highest bit rate.
func (p pick) variant(m *master) (variant, error) {
	if p.place > 0 {
		if p.place > len(m.variants) {
			return variant{}, fmt.Errorf("variant %d is asked for, and the playlist has %d", p.place, len(m.variants))
		}
		return m.variants[p.place-1], nil
	}
	best := m.variants[0]
	for _, v := range m.variants[1:] {
		if !p.lowest && v.bandwidth > best.bandwidth || p.lowest && v.bandwidth < best.bandwidth {
			best = v
		}
	}
	return best, nil
}

// sound returns the URI of the sound that goes with a variant, "" where it is in the variant itself.
func (m *master) sound(v variant) string {
	uri, found := "", false
	for _, a := range m.alternatives {
		if a.kind != "AUDIO" || a.group != v.audio || v.audio == "" {
			continue
		}
		if !found || a.preferred {
			uri, found = a.uri, true
		}
		if a.preferred {
			break
		}
	}
	return uri
}
