package worker

import (
	"sync"

	"github.com/vedette-av/vedette/capture"
)

// replayLimit bounds what is kept of a feed for a new worker, in bytes: two seconds at 12 Mb/s.
// A longer group of pictures is not kept, and a new worker waits for the next key picture.
const replayLimit = 3 << 20

// replay keeps the packets since the last key picture. What was played to a worker that then
// measured nothing new is not played again: it may be what killed it.
type replay struct {
	mu      sync.Mutex
	packets []capture.Packet
	bytes   int
	tried   bool // played to a worker that has not measured anything new yet
}

func (r *replay) add(p capture.Packet) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if p.Format.Media == capture.Video && p.Key {
		r.clear()
		r.tried = false // these pictures have killed nobody yet
	} else if len(r.packets) == 0 {
		return // nothing to decode it against
	}
	if r.bytes += len(p.Data); r.bytes > replayLimit {
		r.clear()
		return
	}
	r.packets = append(r.packets, p)
}

// clear lets go of the packets but keeps the room for the next ones.
func (r *replay) clear() {
	clear(r.packets)
	r.packets, r.bytes = r.packets[:0], 0
}

// take returns the packets for a new worker.
func (r *replay) take() []capture.Packet {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tried {
		r.clear()
	}
	r.tried = len(r.packets) > 0
	return append([]capture.Packet(nil), r.packets...)
}

// proven tells that the worker outlived what was played to it.
func (r *replay) proven() {
	r.mu.Lock()
	r.tried = false
	r.mu.Unlock()
}

func (r *replay) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.packets) > 0 && !r.tried
}
