// Package rtmp takes feeds in over RTMP and RTMPS, with the Enhanced RTMP codecs: [Server] lets
// encoders publish, each feed under its app and key; [Pull] fetches from a server.
//
// The handshake, AMF and outgoing messages are gortmplib's. Incoming chunks are read here, because
// an untrusted peer must not be able to make us allocate what it only announces, nest AMF without
// end, or lose a session over one odd message; and because the media then need no further copy.
//
// Sources: Adobe RTMP 1.0 (chunk stream, commands), Adobe FLV 10.1 annex E (tags), Veovera
// Enhanced RTMP v2 (FourCC codecs, multitrack, ModEx).
package rtmp

import (
	"crypto/tls"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options are the settings of a Server or a Pull. The zero value is ready to use.
type Options struct {
	TLS     *tls.Config   // for a Server: speak RTMPS; for a Pull: how to verify an rtmps:// server
	Log     *slog.Logger  // nil discards
	Silence time.Duration // how long a peer in session may send nothing; 10 s
	Opening time.Duration // how long a peer has from connecting to media; 5 s

	// Connections that have not published yet; one more closes the oldest of them.
	MaxOpening     int // in all, 256
	MaxOpeningPeer int // from one address, 64
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	defaulted(&o.Silence, 10*time.Second)
	defaulted(&o.Opening, 5*time.Second)
	defaulted(&o.MaxOpening, 256)
	defaulted(&o.MaxOpeningPeer, 64)
	return o
}

func defaulted[T int | time.Duration](v *T, fallback T) {
	if *v <= 0 {
		*v = fallback
	}
}

// Counters count since the start what a Server has met.
type Counters struct {
	Connections uint64 // accepted by the listener
	Publishers  uint64 // admitted to a feed
	Takeovers   uint64 // of these, in place of one that was connected
	Silent      uint64 // publishers cut off for sending nothing

	// Refused, by reason.
	WrongKey    uint64
	UnknownApp  uint64
	Readers     uint64 // asked to play
	NotRTMP     uint64 // spoke another protocol, or broke this one
	Crowded     uint64 // closed as the oldest of too many that had not published
	TimedOut    uint64 // had not published in time
	Unsupported uint64 // published a codec that is not supported

	// Media units that were dropped.
	Empty        uint64 // carried no bytes
	Malformed    uint64 // contradicted their own syntax
	Unconfigured uint64 // came before the configuration of their codec
}

// counters are Counters while they count.
type counters struct {
	connections, publishers, takeovers, silent atomic.Uint64
	wrongKey, unknownApp, readers, notRTMP     atomic.Uint64
	crowded, timedOut, unsupported             atomic.Uint64
	empty, malformed, unconfigured             atomic.Uint64
}

func (c *counters) read() Counters {
	return Counters{
		Connections: c.connections.Load(), Publishers: c.publishers.Load(),
		Takeovers: c.takeovers.Load(), Silent: c.silent.Load(),
		WrongKey: c.wrongKey.Load(), UnknownApp: c.unknownApp.Load(), Readers: c.readers.Load(),
		NotRTMP: c.notRTMP.Load(), Crowded: c.crowded.Load(), TimedOut: c.timedOut.Load(),
		Unsupported: c.unsupported.Load(),
		Empty:       c.empty.Load(), Malformed: c.malformed.Load(), Unconfigured: c.unconfigured.Load(),
	}
}
