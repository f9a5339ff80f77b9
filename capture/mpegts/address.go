package mpegts

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Address is what the URL of a feed over UDP or RTP says.
type Address struct {
	RTP       bool
	Host      netip.Addr // the group to join, or the own address to listen on; invalid for all of them
	Port      uint16
	Interface string       // name or address of the interface on which a group is joined
	Senders   []netip.Addr // from whom alone the stream is taken; joined source-specifically
	Programme uint16       // 0 for the first
}

// Query lists what may follow the question mark.
var query = []string{"interface", "source", "programme", "program"}

// ParseAddress reads udp://@239.1.1.1:5000?interface=eth1, rtp://:5000 and the like. The @ in front of
// the host is what some players write and means nothing.
func ParseAddress(u *url.URL) (Address, error) {
	a := Address{RTP: u.Scheme == "rtp"}
	port, err := strconv.ParseUint(u.Port(), 10, 16)
	switch {
	case u.User != nil && u.User.String() != "":
		return a, fmt.Errorf("has a user: %s knows none", u.Scheme)
	case err != nil || port == 0:
		return a, fmt.Errorf("has no usable port: write it like %s://:5000 or %s://@239.1.1.1:5000", u.Scheme, u.Scheme)
	case strings.Trim(u.Path, "/") != "":
		return a, fmt.Errorf("has a path: %s knows none", u.Scheme)
	}
	a.Port = uint16(port)
	if a.Host, err = ownAddress(u.Hostname()); err != nil {
		return a, err
	}
	return a, a.settings(u)
}

// ownAddress reads the host of a URL on which is listened.
func ownAddress(host string) (netip.Addr, error) {
	switch host {
	case "":
		return netip.Addr{}, nil
	case "localhost":
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), nil
	}
	at, err := netip.ParseAddr(host)
	if err != nil {
		return at, errors.New("has a host that is no address: write the multicast group, an address of this machine, or nothing to listen on all")
	}
	return at, nil
}

func (a *Address) settings(u *url.URL) error {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("has settings that cannot be read: write them like ?interface=eth1&programme=1")
	}
	for name, all := range values {
		switch {
		case !slices.Contains(query, name):
			return fmt.Errorf("has the setting %q, which is not known: interface, source and programme are", clip(name))
		case len(all) != 1 || all[0] == "":
			return fmt.Errorf("has the setting %s without a value, or twice", name)
		}
	}
	if a.Interface = values.Get("interface"); a.Interface != "" && !a.Host.IsMulticast() {
		return errors.New("names an interface, but no multicast group to join there: write that as the host, or leave out interface")
	}
	for text := range strings.SplitSeq(values.Get("source"), ",") {
		if text == "" {
			continue
		}
		from, err := netip.ParseAddr(text)
		if err != nil || from.IsMulticast() {
			return fmt.Errorf("has source=%s, which is not the address of a sender", clip(text))
		}
		if a.Host.IsValid() && a.Host.Is4() != from.Is4() {
			return fmt.Errorf("has source=%s, which is not of the same address family as the host", clip(text))
		}
		a.Senders = append(a.Senders, from)
	}
	a.Programme, err = Programme(values)
	return err
}

// Programme reads the number of a programme from the settings of a URL; 0 where there is none.
func Programme(values url.Values) (uint16, error) {
	text := values.Get("programme")
	if text == "" {
		text = values.Get("program")
	}
	if text == "" {
		return 0, nil
	}
	number, err := strconv.ParseUint(text, 10, 16)
	if err != nil || number == 0 {
		return 0, fmt.Errorf("has programme=%s, which is not a number from 1 to 65535", clip(text))
	}
	return uint16(number), nil
}

// String is the address for operators: udp 239.1.1.1:5000.
func (a Address) String() string {
	scheme := "udp"
	if a.RTP {
		scheme = "rtp"
	}
	if !a.Host.IsValid() {
		return fmt.Sprintf("%s port %d", scheme, a.Port)
	}
	return fmt.Sprintf("%s %s", scheme, netip.AddrPortFrom(a.Host, a.Port))
}

// clip keeps what is quoted to a length fit for a line.
func clip(text string) string {
	const most = 40
	if len(text) > most {
		return text[:most] + "..."
	}
	return text
}
