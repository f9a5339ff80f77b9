package ffmpeg

// #include "decoder.h"
import "C"

import (
	"time"

	"github.com/vedette-av/vedette/hwaccel"
)

// picture is a Frame with the C frame that it lies in. Pictures are used again, so that nothing is
// allocated per frame.
type picture struct {
	hwaccel.Frame
	raw   C.ved_picture
	owner *Decoder
}

func (d *Decoder) take() *picture {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := len(d.free); n > 0 {
		p := d.free[n-1]
		d.free = d.free[:n-1]
		return p
	}
	p := &picture{owner: d}
	p.Release = p.release
	return p
}

// release frees the C frame; a second call finds nothing and does nothing.
func (p *picture) release() {
	d := p.owner
	d.mu.Lock()
	defer d.mu.Unlock()
	if p.raw.frame == nil {
		return
	}
	C.ved_frame_free(p.raw.frame)
	p.raw.frame = nil
	p.Planes = [3]hwaccel.Plane{}
	d.free = append(d.free, p)
}

// nextPicture fetches one picture and hands it on when it may be seen.
func (d *Decoder) nextPicture(yield func(*hwaccel.Frame)) C.int {
	p := d.take()
	code := C.ved_decoder_picture(d.c, &p.raw)
	if code != 0 {
		d.mu.Lock()
		p.raw.frame = nil
		d.free = append(d.free, p)
		d.mu.Unlock()
		return code
	}
	p.fill(d)
	show, corrupt := d.gate.picture(p.Key, p.raw.packet_key != 0, p.raw.corrupt != 0)
	p.Damage.Corrupt = corrupt || p.raw.packet_corrupt != 0
	if !show || beforeZero(p.At) || yield == nil {
		p.release()
		return 0
	}
	yield(&p.Frame)
	return 0
}

// fill writes every field of the Frame but Release and Damage.Corrupt.
func (p *picture) fill(d *Decoder) {
	r := &p.raw
	p.Format = hwaccel.PixelFormat{
		Layout: hwaccel.Layout(r.layout), Chroma: hwaccel.Chroma(r.chroma),
		Depth: uint8(r.depth), Shift: uint8(r.shift),
	}
	p.Width, p.Height = int(r.width), int(r.height)
	for i := range p.Planes {
		p.Planes[i] = hwaccel.Plane{Data: r.data[i], Stride: int(r.stride[i])}
	}
	p.Colour = hwaccel.Colour{
		Full: r.full != 0, Matrix: uint8(r.matrix),
		Transfer: uint8(r.transfer), Primaries: uint8(r.primaries),
	}
	p.Interlaced, p.TopFirst, p.Key = r.interlaced != 0, r.top_first != 0, r.key != 0
	p.At, p.Duration = d.clock.picture(time.Duration(r.at), time.Duration(r.frame_ns), int(r.repeat), r.again != 0)
	p.Damage = hwaccel.Damage{Known: true, Flags: uint32(r.error_flags), Concealed: int(r.concealed)}
}
