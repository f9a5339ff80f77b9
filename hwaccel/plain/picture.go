package plain

import (
	"encoding/binary"
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
)

// plane is one component of a picture, a sample a word, without padding.
type plane struct {
	width, height int
	samples       []uint16
}

func (p *plane) resize(width, height int) {
	p.width, p.height = width, height
	if cap(p.samples) < width*height {
		p.samples = make([]uint16, width*height)
	}
	p.samples = p.samples[:width*height]
}

// at returns the sample at x,y; a coordinate outside means the nearest sample inside.
func (p *plane) at(x, y int) uint16 {
	x = min(max(x, 0), p.width-1)
	y = min(max(y, 0), p.height-1)
	return p.samples[y*p.width+x]
}

func (p *plane) row(y int) []uint16 { return p.samples[y*p.width : (y+1)*p.width] }

// picture is a frame taken out of whatever layout it came in.
type picture struct {
	luma, cb, cr plane
}

// read fills p from a frame that passed hwaccel.CheckFrame.
func (p *picture) read(f *hwaccel.Frame) {
	p.luma.resize(f.Width, f.Height)
	w, h := f.Format.ChromaSize(f.Width, f.Height)
	p.cb.resize(w, h)
	p.cr.resize(w, h)
	switch f.Format.Layout {
	case hwaccel.UYVY:
		for y := range f.Height {
			p.readUYVY(y, rowOf(f.Planes[0], y, (f.Width+1)/2*4))
		}
	case hwaccel.V210:
		for y := range f.Height {
			p.readV210(y, rowOf(f.Planes[0], y, (f.Width+5)/6*16))
		}
	case hwaccel.SemiPlanar:
		readPlane(&p.luma, f.Planes[0], f.Format, 0, 1)
		readPlane(&p.cb, f.Planes[1], f.Format, 0, 2)
		readPlane(&p.cr, f.Planes[1], f.Format, 1, 2)
	case hwaccel.Planar:
		readPlane(&p.luma, f.Planes[0], f.Format, 0, 1)
		readPlane(&p.cb, f.Planes[1], f.Format, 0, 1)
		readPlane(&p.cr, f.Planes[2], f.Format, 0, 1)
	}
}

// readPlane reads every step-th sample of each row, from the first one on.
func readPlane(to *plane, from hwaccel.Plane, format hwaccel.PixelFormat, first, step int) {
	size := format.Bytes()
	mask := uint16(1)<<format.Depth - 1
	for y := range to.height {
		bytes := rowOf(from, y, to.width*step*size)
		row := to.row(y)
		for x := range row {
			i := (x*step + first) * size
			if size == 1 {
				row[x] = uint16(bytes[i])
			} else {
				row[x] = binary.LittleEndian.Uint16(bytes[i:]) >> format.Shift & mask
			}
		}
	}
}

// readUYVY reads a row of Cb Y Cr Y; the last Y is padding where the width is odd.
func (p *picture) readUYVY(y int, bytes []byte) {
	luma, cb, cr := p.luma.row(y), p.cb.row(y), p.cr.row(y)
	for x := range luma {
		luma[x] = uint16(bytes[2*x+1])
	}
	for x := range cb {
		cb[x] = uint16(bytes[4*x])
		cr[x] = uint16(bytes[4*x+2])
	}
}

// readV210 reads a row of groups of 16 bytes: twelve samples of 10 bits, three to a little-endian
// word from its low bits up, in the order Cb Y Cr Y.
func (p *picture) readV210(y int, bytes []byte) {
	sample := func(i int) uint16 {
		word := binary.LittleEndian.Uint32(bytes[i/3*4:])
		return uint16(word >> (10 * (i % 3)) & 1023)
	}
	luma, cb, cr := p.luma.row(y), p.cb.row(y), p.cr.row(y)
	for x := range luma {
		luma[x] = sample(2*x + 1)
	}
	for x := range cb {
		cb[x] = sample(4 * x)
		cr[x] = sample(4*x + 2)
	}
}

// rowOf returns the n bytes of a plane's row y, where they lie.
func rowOf(p hwaccel.Plane, y, n int) []byte {
	if n == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Add(p.Data, y*p.Stride)), n)
}
