// Package rtsp fetches feeds over RTSP and RTSPS: [Pull] plays a stream of a camera, an encoder or a
// server, with its media over UDP, inside the connection, or inside TLS.
//
// Requests, authentication and the reordering of RTP are gortsplib's. Which tracks are taken, where
// a redirect may lead, how long a server may be silent, and how the clocks of the tracks come
// together is decided here.
//
// Sources: RFC 2326 and RFC 7826 (RTSP), RFC 3550 (RTP), and of each codec the RFC of its payload
// format.
package rtsp

import (
	"crypto/tls"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options are the settings of a Pull. The zero value is ready to use.
type Options struct {
	User, Password string        // for servers that ask; never part of the URL
	TLS            *tls.Config   // how to verify an rtsps:// server
	Log            *slog.Logger  // nil discards
	Silence        time.Duration // how long the server may send no media; 10 s
	Opening        time.Duration // how long it may take to the start of the stream; 10 s
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Silence <= 0 {
		o.Silence = 10 * time.Second
	}
	if o.Opening <= 0 {
		o.Opening = 10 * time.Second
	}
	return o
}

// Counters count since the start what came of the media.
type Counters struct {
	Packets      uint64 // of RTP, in order
	Lost         uint64 // of RTP
	Malformed    uint64 // packets that contradicted RTP, RTCP or the payload format of their codec
	Unconfigured uint64 // units that came before the parameter sets of their codec
	Switched     uint64 // times that UDP was given up for TCP
}

// counters are Counters while they count.
type counters struct {
	packets, lost, malformed, unconfigured, switched atomic.Uint64
}

func (c *counters) read() Counters {
	return Counters{
		Packets: c.packets.Load(), Lost: c.lost.Load(), Malformed: c.malformed.Load(),
		Unconfigured: c.unconfigured.Load(), Switched: c.switched.Load(),
	}
}
