package detectors

import "time"

// Link is what is known of the transport and of our own work since the Link sample before it. The
// feed makes one at each turn of its clock, ten times a second, whether anything arrived or not.
type Link struct {
	Interval time.Duration // covered by the counts
	Up       bool          // the source is connected
	Reason   string        // why it is not, one line

	Bytes                uint64        // of media payload received
	Video, Audio         int           // packets received
	WantVideo, WantAudio bool          // the source announced, or once had, such a track
	Lost                 int           // units that the transport knows to be missing
	Jumps                int           // discontinuities of the sender's timestamps
	Skew                 time.Duration // feed clock minus arrival

	Transport *TransportStream // nil where the feed is no MPEG transport stream

	// Our own work.
	Dropped       int           // packets that we dropped because we could not keep up
	Behind        time.Duration // age of the oldest packet not analysed yet
	Decoder       DecoderState
	DecoderReason string // why the decoder is not running, one line
	Errors        int    // packets that the decoder refused
	Unmeasured    string // what cannot be measured and why ("pixel format bayer_bggr8 ..."), one line
}

// DecoderState tells whether the feed's worker is there.
type DecoderState uint8

// The states of a feed's worker.
const (
	DecoderRunning DecoderState = iota
	DecoderIdle                 // nothing to decode: not needed yet, or the source is down
	DecoderLost                 // died or stopped answering; a new one is on its way
	DecoderParked               // the feed killed it again and again; it is not tried for a while
)
