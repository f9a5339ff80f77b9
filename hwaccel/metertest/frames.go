package metertest

import (
	"encoding/binary"
	"fmt"
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
)

// Pattern is a kind of content.
type Pattern string

// The patterns. A frame of one pattern is followed by a frame of the same.
const (
	Random  Pattern = "random"  // every stored bit, also those that carry no sample
	Flat    Pattern = "flat"    // one value a plane, another in each frame
	Extreme Pattern = "extreme" // only the smallest and the largest sample
	Still   Pattern = "still"   // a ramp with a little noise, the same in all frames but for one sample
	Striped Pattern = "striped" // columns of the smallest and the largest sample, two by two: the steepest steps throughout
	Combed  Pattern = "combed"  // lines alternate between two pictures
)

// Patterns are all of them.
var Patterns = []Pattern{Random, Flat, Extreme, Still, Striped, Combed}

// Case is a picture and those before it, by recipe.
type Case struct {
	Format        hwaccel.PixelFormat
	Width, Height int
	Pattern       Pattern
	Frames        int // 1 to 3
	Misaligned    int // bytes by which planes miss an even address, and strides their rows
	Full          bool
	Seed          uint64
}

// String describes the case for a failing test.
func (c Case) String() string {
	return fmt.Sprintf("%dx%d %v, %s, %d frames, misaligned by %d, seed %d",
		c.Width, c.Height, c.Format, c.Pattern, c.Frames, c.Misaligned, c.Seed)
}

// Make returns the frames of the case, oldest first.
func (c Case) Make() []*hwaccel.Frame {
	frames := make([]*hwaccel.Frame, c.Frames)
	for i := range frames {
		frames[i] = NewFrame(c.Format, c.Width, c.Height, c.Misaligned, c.content(i))
		frames[i].Colour.Full = c.Full
	}
	return frames
}

// content returns the stored words of frame i, component by component in the order of their rows.
func (c Case) content(i int) func(component, x, y int) uint16 {
	r, shared := rng(c.Seed+uint64(i)<<32), rng(c.Seed)
	top := uint16(1)<<c.Format.Depth - 1
	switch c.Pattern {
	case Flat:
		values := [3]uint16{uint16(r.Uint32()) & top, uint16(r.Uint32()) & top, uint16(r.Uint32()) & top}
		return func(component, _, _ int) uint16 { return values[component] << c.Format.Shift }
	case Extreme:
		return func(int, int, int) uint16 { return uint16(r.IntN(2)) * top << c.Format.Shift }
	case Striped:
		return func(_, x, _ int) uint16 { return uint16((x/2+i)%2) * top << c.Format.Shift }
	case Still:
		odd := r.IntN(c.Width)
		return func(component, x, y int) uint16 {
			v := uint16(3*x+y+shared.IntN(3)) & top
			if component == 0 && x == odd && y == c.Height/2 {
				v ^= 1
			}
			return v << c.Format.Shift
		}
	case Combed:
		return func(_, x, y int) uint16 {
			return (uint16(2*x+40*((y+i)%2)+r.IntN(4)) & top) << c.Format.Shift
		}
	}
	return func(int, int, int) uint16 { return uint16(r.Uint32()) }
}

// NewFrame lays out a frame in fresh memory with noise in every byte that holds no sample. word
// gives the stored word of each sample: component 0 is luma, 1 Cb, 2 Cr.
func NewFrame(format hwaccel.PixelFormat, width, height, misaligned int, word func(component, x, y int) uint16) *hwaccel.Frame {
	f := &hwaccel.Frame{Format: format, Width: width, Height: height, Release: func() {}}
	cw, ch := format.ChromaSize(width, height)
	size := format.Bytes()
	switch format.Layout {
	case hwaccel.UYVY:
		p := newPlane(f, 0, (width+1)/2*4, height, misaligned)
		for y := range height {
			row := p[y*f.Planes[0].Stride:]
			for x := range width {
				row[2*x+1] = byte(word(0, x, y))
			}
			for x := range cw {
				row[4*x], row[4*x+2] = byte(word(1, x, y)), byte(word(2, x, y))
			}
		}
	case hwaccel.V210:
		p := newPlane(f, 0, (width+5)/6*16, height, misaligned)
		for y := range height {
			row := p[y*f.Planes[0].Stride:]
			for x := range width {
				putV210(row, 2*x+1, word(0, x, y))
			}
			for x := range cw {
				putV210(row, 4*x, word(1, x, y))
				putV210(row, 4*x+2, word(2, x, y))
			}
		}
	case hwaccel.SemiPlanar:
		fill(f, 0, width, height, size, misaligned, func(x, y int) uint16 { return word(0, x, y) })
		fill(f, 1, 2*cw, ch, size, misaligned, func(x, y int) uint16 { return word(1+x%2, x/2, y) })
	default:
		fill(f, 0, width, height, size, misaligned, func(x, y int) uint16 { return word(0, x, y) })
		for i := 1; i < 3 && cw > 0; i++ {
			fill(f, i, cw, ch, size, misaligned, func(x, y int) uint16 { return word(i, x, y) })
		}
	}
	return f
}

// fill makes a plane of words of size bytes.
func fill(f *hwaccel.Frame, i, width, height, size, misaligned int, word func(x, y int) uint16) {
	p := newPlane(f, i, width*size, height, misaligned)
	for y := range height {
		row := p[y*f.Planes[i].Stride:]
		for x := range width {
			if size == 1 {
				row[x] = byte(word(x, y))
			} else {
				binary.LittleEndian.PutUint16(row[2*x:], word(x, y))
			}
		}
	}
}

// putV210 writes sample i of a row: three to a word, from its low bits up.
func putV210(row []byte, i int, v uint16) {
	at := row[i/3*4:]
	shift := 10 * (i % 3)
	word := binary.LittleEndian.Uint32(at)
	word = word&^(1023<<shift) | uint32(v&1023)<<shift
	binary.LittleEndian.PutUint32(at, word)
}

// newPlane makes plane i of a frame, which ends with the last byte of its last row, and returns its
// bytes.
func newPlane(f *hwaccel.Frame, i, rowBytes, rows, misaligned int) []byte {
	stride := rowBytes + misaligned
	memory := make([]byte, misaligned+stride*(rows-1)+rowBytes)
	r := rng(uint64(stride))
	for j := range memory {
		memory[j] = byte(r.Uint32())
	}
	plane := memory[misaligned:]
	f.Planes[i] = hwaccel.Plane{Data: unsafe.Pointer(&plane[0]), Stride: stride}
	return plane
}
