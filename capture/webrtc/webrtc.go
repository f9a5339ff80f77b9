// Package webrtc takes feeds in over WebRTC: [Server] lets browsers and encoders publish by WHIP,
// each feed under its name on one shared port; [Pull] fetches by WHEP from another server.
//
// ICE, DTLS, SRTP and the reports of RTCP are pion's. What comes out of SRTP is ordered, asked for
// again, put together and timed here: a monitor must know exactly what it lost, what it got back and
// what came too late, hand on whole access units, and never show a picture that the link invented.
//
// Sources: RFC 9725 (WHIP), draft-ietf-wish-whep (WHEP), RFC 8840 (trickled candidates), RFC 3550
// (RTP), RFC 4585 (NACK, PLI), RFC 6184, 7798, 7741, 9628 and the AV1 RTP specification (payloads),
// RFC 7587 (Opus).
package webrtc

import (
	"crypto/tls"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options are the settings of a Server or a Pull. The zero value is ready to use.
type Options struct {
	TLS     *tls.Config   // for a Server: speak HTTPS; for a Pull: how to verify an https server
	Log     *slog.Logger  // nil discards
	Silence time.Duration // how long a peer may send no media before it counts as down; 10 s
	Opening time.Duration // how long a peer has from its offer to a connection; 10 s

	// The limits on strangers, of a Server.
	MaxOpening  int // offers of one feed that have yet to connect; one more ends the oldest; 8
	MaxSessions int // peers in all, those that are just leaving included; 512
	MaxConns    int // TCP connections, a quarter of them from one address; 512
	Posts       int // requests a second from one address, with bursts of four times as many; 5
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	defaulted(&o.Silence, 10*time.Second)
	defaulted(&o.Opening, 10*time.Second)
	defaulted(&o.MaxOpening, 8)
	defaulted(&o.MaxSessions, 512)
	defaulted(&o.MaxConns, 512)
	defaulted(&o.Posts, 5)
	return o
}

func defaulted[T int | time.Duration](v *T, fallback T) {
	if *v <= 0 {
		*v = fallback
	}
}

// Counters count since the start what a Server or a Pull has met.
type Counters struct {
	Offers     uint64 // that were answered
	Publishers uint64 // that connected
	Takeovers  uint64 // of these, in place of one that was connected
	Restarts   uint64 // of ICE, at the wish of a peer

	// Refused, by reason.
	UnknownFeed uint64 // no such name, or no such session
	WrongToken  uint64
	Limited     uint64 // too many requests, sessions or connections
	TooLarge    uint64 // body over the limit
	Malformed   uint64 // SDP or request that cannot be read
	NoCodec     uint64 // no codec in common
	NotOpened   uint64 // never connected, or in favour of newer offers

	// Media that came to nothing.
	WrongType    uint64 // RTP packets of a payload type that was not agreed on
	Stray        uint64 // RTP packets far from the sequence of the others, or beyond the buffer
	Broken       uint64 // access units that contradicted their own syntax
	Unconfigured uint64 // pictures before the first key picture

	Overruns uint64 // datagrams that our own socket had no room for
}

// counters are Counters while they count.
type counters struct {
	offers, publishers, takeovers, restarts    atomic.Uint64
	unknownFeed, wrongToken, limited, tooLarge atomic.Uint64
	malformed, noCodec, notOpened              atomic.Uint64
	wrongType, stray, broken, unconfigured     atomic.Uint64
	overruns                                   atomic.Uint64
}

func (c *counters) read() Counters {
	return Counters{
		Offers: c.offers.Load(), Publishers: c.publishers.Load(), Takeovers: c.takeovers.Load(), Restarts: c.restarts.Load(),
		UnknownFeed: c.unknownFeed.Load(), WrongToken: c.wrongToken.Load(), Limited: c.limited.Load(),
		TooLarge: c.tooLarge.Load(), Malformed: c.malformed.Load(), NoCodec: c.noCodec.Load(), NotOpened: c.notOpened.Load(),
		WrongType: c.wrongType.Load(), Stray: c.stray.Load(), Broken: c.broken.Load(), Unconfigured: c.unconfigured.Load(),
		Overruns: c.overruns.Load(),
	}
}
