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

// sent notes that a packet came.
func (f *facts) sent(jump bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Up, f.now.Reason = true, ""
	if jump {
		f.now.Jumps++
	}
}

// lose counts RTP packets that did not come.
func (f *facts) lose(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Lost += uint64(n)
}

// Facts returns what is known of the link.
func (f *facts) Facts() capture.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}
