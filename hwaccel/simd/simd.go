// Package simd is the meter for pictures in RAM: one pass in C over stripes that stay in cache,
// with kernels for AVX-512, AVX2 and, in plain C, everything else. The level is chosen at run
// time. It agrees with package plain in every bit.
package simd

/*
#cgo CFLAGS: -O3 -std=gnu11 -Wall -Wextra
#cgo LDFLAGS: -lm
#include "meter.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
)

// Level is an instruction set that the meter has kernels for.
type Level int

// The levels, each faster than the one before.
const (
	Portable Level = C.VD_PORTABLE
	AVX2     Level = C.VD_AVX2
	AVX512   Level = C.VD_AVX512 // with VNNI and VPOPCNTDQ: Ice Lake, Zen 4 and later
)

// String returns the level's name.
func (l Level) String() string {
	switch l {
	case Portable:
		return "portable"
	case AVX2:
		return "AVX2"
	case AVX512:
		return "AVX-512"
	}
	return fmt.Sprintf("level %d", int(l))
}

// Best returns the highest level that this machine can run.
func Best() Level { return Level(C.vd_level()) }

// Meter implements [hwaccel.Meter]. It keeps its working memory from frame to frame, so it belongs
// to one goroutine; a meter for 1080p holds about 300 KB.
type Meter struct {
	shape   C.vd_shape
	scratch []byte
}

// New returns a meter that runs at the best level of this machine.
func New() *Meter {
	m, _ := NewAt(Best())
	return m
}

// NewAt returns a meter that runs at the given level, and an error where this machine cannot.
func NewAt(level Level) (*Meter, error) {
	if level < Portable || level > Best() {
		return nil, fmt.Errorf("make picture meter: this machine cannot run %v, its best is %v", level, Best())
	}
	return &Meter{shape: C.vd_shape{level: C.int32_t(level)}}, nil
}

// Measure implements [hwaccel.Meter].
func (m *Meter) Measure(frame, previous, before *hwaccel.Frame, into *hwaccel.Sums) error {
	if err := into.Prepare(frame, previous, before); err != nil {
		return err
	}
	if !into.HasPrevious {
		previous = nil
	}
	if !into.HasBefore {
		before = nil
	}
	m.fit(frame, previous, before, into)
	y, cb, cr := planes(frame)
	py, pcb, pcr := planes(previous)
	by, _, _ := planes(before)
	C.vd_measure(&m.shape, unsafe.Pointer(unsafe.SliceData(m.scratch)),
		y, cb, cr, py, pcb, pcr, by,
		(*C.vd_totals)(unsafe.Pointer(&into.Totals)),
		words(into.RowLuma), words(into.RowDown), words(into.RowDifference),
		words(into.ColumnLuma), words(into.ColumnAcross),
		(*C.vd_cell)(unsafe.Pointer(unsafe.SliceData(into.Cells))),
		bytes(into.Proxy.Y), bytes(into.Proxy.Cb), bytes(into.Proxy.Cr))
	return nil
}

// fit describes the frames to the pass and gives it scratch memory, which starts as zeros whenever
// the shape has changed: the pass relies on what lies beyond its rows.
func (m *Meter) fit(frame, previous, before *hwaccel.Frame, into *hwaccel.Sums) {
	f := frame.Format
	shape := C.vd_shape{
		level: m.shape.level,
		width: C.int32_t(frame.Width), height: C.int32_t(frame.Height),
		layout: C.int32_t(f.Layout), chroma: C.int32_t(f.Chroma),
		depth: C.int32_t(f.Depth), shift: C.int32_t(f.Shift), full: flag(frame.Colour.Full),
		cell_size: C.int32_t(into.CellSize), cell_columns: C.int32_t(into.CellColumns),
		box: C.int32_t(into.Proxy.Box), proxy_width: C.int32_t(into.Proxy.Width),
		has_previous: flag(into.HasPrevious), has_before: flag(into.HasBefore),
	}
	for i, g := range [...]*hwaccel.Frame{frame, previous, before} {
		for j := range 3 {
			if g != nil {
				shape.stride[i][j] = C.int64_t(g.Planes[j].Stride)
			}
		}
	}
	old := m.shape
	m.shape = shape
	need := int(C.vd_scratch_size(&m.shape))
	switch {
	case cap(m.scratch) < need:
		m.scratch = make([]byte, need)
	case shape.width != old.width || shape.height != old.height ||
		shape.depth != old.depth || shape.layout != old.layout || shape.chroma != old.chroma:
		m.scratch = m.scratch[:need]
		clear(m.scratch)
	}
}

func planes(f *hwaccel.Frame) (y, cb, cr unsafe.Pointer) {
	if f == nil {
		return nil, nil, nil
	}
	return f.Planes[0].Data, f.Planes[1].Data, f.Planes[2].Data
}

func flag(b bool) C.int32_t {
	if b {
		return 1
	}
	return 0
}

func words(s []uint32) *C.uint32_t { return (*C.uint32_t)(unsafe.Pointer(unsafe.SliceData(s))) }

func bytes(s []byte) *C.uint8_t { return (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(s))) }

// The C side's idea of what both must agree on, for the test that they do.
const (
	sizeofTotals     = C.sizeof_vd_totals
	sizeofCell       = C.sizeof_vd_cell
	stepThreshold    = C.VD_STEP_THRESHOLD
	lowestTolerated  = C.VD_LOWEST_TOLERATED
	highestTolerated = C.VD_HIGHEST_TOLERATED
	redThreshold     = C.VD_RED_THRESHOLD
	layoutUYVY       = C.VD_UYVY
	layoutV210       = C.VD_V210
	chroma444        = C.VD_444
)
