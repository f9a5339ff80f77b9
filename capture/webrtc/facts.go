package webrtc

import (
	"sync"
	"time"

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
	f.now.Up, f.now.Peer, f.now.Reason, f.now.State = false, "", reason, ""
	f.now.Jitter, f.now.RoundTrip = 0, 0
}

// connected names the peer that has yet to send something, or has stopped.
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

// add counts; arguments that are 0 change nothing.
func (f *facts) add(lost, recovered, late, requests, refreshes int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Lost += uint64(lost)
	f.now.Recovered += uint64(recovered)
	f.now.Late += uint64(late)
	f.now.Requests += uint64(requests)
	f.now.Refreshes += uint64(refreshes)
}

// arrived and gaveUp count packets as their sender numbers them.
func (f *facts) arrived() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Received++
}

func (f *facts) gaveUp(packets int) {
	if packets == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Missing += uint64(packets)
}

// measured notes how the path is.
func (f *facts) measured(peer string, jitter, roundTrip time.Duration, state string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Peer = peer
	f.now.Jitter, f.now.RoundTrip, f.now.State = jitter, roundTrip, state
}

// Facts returns what is known of the link.
func (f *facts) Facts() capture.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now
	now.KeysOnRequest = true
	return now
}
