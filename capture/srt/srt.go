// Package srt takes feeds in over SRT: [Server] lets encoders call, each feed under its stream id,
// and [Call] fetches from a listener. What SRT carries is an MPEG transport stream, which
// [github.com/vedette-av/vedette/capture/mpegts] takes apart and checks.
//
// SRT itself is gosrt's: handshake versions 4 and 5, AES, retransmission, delivery by timestamp. Not
// in it are rendezvous, bonding and forward error correction.
//
// Source: draft-sharabayko-srt-01.
package srt

import (
	"log/slog"
	"sync/atomic"
	"time"
)

// Options are the settings of a Server or a Call. The zero value is ready to use.
type Options struct {
	Log     *slog.Logger  // nil discards
	Silence time.Duration // how long a peer in session may send nothing; 10 s
	Idle    time.Duration // how long a peer may not even say that it is there; 5 s
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Silence <= 0 {
		o.Silence = 10 * time.Second
	}
	if o.Idle <= 0 {
		o.Idle = 5 * time.Second
	}
	return o
}

// Counters count since the start what a Server has met.
type Counters struct {
	Callers   uint64 // that asked for a connection
	Accepted  uint64 // admitted to a feed
	Takeovers uint64 // of these, in place of one that was connected
	Silent    uint64 // cut off for sending nothing

	// Refused, by reason.
	UnknownStream   uint64
	WrongPassphrase uint64
	Unencrypted     uint64 // the feed has a passphrase and the caller none, or the other way round
	Readers         uint64 // asked to be sent something
	Limited         uint64 // refused before too often of late
}

// counters are Counters while they count.
type counters struct {
	callers, accepted, takeovers, silent                          atomic.Uint64
	unknownStream, wrongPassphrase, unencrypted, readers, limited atomic.Uint64
}

func (c *counters) read() Counters {
	return Counters{
		Callers: c.callers.Load(), Accepted: c.accepted.Load(), Takeovers: c.takeovers.Load(), Silent: c.silent.Load(),
		UnknownStream: c.unknownStream.Load(), WrongPassphrase: c.wrongPassphrase.Load(),
		Unencrypted: c.unencrypted.Load(), Readers: c.readers.Load(), Limited: c.limited.Load(),
	}
}
