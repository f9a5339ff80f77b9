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
	VideoTime, AudioTime MediaTime     // how the timestamps of each ran
	Lost                 int           // units that the transport knows to be missing
	Jumps                int           // discontinuities of the sender's timestamps
	Skew                 time.Duration // feed clock minus arrival

	// What packet networks tell, in packets as the transport numbers them; all 0 where it numbers none.
	Received  int           // that arrived
	Missing   int           // that never did, or too late
	Recovered int           // that were missing and came after all, by retransmission
	Late      int           // of those missing: that came after they had been given up
	Jitter    time.Duration // of arrival (RFC 3550, 6.4.1), of the worst track
	RoundTrip time.Duration // to the peer and back

	KeysOnRequest bool // key pictures come when they are asked for, and not by themselves
	Playlist      PlaylistState

	Transport *TransportStream // nil where the feed is no MPEG transport stream

	// Our own work.
	Dropped       int           // packets that we dropped because we could not keep up
	Behind        time.Duration // age of the oldest packet not analysed yet
	Decoder       DecoderState
	DecoderReason string // why the decoder is not running, one line
	Errors        int    // packets that the decoder refused
	Unmeasured    string // what cannot be measured and why ("pixel format bayer_bggr8 ..."), one line
}

// MediaTime is how the timestamps of one kind of media ran in the interval. Stamped is 0 where no
// packet with a timestamp came, and in a recording, whose clock is our own: the times mean nothing then.
type MediaTime struct {
	Codec   string // as libavcodec names it; kept while nothing comes
	Stamped int    // packets
	Keys    int    // of them that decoding can start at
	// Session counts the stretches of continuous timestamps: it is another one after a jump and after
	// a loss of the connection.
	Session  int
	Advanced time.Duration // by how far the sender's timestamps went on within the session
	Ahead    time.Duration // feed clock minus arrival, of the packet that was delayed least
	Run      time.Duration // by how much the sender's timestamps have outrun arrival since the session began, by the same packet
}

// PlaylistState tells how the playlist of an HLS stream fares.
type PlaylistState uint8

// The states of a playlist.
const (
	NoPlaylist    PlaylistState = iota // the feed has none
	PlaylistLive                       // it is renewed as it promises
	PlaylistStale                      // it stands still
	PlaylistEnded                      // it says that nothing will follow
)

// DecoderState tells whether the feed's worker is there.
type DecoderState uint8

// The states of a feed's worker.
const (
	DecoderRunning DecoderState = iota
	DecoderIdle                 // nothing to decode: not needed yet, or the source is down
	DecoderLost                 // died or stopped answering; a new one is on its way
	DecoderParked               // the feed killed it again and again; it is not tried for a while
)
