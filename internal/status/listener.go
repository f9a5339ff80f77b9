package status

// Listener is what a port that strangers can knock at has met since it was opened.
type Listener struct {
	Protocol string // "rtmp", "srt", "webrtc"
	Address  string // host:port
	Events   []Event
}

// Event is one thing that a listener counts, such as "wrong_key".
type Event struct {
	Name  string
	Count uint64
}
