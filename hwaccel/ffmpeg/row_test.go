package ffmpeg_test

import (
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
)

// row is one row of samples of a plane.
func row[T uint8 | uint16](p hwaccel.Plane, y, n int) []T {
	return unsafe.Slice((*T)(unsafe.Add(p.Data, y*p.Stride)), n)
}
