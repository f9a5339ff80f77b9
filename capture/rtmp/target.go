package rtmp

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// target is what the URL of a stream says.
type target struct {
	secure         bool
	address, host  string
	app, key, base string // base is the URL of the app, which servers want to hear
}

// parseTarget splits a URL. What it complains about it names without the key, which is a secret.
func parseTarget(address string) (target, error) {
	u, err := url.Parse(address)
	if err != nil {
		return target{}, errors.New("the RTMP URL cannot be read: write it as rtmp://host/app/key")
	}
	t := target{host: u.Hostname(), secure: u.Scheme == "rtmps"}
	port := map[string]string{"rtmp": "1935", "rtmps": "443"}[u.Scheme]
	switch {
	case port == "":
		return target{}, fmt.Errorf("URL scheme %q is not RTMP: write rtmp:// or rtmps://", u.Scheme)
	case t.host == "":
		return target{}, fmt.Errorf("the %s URL names no host: write it as rtmp://host/app/key", u.Scheme)
	case u.User != nil:
		return target{}, fmt.Errorf("the URL of %s carries a user name: RTMP servers take it in the key, as in key?user=NAME", t.host)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	t.address = net.JoinHostPort(t.host, port)
	path := strings.Trim(u.Path, "/")
	cut := strings.LastIndexByte(path, '/')
	if cut < 1 {
		return target{}, fmt.Errorf("the URL of %s names no stream: write it as %s://%s/app/key", t.host, u.Scheme, u.Host)
	}
	t.app, t.key = path[:cut], path[cut+1:]
	if u.RawQuery != "" {
		t.key += "?" + u.RawQuery
	}
	t.base = u.Scheme + "://" + u.Host + "/" + t.app
	return t, nil
}
