//go:build gocv_specific_modules

package vision

import (
	"encoding/binary"
	"image"
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
)

// component is one component of a picture in 8 bits, row by row.
type component struct {
	width, height int
	data          []byte
}

func newComponent(width, height int) component {
	return component{width, height, make([]byte, width*height)}
}

func (c component) row(y int) []byte { return c.data[y*c.width : (y+1)*c.width] }

// reader finds the samples of one component in a frame that passed hwaccel.CheckFrame: sample x of a
// row is number first + x*step among those of the plane's row.
type reader struct {
	plane       hwaccel.Plane
	format      hwaccel.PixelFormat
	first, step int
}

// lumaOf and chromaOf return where a frame's samples are; which is 0 for Cb and 1 for Cr.
func lumaOf(f *hwaccel.Frame) reader {
	switch f.Format.Layout {
	case hwaccel.UYVY, hwaccel.V210:
		return reader{f.Planes[0], f.Format, 1, 2}
	}
	return reader{f.Planes[0], f.Format, 0, 1}
}

func chromaOf(f *hwaccel.Frame, which int) reader {
	switch f.Format.Layout {
	case hwaccel.UYVY, hwaccel.V210:
		return reader{f.Planes[0], f.Format, 2 * which, 4}
	case hwaccel.SemiPlanar:
		return reader{f.Planes[1], f.Format, which, 2}
	}
	return reader{f.Planes[1+which], f.Format, 0, 1}
}

// read writes the samples from x,y on of one row, their top 8 bits.
func (r reader) read(x, y int, to []byte) {
	line := unsafe.Add(r.plane.Data, y*r.plane.Stride)
	i := r.first + x*r.step
	switch {
	case r.format.Layout == hwaccel.V210:
		for j := range to {
			to[j] = byte(sampleV210(line, i) >> 2)
			i += r.step
		}
	case r.format.Bytes() == 1:
		for j := range to {
			to[j] = *(*byte)(unsafe.Add(line, i))
			i += r.step
		}
	default:
		down := r.format.Shift + r.format.Depth - 8
		for j := range to {
			to[j] = byte(binary.LittleEndian.Uint16(unsafe.Slice((*byte)(unsafe.Add(line, 2*i)), 2)) >> down)
			i += r.step
		}
	}
}

// sampleV210 returns sample i of a row, 10 bits: three to a little-endian word, from its low bits up.
func sampleV210(line unsafe.Pointer, i int) uint16 {
	word := binary.LittleEndian.Uint32(unsafe.Slice((*byte)(unsafe.Add(line, i/3*4)), 4))
	return uint16(word >> (10 * (i % 3)) & 1023)
}

// cut reads a part of a component.
func (r reader) cut(part image.Rectangle) component {
	c := newComponent(part.Dx(), part.Dy())
	for y := range c.height {
		r.read(part.Min.X, part.Min.Y+y, c.row(y))
	}
	return c
}
