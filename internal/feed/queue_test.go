package feed

import (
	"context"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

var queueEpoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// packet is one of `size` bytes that came in `at` after the epoch.
func packet(media capture.Media, key bool, size int, at time.Duration) capture.Packet {
	return capture.Packet{
		Format: capture.Format{Media: media}, Key: key, Data: make([]byte, size), Arrived: queueEpoch.Add(at),
	}
}

func TestQueueKeepsOrder(t *testing.T) {
	q := newQueue()
	for n := range 5 {
		q.push(packet(capture.Video, n == 0, n+1, 0))
	}
	for n := range 5 {
		p, ok := q.next(t.Context())
		if !ok || len(p.Data) != n+1 {
			t.Fatalf("packet %d has %d bytes, want %d", n, len(p.Data), n+1)
		}
	}
	if dropped, behind := q.turn(queueEpoch); dropped != 0 || behind != 0 {
		t.Errorf("%d dropped, %s behind, want none", dropped, behind)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := q.next(ctx); ok {
		t.Error("an empty queue gave a packet")
	}
}

// A full queue drops from the packet that does not fit up to the next key picture, and no further.
func TestQueueDropsGroupsOfPictures(t *testing.T) {
	q := newQueue()
	q.push(packet(capture.Video, true, queueBytes-10, 0))
	q.push(packet(capture.Video, false, 20, 0)) // does not fit
	q.push(packet(capture.Video, false, 1, 0))  // would fit, but cannot be decoded without the one before
	q.push(packet(capture.Audio, true, 5, 0))   // sound needs nothing before it
	if p, _ := q.pop(); len(p.Data) != queueBytes-10 {
		t.Fatal("the first packet was dropped")
	}
	q.push(packet(capture.Video, false, 2, 0)) // room again, but still in the same group
	q.push(packet(capture.Video, true, 3, 0))
	q.push(packet(capture.Video, false, 4, 0))
	for _, want := range []int{5, 3, 4} {
		if p, ok := q.pop(); !ok || len(p.Data) != want {
			t.Fatalf("got a packet of %d bytes, want %d", len(p.Data), want)
		}
	}
	if dropped, _ := q.turn(queueEpoch); dropped != 3 {
		t.Errorf("%d dropped, want 3", dropped)
	}
	if dropped, _ := q.turn(queueEpoch); dropped != 0 {
		t.Errorf("%d dropped since the last turn, want 0", dropped)
	}
}

// Old packets are as bad as many: the verdict would come too late.
func TestQueueIsBoundedInTime(t *testing.T) {
	q := newQueue()
	q.push(packet(capture.Video, true, 1, 0))
	q.push(packet(capture.Video, false, 1, queueAge))
	q.push(packet(capture.Video, false, 1, queueAge+1))
	dropped, behind := q.turn(queueEpoch.Add(queueAge + time.Second))
	if dropped != 1 || behind != queueAge+time.Second {
		t.Errorf("%d dropped, %s behind, want 1 and %s", dropped, behind, queueAge+time.Second)
	}
}

// One packet always fits, however large: else a feed of large pictures would never be measured.
func TestQueueTakesOneLargePacket(t *testing.T) {
	q := newQueue()
	q.push(packet(capture.Video, true, 2*queueBytes, 0))
	if _, ok := q.pop(); !ok {
		t.Error("it was dropped")
	}
}
