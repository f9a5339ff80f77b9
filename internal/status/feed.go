// Package status is what the daemon says of itself: the state of each feed as the API shows it, the
// health of the process, and the word to systemd.
package status

import (
	"time"
)

// State is where a feed stands.
type State string

// The states of a feed.
const (
	Starting State = "starting" // not yet tried
	Waiting  State = "waiting"  // listens, and no publisher has come
	Up       State = "up"       // a peer is connected and sends
	Down     State = "down"     // the source is lost or cannot be reached; it is tried again
	Parked   State = "parked"   // the feed killed its worker again and again; it is tried later
)

// Feed is what is known of one feed at one moment: a copy, safe to keep. Counters run from the
// start of the daemon.
type Feed struct {
	Name   string    `json:"name"`
	Source string    `json:"source"` // see [Redact]
	State  State     `json:"state"`
	Reason string    `json:"reason,omitempty"` // why it is not up, one line
	Since  time.Time `json:"since"`            // of State
	Peer   string    `json:"peer,omitempty"`   // address of the other end

	Tracks []Track `json:"tracks"`

	Packets      uint64 `json:"packets"`
	Bytes        uint64 `json:"bytes"`
	Lost         uint64 `json:"packets_lost"`    // known by the transport to be missing
	Dropped      uint64 `json:"packets_dropped"` // by us, because analysis could not keep up
	Jumps        uint64 `json:"timestamp_jumps"`
	DecodeErrors uint64 `json:"decode_errors"`

	Network  *Network `json:"network,omitempty"` // nil where the transport numbers no packets
	Pictures uint64   `json:"pictures"`          // measured
	Sounds   uint64   `json:"sounds"`            // blocks of sound measured

	BitRate     float64   `json:"kbit_per_second"`
	FrameRate   float64   `json:"frames_per_second"` // measured
	LastPicture time.Time `json:"last_picture,omitzero"`
	Behind      Seconds   `json:"behind_seconds"`           // age of the oldest packet not analysed yet
	Skew        Seconds   `json:"skew_seconds"`             // feed clock minus arrival
	Loudness    *float64  `json:"loudness_lufs,omitempty"`  // integrated, of all sound so far; nil where none was measured
	TruePeak    *float64  `json:"true_peak_dbtp,omitempty"` // the highest so far

	Worker    Worker     `json:"worker"`
	Detectors []Detector `json:"detectors"`
	Open      []string   `json:"open_incidents"` // ids
}

// Network is what the transport knows of the way here, in packets as it numbers them. Counters run
// from the start of the daemon.
type Network struct {
	Received  uint64  `json:"packets_received"`
	Missing   uint64  `json:"packets_missing"`   // that never came, or too late
	Recovered uint64  `json:"packets_recovered"` // that were missing and came after all
	Late      uint64  `json:"packets_late"`      // of those missing
	Requests  uint64  `json:"packets_requested"` // that were asked for again
	Refreshes uint64  `json:"key_pictures_requested"`
	Jitter    Seconds `json:"jitter_seconds"`
	RoundTrip Seconds `json:"round_trip_seconds"` // 0 where it is not measured
	Latency   Seconds `json:"latency_seconds"`    // by which the transport delays what it delivers
	State     string  `json:"state,omitempty"`    // of the connection, in the protocol's own word
}

// Track is one track of a feed.
type Track struct {
	Media string `json:"media"` // "video" or "audio"
	Codec string `json:"codec"`
	Path  string `json:"decode_path,omitempty"` // "h264 (software)"

	Width     int     `json:"width,omitempty"`  // luma pixels
	Height    int     `json:"height,omitempty"` // luma pixels
	FrameRate float64 `json:"nominal_frames_per_second,omitempty"`

	SampleRate int `json:"sample_rate_hz,omitempty"`
	Channels   int `json:"channels,omitempty"`
}

// Worker is the process that decodes a feed.
type Worker struct {
	PID       int    `json:"pid"` // 0 while there is none
	Restarts  uint64 `json:"restarts"`
	Placement string `json:"placement"` // "cpu", "gpu 0"
}

// Detector is where one detector of a feed stands.
type Detector struct {
	Kind   string  `json:"kind"`
	State  string  `json:"state"` // "unknown", "clear" or "present", as last judged
	Score  float64 `json:"score"` // 0 to 1
	Detail string  `json:"detail,omitempty"`
	Open   bool    `json:"open"` // an incident of this kind is open
}
