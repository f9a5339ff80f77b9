package feed

import (
	"context"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// What may wait for a worker that is behind. More would only make the verdicts late, and every
// feed's share of the daemon's memory is small.
const (
	queueBytes = 4 << 20
	queueAge   = 3 * time.Second
)

// queue holds the packets of one feed between the source, which never waits, and the worker, which
// may be behind. When it is full it drops whole groups of pictures: from the packet that does not
// fit up to the next key picture. Every drop is counted, for what was not looked at must be told.
type queue struct {
	mu       sync.Mutex
	packets  []capture.Packet
	bytes    int
	dropping bool // until the next key picture
	dropped  int  // since the last call of turn
	wake     chan struct{}
}

func newQueue() *queue { return &queue{wake: make(chan struct{}, 1)} }

// push takes one packet, or drops it. It never waits.
func (q *queue) push(p capture.Packet) {
	q.mu.Lock()
	defer q.mu.Unlock()
	video := p.Format.Media == capture.Video
	if q.dropping && video && p.Key {
		q.dropping = false
	}
	full := q.full(p)
	if full && video {
		q.dropping = true
	}
	if full || q.dropping && video {
		q.dropped++
		return
	}
	q.packets = append(q.packets, p)
	q.bytes += len(p.Data)
	select {
	case q.wake <- struct{}{}:
	default: // it is awake
	}
}

func (q *queue) full(p capture.Packet) bool {
	if len(q.packets) == 0 {
		return false // one packet always fits, however large
	}
	return q.bytes+len(p.Data) > queueBytes || p.Arrived.Sub(q.packets[0].Arrived) > queueAge
}

// next waits for the oldest packet; false means that ctx ended.
func (q *queue) next(ctx context.Context) (capture.Packet, bool) {
	for {
		if p, ok := q.pop(); ok {
			return p, true
		}
		select {
		case <-q.wake:
		case <-ctx.Done():
			return capture.Packet{}, false
		}
	}
}

func (q *queue) pop() (capture.Packet, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.packets) == 0 {
		return capture.Packet{}, false
	}
	p := q.packets[0]
	q.packets[0] = capture.Packet{} // lets go of its data
	q.packets = q.packets[1:]
	q.bytes -= len(p.Data)
	return p, true
}

// turn returns how many packets were dropped since the call before, and how old the oldest packet
// is that still waits.
func (q *queue) turn(now time.Time) (dropped int, behind time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	dropped, q.dropped = q.dropped, 0
	if len(q.packets) > 0 {
		behind = max(now.Sub(q.packets[0].Arrived), 0)
	}
	return dropped, behind
}
