package rtmp

import (
	"errors"
	"fmt"
	"time"

	"github.com/bluenviron/gortmplib/pkg/message"

	"github.com/vedette-av/vedette/capture"
)

// maxTracks bounds what a peer may number.
const maxTracks = 16

// errUnsupported ends a session: no part of what the peer sends can be had by going on.
var errUnsupported = errors.New("unsupported codec")

// The ways in which one unit can be of no use; the session goes on.
var (
	errEmpty        = errors.New("empty")
	errMalformed    = errors.New("malformed")
	errUnconfigured = errors.New("not configured")
)

// trackID names a track as the sender does.
type trackID struct {
	media  capture.Media
	number byte
}

// trackTable numbers the tracks of a feed in order of appearance, alike over all its sessions.
type trackTable map[trackID]int

func (t trackTable) number(id trackID) (int, error) {
	n, ok := t[id]
	if !ok {
		if len(t) == maxTracks {
			return 0, fmt.Errorf("more than %d tracks", maxTracks)
		}
		n = len(t)
		t[id] = n
	}
	return n, nil
}

// demuxer turns the messages of one session into packets.
type demuxer struct {
	timeline *capture.Timeline
	emit     func(capture.Packet)
	numbers  trackTable
	count    *counters
	facts    *facts
	tracks   map[trackID]*track
}

// track is one elementary stream of a session.
type track struct {
	id     trackID
	format capture.Format
	lost   int // units dropped since the last packet

	video videoConfig
	audio audioConfig
}

// unit is one access unit on its way to becoming a packet.
type unit struct {
	time   uint32 // decode time, ms
	offset int32  // presentation after decoding, ms
	data   []byte
	key    bool
}

func newDemuxer(tl *capture.Timeline, emit func(capture.Packet), numbers trackTable, count *counters, f *facts) *demuxer {
	return &demuxer{timeline: tl, emit: emit, numbers: numbers, count: count, facts: f, tracks: map[trackID]*track{}}
}

// media takes one audio, video or aggregate message. An error ends the session.
func (d *demuxer) media(p packet, arrived time.Time) error {
	switch p.kind {
	case message.TypeVideo:
		return d.tag(capture.Video, p.time, p.body, arrived)
	case message.TypeAudio:
		return d.tag(capture.Audio, p.time, p.body, arrived)
	case typeAggregate:
		return d.aggregate(p, arrived)
	}
	return nil
}

// aggregate takes apart a message that holds FLV tags (RTMP 1.0, 7.1.6). Their times count from the
// first tag's, which stands for the message's.
func (d *demuxer) aggregate(p packet, arrived time.Time) error {
	const head, back = 11, 4
	first, started := uint32(0), false
	for b := p.body; len(b) > 0; {
		if len(b) < head {
			d.count.malformed.Add(1)
			return nil
		}
		size := int(b[1])<<16 | int(b[2])<<8 | int(b[3])
		stamp := uint32(b[7])<<24 | uint32(b[4])<<16 | uint32(b[5])<<8 | uint32(b[6])
		if !started {
			first, started = stamp, true
		}
		if len(b) < head+size {
			d.count.malformed.Add(1)
			return nil
		}
		var err error
		switch body := b[head : head+size : head+size]; message.Type(b[0]) {
		case message.TypeVideo:
			err = d.tag(capture.Video, p.time+stamp-first, body, arrived)
		case message.TypeAudio:
			err = d.tag(capture.Audio, p.time+stamp-first, body, arrived)
		}
		if err != nil {
			return err
		}
		b = b[min(head+size+back, len(b)):]
	}
	return nil
}

// tag takes one FLV tag body and settles what becomes of it.
func (d *demuxer) tag(media capture.Media, stamp uint32, body []byte, arrived time.Time) error {
	var err error
	if media == capture.Video {
		err = d.videoTag(stamp, body, arrived)
	} else {
		err = d.audioTag(stamp, body, arrived)
	}
	return d.settle(trackID{media: media}, err)
}

// settle counts a unit that was dropped and lets the session go on, but for errors that end it.
func (d *demuxer) settle(id trackID, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errEmpty):
		d.count.empty.Add(1)
		return nil
	case errors.Is(err, errUnconfigured):
		d.count.unconfigured.Add(1)
		return nil
	case errors.Is(err, errMalformed):
		d.count.malformed.Add(1)
		d.facts.lose()
		if t := d.tracks[id]; t != nil {
			t.lost++
		}
		return nil
	}
	return err
}

// track returns the track of an id.
func (d *demuxer) track(id trackID) *track {
	t := d.tracks[id]
	if t == nil {
		t = &track{id: id}
		d.tracks[id] = t
	}
	return t
}

// deliver stamps a unit and emits it.
func (d *demuxer) deliver(t *track, u unit, arrived time.Time) error {
	n, err := d.numbers.number(t.id)
	if err != nil {
		return err
	}
	dts := time.Duration(u.time) * time.Millisecond
	pts := dts + time.Duration(u.offset)*time.Millisecond
	at, jump := d.timeline.Stamp(n, pts, dts, arrived)
	d.facts.sent(jump)
	lost := t.lost
	t.lost = 0
	d.emit(capture.Packet{
		Format: t.format, Track: n, Data: u.data,
		At: at, PTS: pts, DTS: dts, Arrived: arrived,
		Key: u.key || t.format.Media == capture.Audio, Lost: lost, Jump: jump,
	})
	return nil
}
