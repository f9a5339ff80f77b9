package config

import (
	"fmt"
	"net/url"

	"github.com/vedette-av/vedette/capture/mpegts"
)

// checkTransport checks the URL of a transport stream over UDP or RTP.
func checkTransport(u *url.URL) error {
	_, err := mpegts.ParseAddress(u)
	return err
}

// placeTransport: one port can carry several groups, and one group several feeds, each with its own
// programme; on an own address a port belongs to one feed.
func placeTransport(u *url.URL) (identity, takes string) {
	a, err := mpegts.ParseAddress(u)
	if err != nil {
		return u.String(), ""
	}
	at := fmt.Sprintf("udp %v:%d", a.Host, a.Port)
	if a.Host.IsMulticast() {
		return fmt.Sprint(at, " ", a.Interface, a.Senders, a.Programme), at
	}
	return at, at
}
