// Package capture is the way in. It defines what every source of media hands over, a [Packet], and
// the contract that every source keeps, [Source]. The protocols live in the folders below; none of
// them decodes anything, and all but the file and card readers are pure Go.
//
// To add a way in: make a folder with a type that keeps the Source contract, stamp its packets
// through a [Timeline], and add its URL scheme to the table in internal/feed.
package capture

import (
	"context"
	"math"
	"time"
)

// Codec names a coding by the name that libavcodec gives it, so that nothing has to be translated
// on the way to the decoder. The constants are those that arrive over a network; a file may bring
// any other name that the decoder knows.
type Codec string

// The codings that the network sources hand over.
const (
	H264  Codec = "h264"
	HEVC  Codec = "hevc"
	AV1   Codec = "av1"
	VP8   Codec = "vp8"
	VP9   Codec = "vp9"
	MPEG2 Codec = "mpeg2video"
	AAC   Codec = "aac"
	Opus  Codec = "opus"
	MP3   Codec = "mp3"
	MP2   Codec = "mp2"
	PCMA  Codec = "pcm_alaw"
	PCMU  Codec = "pcm_mulaw"
	LPCM  Codec = "pcm_s16be"
	FLAC  Codec = "flac"
	AC3   Codec = "ac3"
	EAC3  Codec = "eac3"

	// MPEGTS is a track as packets of a transport stream, in a coding that only the decoder's library
	// can take out: each Packet is one PES packet, and Extra the packets of a PAT and a PMT with that
	// track alone.
	MPEGTS Codec = "mpegts"
)

// Media says what a track carries.
type Media uint8

// A track carries pictures or sound.
const (
	Video Media = iota + 1
	Audio
)

// String returns "video" or "audio".
func (m Media) String() string {
	switch m {
	case Video:
		return "video"
	case Audio:
		return "audio"
	}
	return "unknown"
}

// Format describes how one track is coded. It is comparable: when it changes between two packets
// of a track, the decoder of that track starts again.
type Format struct {
	Media Media
	Codec Codec
	// Extra is the codec configuration as the decoder takes it: avcC or hvcC where the units carry
	// their lengths, the parameter sets in Annex B or nothing where they have start codes, the AV1
	// sequence header, AudioSpecificConfig, OpusHead, the FLAC STREAMINFO block. A string, so that
	// Format compares.
	Extra string

	Width, Height int           // luma pixels as announced, 0 where the source does not say
	FrameDuration time.Duration // nominal, 0 where the source does not say

	SampleRate, Channels      int // as announced, 0 where the source does not say
	BitsPerSample, BlockAlign int // only for codings that cannot be decoded without them
}

// NoTime stands in PTS, DTS and At where the source has no timestamp to give.
const NoTime = time.Duration(math.MinInt64)

// Packet is one access unit of one track, self-contained with its Format.
type Packet struct {
	Format   Format
	Track    int           // numbered from 0 in order of appearance
	Data     []byte        // the sender does not write to it after emit
	At       time.Duration // presentation time on the feed's own clock
	PTS, DTS time.Duration // as the sender stamped it
	Arrived  time.Time     // when its last byte came in; zero where that means nothing (a file)
	Key      bool          // decoding can start here; true for every audio packet
	Lost     int           // units known to be missing before this one
	Jump     bool          // the sender's timestamps are not continuous with the packet before
	Corrupt  bool          // the demuxer found damage in it
}

// Source is one live feed. Run blocks, calling emit from one goroutine, until ctx ends or the feed
// breaks, and says why; it does not retry, its supervisor does. emit never blocks.
type Source interface {
	Run(ctx context.Context, emit func(Packet)) error
}

// Facts is what a source knows of its link beside the packets. Counters run from the start.
type Facts struct {
	Up     bool   // a peer is connected and sends
	Peer   string // its address, for operators
	Reason string // why it is not up, one line: "no publisher yet", "connection refused"
	Lost   uint64 // units known to be missing
	Jumps  uint64 // discontinuities of the sender's timestamps

	// What packet networks tell; all 0 where the source has no such thing. Received and Missing count
	// packets as the transport numbers them, which are smaller than units: so many arrived, and so
	// many never did, or too late.
	Received, Missing uint64

	Recovered uint64        // packets that were missing and came after all, by retransmission
	Late      uint64        // packets that came after they had been given up, and count as lost
	Requests  uint64        // packets that were asked for again
	Refreshes uint64        // key pictures that were asked for, to repair a picture
	Jitter    time.Duration // of arrival (RFC 3550, 6.4.1), the worst track's
	RoundTrip time.Duration // to the peer and back; 0 where it is not measured
	Latency   time.Duration // by which the transport delays what it delivers, to have time for retransmission
	State     string        // of the connection, in the protocol's own word, such as "connected"
	// Dropped counts what arrived and we did not take in time: our own loss, none of the stream's.
	Dropped uint64
	// KeysOnRequest: the source asks the sender for a key picture where it needs one, and none comes
	// by itself.
	KeysOnRequest bool
	Playlist      PlaylistState // of an HLS stream
	// Transport is what is known of the transport stream; nil where the source carries none.
	Transport *TransportStream
}

// PlaylistState tells how the playlist of an HLS stream fares.
type PlaylistState uint8

// The states of a playlist.
const (
	NoPlaylist    PlaylistState = iota // the source has none
	PlaylistLive                       // it is renewed as it promises
	PlaylistStale                      // it stands still
	PlaylistEnded                      // it says that nothing will follow
)

// Teller is a Source that knows more of its link than that Run is running. Facts is called from
// another goroutine than Run, ten times a second, and must not block.
type Teller interface {
	Facts() Facts
}
