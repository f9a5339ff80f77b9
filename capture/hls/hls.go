// Package hls fetches feeds over HLS: live, event and on-demand playlists, segments of MPEG-2
// transport streams or fragmented MP4, whole or in the parts of low-latency HLS.
//
// A player hides what goes wrong on the way: it waits, retries, skips. [Pull] is there to tell it, so
// the playlists are followed here and not by a player's library: a playlist that stands still, a
// segment that is missing and a discontinuity are facts, and a stream goes on after each of them.
//
// Segments come in bursts. Units are held until they are due by their own timestamps, so that the
// feed's clock runs as evenly as the encoder's; a packet's Arrived is the time at which it was due
// and there, not the time at which its segment was downloaded.
//
// Sources: RFC 8216 (HLS), draft-pantos-hls-rfc8216bis (low latency, gaps), ISO/IEC 14496-12
// (fragmented MP4).
package hls

import (
	"crypto/tls"
	"log/slog"
	"sync/atomic"
	"time"
)

// Options are the settings of a Pull. The zero value is ready to use.
type Options struct {
	User, Password string        // for servers that ask (basic authentication); sent to the host of the URL alone
	TLS            *tls.Config   // how to verify https:// servers
	Log            *slog.Logger  // nil discards
	Opening        time.Duration // how long a server may take to begin its answer; 10 s
}

func (o Options) filled() Options {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Opening <= 0 {
		o.Opening = 10 * time.Second
	}
	return o
}

// What is taken of a server at most, in bytes.
const (
	mostPlaylist = 8 << 20  // a day of segments of 4 s, at 300 bytes each
	mostSegment  = 48 << 20 // 10 s at 38 Mb/s
	mostInit     = 1 << 20
)

// Counters count since the start what was met.
type Counters struct {
	Playlists       uint64 // fetched
	Segments        uint64 // fetched, parts included
	Bytes           uint64 // of segments
	Missing         uint64 // segments that could not be had
	Gaps            uint64 // segments that the playlist itself declares missing
	Expired         uint64 // segments that left the playlist before they could be fetched
	Discontinuities uint64 // that the playlist declares
	Stale           uint64 // times that a playlist stood still for longer than it may
	Stalls          uint64 // times that media came too late to go on evenly
	Malformed       uint64 // segments and units that could not be taken apart
}

// counters are Counters while they count.
type counters struct {
	playlists, segments, bytes, missing, gaps, expired atomic.Uint64
	discontinuities, stale, stalls, malformed          atomic.Uint64
}

func (c *counters) read() Counters {
	return Counters{
		Playlists: c.playlists.Load(), Segments: c.segments.Load(), Bytes: c.bytes.Load(),
		Missing: c.missing.Load(), Gaps: c.gaps.Load(), Expired: c.expired.Load(),
		Discontinuities: c.discontinuities.Load(), Stale: c.stale.Load(), Stalls: c.stalls.Load(),
		Malformed: c.malformed.Load(),
	}
}
