package rtsp

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
)

// transportParameter is the query parameter that is ours and not the server's.
const transportParameter = "transport"

// target is what the URL of a stream says.
type target struct {
	url      base.URL // without what is ours
	address  string   // host and port
	protocol *gortsplib.Protocol
}

// ports are those of the schemes where a URL gives none.
var ports = map[string]string{"rtsp": "554", "rtsps": "322"}

// Check tells what is wrong with the URL of a stream, nil where nothing is.
func Check(address string) error {
	_, err := parseTarget(address)
	return err
}

// parseTarget splits a URL such as rtsp://host/path?transport=tcp.
func parseTarget(address string) (target, error) {
	u, err := url.Parse(address)
	if err != nil {
		return target{}, errors.New("the RTSP URL cannot be read: write it like rtsp://host/path")
	}
	port := ports[u.Scheme]
	switch {
	case port == "":
		return target{}, fmt.Errorf("URL scheme %q is not RTSP: write rtsp:// or rtsps://", u.Scheme)
	case u.Hostname() == "":
		return target{}, fmt.Errorf("the %s URL names no host: write it like %s://host/path", u.Scheme, u.Scheme)
	case u.User != nil:
		return target{}, fmt.Errorf("the URL of %s carries a user or a password, which would not stay secret: put user:password into key_credential", u.Hostname())
	}
	if u.Port() != "" {
		port = u.Port()
	}
	t := target{address: net.JoinHostPort(u.Hostname(), port)}
	query := u.Query()
	switch way := query.Get(transportParameter); way {
	case "":
	case "udp", "tcp":
		p := map[string]gortsplib.Protocol{"udp": gortsplib.ProtocolUDP, "tcp": gortsplib.ProtocolTCP}[way]
		t.protocol = &p
	default:
		return target{}, fmt.Errorf("the URL of %s asks for transport %q: it is udp or tcp, or left out for whichever works", u.Hostname(), way)
	}
	if query.Has(transportParameter) {
		// Put back as it was but for ours: servers compare the query letter by letter.
		u.RawQuery = without(u.RawQuery, transportParameter)
	}
	u.Host, u.Fragment = t.address, ""
	t.url = base.URL(*u)
	return t, nil
}

// without takes a parameter out of a query and leaves the rest letter by letter.
func without(query, parameter string) string {
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); name != parameter {
			kept = append(kept, part)
		}
	}
	return strings.Join(kept, "&")
}
