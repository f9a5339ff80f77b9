package simd

import (
	"fmt"
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

// scene is content of the kind that programmes have: broad shapes, some texture, some motion.
func scene(format hwaccel.PixelFormat, width, height, n int) *hwaccel.Frame {
	noise := uint32(n + 1)
	s := format.Depth - 8
	return metertest.NewFrame(format, width, height, 0, func(component, x, y int) uint16 {
		noise = noise*1664525 + 1013904223
		if component > 0 {
			return uint16(118+(x/64+y/32)%24+int(noise>>31)) << s << format.Shift
		}
		return uint16(40+(x+2*n)*150/width+(y/48%3)*12+int(noise>>28)%5) << s << format.Shift
	})
}

var formats = []hwaccel.PixelFormat{
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 8},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 10},
	{Layout: hwaccel.UYVY, Chroma: hwaccel.C422, Depth: 8},
	{Layout: hwaccel.V210, Chroma: hwaccel.C422, Depth: 10},
}

// cycle measures n frames in turn, each against the one before it. Two frames of 1080p stay in a
// cache of 8 MB, thirty-two do not stay in one of 64.
func cycle(b *testing.B, meter hwaccel.Meter, format hwaccel.PixelFormat, n int) {
	frames := make([]*hwaccel.Frame, n)
	for i := range frames {
		frames[i] = scene(format, 1920, 1080, i)
	}
	var sums hwaccel.Sums
	if err := meter.Measure(frames[0], nil, nil, &sums); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		i++
		if err := meter.Measure(frames[i%n], frames[(i-1)%n], nil, &sums); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMemory(b *testing.B) {
	for _, format := range formats {
		b.Run(format.String(), func(b *testing.B) { cycle(b, New(), format, 32) })
	}
}

func BenchmarkCache(b *testing.B) {
	for _, format := range formats {
		b.Run(format.String(), func(b *testing.B) { cycle(b, New(), format, 2) })
	}
}

func BenchmarkLevel(b *testing.B) {
	for _, level := range levels() {
		b.Run(level.String(), func(b *testing.B) { cycle(b, at(b, level), formats[0], 32) })
	}
	b.Run("plain", func(b *testing.B) { cycle(b, plain.New(), formats[0], 2) })
}

func BenchmarkSize(b *testing.B) {
	for _, size := range [][2]int{{720, 576}, {1280, 720}, {3840, 2160}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			frames := []*hwaccel.Frame{scene(formats[0], size[0], size[1], 0), scene(formats[0], size[0], size[1], 1)}
			meter := New()
			var sums hwaccel.Sums
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if err := meter.Measure(frames[i%2], frames[(i+1)%2], nil, &sums); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
