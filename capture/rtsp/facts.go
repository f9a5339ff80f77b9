package rtsp

import (
	"sync"

	"github.com/vedette-av/vedette/capture"
)

// facts keeps what a source tells of its link.
type facts struct {
	mu  sync.Mutex
	now capture.Facts
}

// down says why nothing comes.
func (f *facts) down(reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Up, f.now.Peer, f.now.Reason = false, "", reason
}

// connected names the peer that has yet to send something.
func (f *facts) connected(peer, reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Up, f.now.Peer, f.now.Reason = false, peer, reason
}

// sent notes that a packet came, and how many units are missing before it.
func (f *facts) sent(lost int, jump bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Up, f.now.Reason = true, ""
	f.now.Lost += uint64(lost)
	if jump {
		f.now.Jumps++
	}
}

// arrived notes a packet of RTP, and how many are missing before it.
func (f *facts) arrived(missing int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Received++
	f.now.Missing += uint64(missing)
}

// Facts returns what is known of the link.
func (f *facts) Facts() capture.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}
