package file

// #include "input.h"
import "C"

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
)

const (
	// How far a pass looks ahead for the earliest presentation time: B pictures come after the
	// picture that they are shown before, and sound may start before the pictures.
	lookPictures = 24
	lookPackets  = 512
	lookBytes    = 32 << 20
)

// pass is one reading of the file from its beginning to its end.
type pass struct {
	file   *File
	clock  *clock
	pace   *pacer
	offset time.Duration // of this pass on the source's line
	again  bool          // not the first pass
	zero   time.Duration // where presentation starts on the clock's line
	number map[int]int   // FFmpeg's number of a stream to Packet.Track
	format map[int]capture.Format
	last   []time.Duration
	marks  []marks
	ahead  []item
	note   string

	raw C.vef_packet // here, so that none is allocated per packet
	why C.vef_trouble
}

// item is a packet on the clock's line.
type item struct {
	packet  capture.Packet
	place   placed
	skip    time.Duration
	discard bool
}

func newPass(f *File, offset time.Duration, again bool, pace *pacer) *pass {
	p := &pass{file: f, offset: offset, again: again, pace: pace, number: map[int]int{}, format: map[int]capture.Format{}}
	for i := range f.tracks {
		if f.tracks[i].Chosen {
			p.number[i] = len(p.number)
			p.format[i] = f.tracks[i].Format
			p.last = append(p.last, capture.NoTime)
			p.marks = append(p.marks, marks{})
		}
	}
	p.clock = newClock(len(p.number), f.container.breaks)
	return p
}

// end is where the pass after this one begins.
func (p *pass) end() time.Duration {
	if p.clock.end == capture.NoTime {
		return p.offset
	}
	return p.offset + p.clock.end - p.zero
}

func (p *pass) run(ctx context.Context, emit func(capture.Packet)) error {
	err := p.look()
	for {
		for i := range p.ahead {
			if failed := p.emit(ctx, &p.ahead[i], emit); failed != nil {
				return failed
			}
		}
		p.ahead = p.ahead[:0]
		switch {
		case errors.Is(err, errEnd):
			return nil
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		}
		var next item
		if next, err = p.read(); err == nil {
			p.ahead = append(p.ahead, next)
		}
	}
}

// look reads the first packets and finds time zero among them. Its error comes after those packets.
func (p *pass) look() error {
	pictures, bytes, seen := 0, 0, map[int]bool{}
	for len(p.ahead) < lookPackets && bytes < lookBytes {
		next, err := p.read()
		if err != nil {
			p.settle()
			return err
		}
		p.ahead = append(p.ahead, next)
		bytes += len(next.packet.Data)
		seen[next.packet.Track] = true
		if next.packet.Format.Media == capture.Video {
			pictures++
		}
		if len(seen) == len(p.number) && (pictures >= lookPictures || pictures == 0) {
			break
		}
	}
	p.settle()
	return nil
}

// settle puts zero at the earliest presentation.
func (p *pass) settle() {
	p.zero = capture.NoTime
	for _, i := range p.ahead {
		at := i.place.at + i.skip
		if i.packet.Format.Media == capture.Audio && i.place.at < 0 {
			at = max(at, 0) // priming, by the convention of MP4 and Matroska
		}
		if !i.discard && (p.zero == capture.NoTime || at < p.zero) {
			p.zero = at
		}
	}
	if p.zero == capture.NoTime {
		p.zero = 0
	}
}

// emit hands one packet over when its time has come.
func (p *pass) emit(ctx context.Context, i *item, emit func(capture.Packet)) error {
	at := i.place.at - p.zero
	if p.again && at < 0 && i.packet.Format.Media == capture.Audio {
		return nil // priming; the decoder is still warm from the pass before
	}
	at += p.offset
	if i.packet.Format.Media == capture.Audio && !i.discard { // sound is presented in order
		last := &p.last[i.packet.Track]
		if *last != capture.NoTime {
			at = max(at, *last)
		}
		*last = at
	}
	if err := p.pace.wait(ctx, i.place.decode-p.zero+p.offset); err != nil {
		return err
	}
	i.packet.At = at
	i.packet.Arrived = p.pace.arrived()
	emit(i.packet)
	return nil
}

// read fetches the next packet of a chosen track that has any data.
func (p *pass) read() (item, error) {
	for {
		if C.vef_read(p.file.in, &p.raw, &p.why) != C.VEF_OK {
			return item{}, p.ended(&p.why)
		}
		if track, ok := p.number[int(p.raw.stream)]; ok && p.raw.size > 0 {
			return p.item(&p.raw, track), nil
		}
	}
}

// item copies a packet out of C and gives it its place.
func (p *pass) item(raw *C.vef_packet, track int) item {
	t := &p.file.tracks[int(raw.stream)]
	s := stamps{
		track: track, pts: time.Duration(raw.pts), dts: time.Duration(raw.dts),
		duration: max(time.Duration(raw.duration), 0), wrap: t.wrap,
	}
	if s.duration == 0 {
		s.duration = t.Format.FrameDuration
	}
	i := item{place: p.clock.place(s), skip: time.Duration(raw.skip), discard: raw.discard != 0}
	i.packet = capture.Packet{
		Format: p.formatOf(raw), Track: track,
		Data: C.GoBytes(unsafe.Pointer(raw.data), raw.size),
		PTS:  s.pts, DTS: s.dts,
		Key:     raw.key != 0 || t.Format.Media == capture.Audio,
		Jump:    i.place.jump,
		Corrupt: raw.corrupt != 0,
	}
	if p.file.container.transport {
		if i.packet.Corrupt = p.marks[track].real(i.packet.Corrupt); i.packet.Corrupt {
			i.packet.Lost = 1 // a gap in the continuity counter: libavformat does not say how many
		}
	}
	return i
}

// formatOf is the format of a packet's track; some containers change it on the way.
func (p *pass) formatOf(raw *C.vef_packet) capture.Format {
	f := p.format[int(raw.stream)]
	if raw.extra != nil {
		f.Extra = string(C.GoBytes(unsafe.Pointer(raw.extra), raw.extra_size))
		f.Width, f.Height = 0, 0 // those of before; the decoder finds the new ones
		p.format[int(raw.stream)] = f
	}
	return f
}

// ended says why no packet came: errEnd, or an error.
func (p *pass) ended(why *C.vef_trouble) error {
	if why.kind != C.VEF_END {
		if why.kind == C.VEF_BROKEN {
			at := int64(C.vef_position(p.file.in))
			return fmt.Errorf("%q: damaged at byte %d: %s", p.file.name, at, C.GoString(&why.text[0]))
		}
		return p.file.explain(why)
	}
	whole, got := p.file.container.Duration, time.Duration(0)
	if p.clock.end != capture.NoTime {
		got = p.clock.end - max(p.zero, 0)
	}
	if !p.file.container.breaks && whole-got > max(time.Second, whole/50) {
		p.note = fmt.Sprintf("cut short: it says that it lasts %.1f s, and ends after %.1f s", whole.Seconds(), got.Seconds())
	}
	return errEnd
}
