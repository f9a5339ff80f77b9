package hls

import (
	"errors"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/mpegts"
)

// demuxer takes the units out of segments. What they carry of At and Arrived is to be overwritten.
type demuxer interface {
	take(p piece) ([]capture.Packet, error)
}

// streamDemuxer is for segments that are pieces of a transport stream.
type streamDemuxer struct {
	*mpegts.Demuxer
	out     []capture.Packet
	started bool
}

func newStreamDemuxer() *streamDemuxer {
	// The times that it makes of ours are not used: a segment comes at once.
	return &streamDemuxer{Demuxer: mpegts.NewDemuxer(0, capture.NewTimeline(time.Now()))}
}

func (d *streamDemuxer) take(p piece) ([]capture.Packet, error) {
	now := time.Now()
	if !d.started || p.discontinuity {
		d.Start(func(p capture.Packet) { d.out = append(d.out, p) }, now)
		d.started = true
	}
	if p.missing > 0 {
		d.Excuse() // it is counted as a segment
	}
	d.out = nil
	d.Write(p.body, now)
	if len(d.out) == 0 {
		f := capture.Facts{}
		if d.Facts(&f, true); f.Reason != "" {
			return nil, errors.New(f.Reason)
		}
		return nil, errors.New("a segment without video and audio")
	}
	return d.out, nil
}
