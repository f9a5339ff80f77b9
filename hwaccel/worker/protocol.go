// Package worker is the border between the daemon and the C libraries. The daemon keeps one
// vedette-worker process for each feed and talks to it over a socket pair: packets or a file go
// in, samples come out. [Supervisor] keeps a worker running for a live feed, [Start] runs one for
// a file, and [Serve] is the other end. Nothing in this package is C: the decoders and meters are
// handed to Serve by cmd/vedette-worker.
//
// A worker parses hostile media, so the daemon treats it as possibly compromised: what it sends is
// bounded in size, decoded strictly, and checked before a detector sees it.
package worker

import (
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// kind is the first byte of every message.
type kind uint8

// What the daemon says, then what the worker says.
const (
	kindPacket kind = iota + 1 // packetMessage
	kindPlay                   // playMessage; the file descriptor travels beside it
	kindDrain                  // end of input: give out what is left, then kindDone

	kindHello   kind = iota + 100 // helloMessage, first
	kindSample                    // sampleMessage, flat
	kindReport                    // Report, when it changes and once a second at most
	kindTracks                    // Contents, once for a played file
	kindHandled                   // handledMessage, after each packet
	kindDone                      // doneMessage, last
)

// helloMessage opens the conversation, so that programs of different versions part at once.
type helloMessage struct {
	Version string
	Decoder string // library and version, for operators
	Sandbox string // what of the sandbox the kernel granted
}

// packetMessage is a capture.Packet. Format travels only when it differs from the one before on
// the same track.
type packetMessage struct {
	Track    int
	Format   *capture.Format
	Data     []byte
	At       time.Duration
	PTS, DTS time.Duration
	Key      bool
	Lost     int
	Corrupt  bool
}

// playMessage asks the worker to read the file whose descriptor comes with it.
type playMessage struct {
	Name string
	Play
}

// Play says how a file is to be read.
type Play struct {
	Realtime bool // paced by its own timestamps, as a live feed
	Loop     bool // from the start again at its end
	Probe    bool // tell the contents and stop
	Bare     bool // decode only, measure nothing: the yardstick of the bench
}

// handledMessage tells how many packets the worker is done with, so that one that is stuck can be
// told from one that has nothing to do.
type handledMessage struct{ Packets uint64 }

// sampleMessage is a sample, and how many packets the worker is done with, the one that the sample
// came of included.
type sampleMessage struct {
	Sample  detectors.Sample
	Packets uint64
}

// Report is what the worker knows of its own work since it started.
type Report struct {
	Paths      []string // how each track is decoded: "h264 (software)"
	Bytes      uint64   // of the packets that were decoded
	Pictures   uint64   // measured
	Sounds     uint64   // blocks measured
	Errors     uint64   // packets that a decoder refused
	LastError  string
	Unmeasured string // what cannot be measured and why, one line; empty when all is well
	Width      int    // of the last picture, luma pixels
	Height     int
	SampleRate int
	Channels   int
}

// Contents is what a file holds.
type Contents struct {
	Container string
	Duration  time.Duration // 0 where it cannot be known
	BitRate   int64         // bits a second, 0 where unknown
	Tracks    []Track
}

// Track is one track of a file. Chosen marks those that are measured.
type Track struct {
	Index       int
	Format      capture.Format
	Language    string
	Programme   int
	Duration    time.Duration
	FrameRate   float64
	PixelFormat string
	BitRate     int64
	Chosen      bool
	Path        string // how it would be decoded; empty where it cannot be
}

// doneMessage ends a conversation. Error is one line, empty where the input ended well.
type doneMessage struct {
	Error    string
	BadInput bool // nothing could be measured: not a media file, no track that can be decoded
}
