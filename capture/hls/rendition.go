package hls

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// dryAfter is how long the next segment may be away, when the one before has been played, before the
// link is said to be down.
const dryAfter = time.Second

// rendition plays one media playlist: its follower fetches, this releases each unit at its time.
type rendition struct {
	follower
	out   *outlet
	only  capture.Media // 0 for all that there is
	lane  lane
	demux demuxer
	units float64 // a second, of the pieces so far: what a missing segment may have held
}

// play takes pieces until the last one has been played.
func (r *rendition) play(ctx context.Context) error {
	for {
		p, err := r.next(ctx)
		if err != nil {
			return err
		}
		if p.end {
			return errEnded
		}
		units := r.units // of the piece before
		packets, err := r.open(p)
		if errors.As(err, new(refusal)) {
			return err
		}
		if err != nil {
			r.count.malformed.Add(1)
			r.facts.troubled(clip(err.Error()))
			continue
		}
		if p.missing > 0 {
			lost := max(int(units*p.missing.Seconds()), 1)
			packets[0].Lost += lost
			r.lane.missing += p.missing
		}
		for _, packet := range packets {
			if err := r.release(ctx, packet); err != nil {
				return err
			}
		}
	}
}

// next waits for the next piece.
func (r *rendition) next(ctx context.Context) (piece, error) {
	patience := time.NewTimer(dryAfter)
	defer patience.Stop()
	for {
		select {
		case p := <-r.pieces:
			return p, nil
		case <-patience.C:
			if r.main {
				r.facts.dry()
			}
			patience.Reset(dryAfter)
		case <-ctx.Done():
			return piece{}, ctx.Err()
		}
	}
}

// open takes the units out of a piece, in the order in which they are due.
func (r *rendition) open(p piece) ([]capture.Packet, error) {
	_, stream := r.demux.(*streamDemuxer)
	_, fragments := r.demux.(*fragmentDemuxer)
	switch {
	case p.init != nil && !fragments:
		r.demux = &fragmentDemuxer{count: r.count}
	case p.init == nil && !stream && !isTransport(p.body):
		return nil, errors.New("a segment that is neither a transport stream nor fragmented MP4")
	case p.init == nil && !stream:
		r.demux = newStreamDemuxer()
	}
	packets, err := r.demux.take(p)
	if err != nil {
		return nil, err
	}
	if r.only != 0 {
		packets = slices.DeleteFunc(packets, func(p capture.Packet) bool { return p.Format.Media != r.only })
	}
	if len(packets) == 0 {
		return nil, errors.New("a segment without what its playlist is for")
	}
	low, high := packets[0].DTS, packets[0].DTS
	for _, p := range packets {
		low, high = min(low, p.DTS), max(high, p.DTS)
	}
	if covers := high - low; covers > 0 && covers < time.Minute {
		r.units = float64(len(packets)) / covers.Seconds()
		slices.SortStableFunc(packets, func(a, b capture.Packet) int { return int(max(min(a.DTS-b.DTS, 1), -1)) })
	}
	return packets, nil
}

// isTransport finds sync bytes at the distance of packets.
func isTransport(b []byte) bool {
	for i := range min(len(b), 188) {
		if b[i] == 0x47 && (i+188 >= len(b) || b[i+188] == 0x47) {
			return true
		}
	}
	return false
}

// release waits until a unit is due and emits it.
func (r *rendition) release(ctx context.Context, p capture.Packet) error {
	v := r.pacer.plan(&r.lane, p.DTS, time.Now())
	switch {
	case v.drop:
		return ctx.Err()
	case v.stalled:
		r.count.stalls.Add(1)
	}
	if err := rest(ctx, time.Until(v.due)); err != nil {
		return err
	}
	r.out.emit(p, v)
	return nil
}

// outlet is where the units of all renditions come together.
type outlet struct {
	mu       sync.Mutex
	timeline *capture.Timeline
	facts    *facts
	numbers  map[capture.Media]int
	to       func(capture.Packet)
}

func (o *outlet) emit(p capture.Packet, v verdict) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if v.stalled {
		// The wait was ours to arrange: what follows is on time by the new schedule.
		o.timeline.Restart(v.due)
	}
	number, ok := o.numbers[p.Format.Media]
	if !ok {
		number = len(o.numbers)
		o.numbers[p.Format.Media] = number
	}
	p.Track, p.Arrived = number, v.due
	p.At, p.Jump = o.timeline.Stamp(number, p.PTS, p.DTS, v.due)
	o.facts.sent(p.Lost, p.Jump)
	o.to(p)
}
