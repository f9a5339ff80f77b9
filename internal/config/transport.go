package config

import (
	"fmt"
	"net/url"

	"github.com/vedette-av/vedette/capture/mpegts"
	"github.com/vedette-av/vedette/capture/srt"
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

// checkSRT checks the URL of a feed over SRT.
func checkSRT(u *url.URL) error {
	_, err := srt.ParseAddress(u)
	return err
}

// srtCalls tells whether a URL says mode=caller.
func srtCalls(u *url.URL) bool { return u.Query().Get("mode") == "caller" }

// placeSRT: one port has many feeds, each under its stream id.
func placeSRT(u *url.URL) (identity, takes string) {
	a, err := srt.ParseAddress(u)
	if err != nil {
		return u.String(), ""
	}
	takes = "udp " + a.Port
	return fmt.Sprintf("srt %s %q", a.Port, a.StreamID), takes
}
