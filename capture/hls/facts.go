package hls

import (
	"sync"

	"github.com/vedette-av/vedette/capture"
)

// The words by which State says how the playlist fares.
const (
	stateLive  = "live"
	stateStale = "stale playlist"
	stateEnded = "ended"
)

// playlists gives those words to whoever judges.
var playlists = map[string]capture.PlaylistState{
	stateLive: capture.PlaylistLive, stateStale: capture.PlaylistStale, stateEnded: capture.PlaylistEnded,
}

// facts keeps what a source tells of its link.
type facts struct {
	mu      sync.Mutex
	now     capture.Facts
	trouble string // of the latest request that failed, or of the playlist; "" where all is well
}

// down says why nothing comes.
func (f *facts) down(reason string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.Up, f.now.Peer, f.now.State, f.now.Reason, f.trouble = false, "", "", reason, ""
	f.now.Playlist = capture.NoPlaylist
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

// troubled notes why the next segment is not there yet; "" where it is.
func (f *facts) troubled(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trouble = why
}

// state says how the playlist fares.
func (f *facts) state(word string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now.State, f.now.Playlist = word, playlists[word]
}

// dry notes that everything that came has been played and nothing follows.
func (f *facts) dry() {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.trouble != "":
		f.now.Reason = f.trouble
	case f.now.Up:
		f.now.Reason = "the server has no new segment"
	}
	f.now.Up = false
}

// Facts returns what is known of the link.
func (f *facts) Facts() capture.Facts {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}
