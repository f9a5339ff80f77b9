package metertest

import (
	"errors"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
)

// RunRefusals proves that a meter refuses what it cannot measure, with an error that says why.
func RunRefusals(t *testing.T, meter hwaccel.Meter) {
	tests := []struct {
		name        string
		spoil       func(f *hwaccel.Frame)
		want        string
		unsupported bool
	}{
		{"no width", func(f *hwaccel.Frame) { f.Width = 0 }, "0x18 pixels", false},
		{"negative height", func(f *hwaccel.Frame) { f.Height = -18 }, "32x-18 pixels", false},
		{"too wide", func(f *hwaccel.Frame) { f.Width = hwaccel.MaxSide + 1 }, "16385x18 pixels", false},
		{"no plane", func(f *hwaccel.Frame) { f.Planes[2].Data = nil }, "plane 2 has no data", false},
		{"negative stride", func(f *hwaccel.Frame) { f.Planes[0].Stride = -32 }, "negative stride -32", false},
		{"short stride", func(f *hwaccel.Frame) { f.Planes[1].Stride = 15 }, "stride 15, its rows need 16 bytes", false},
		{"planes on each other", func(f *hwaccel.Frame) { f.Planes[1] = f.Planes[0] }, "planes 0 and 1 overlap", false},
		{"16 bit", func(f *hwaccel.Frame) { f.Format.Depth = 16 }, "planar 4:2:0, 16 bit", true},
		{"7 bit", func(f *hwaccel.Frame) { f.Format.Depth = 7 }, "planar 4:2:0, 7 bit", true},
		{"8 bit at bit 1", func(f *hwaccel.Frame) { f.Format.Shift = 1 }, "8 bit at bit 1", true},
		{"10 bit at bit 7", func(f *hwaccel.Frame) { f.Format.Depth, f.Format.Shift = 10, 7 }, "10 bit at bit 7", true},
		{"10-bit UYVY", func(f *hwaccel.Frame) {
			f.Format = hwaccel.PixelFormat{Layout: hwaccel.UYVY, Chroma: hwaccel.C422, Depth: 10}
		}, "UYVY, 10 bit", true},
		{"unknown layout", func(f *hwaccel.Frame) { f.Format.Layout = 9 }, "layout 9", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			frame := Case{
				Format: hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8},
				Width:  32, Height: 18, Frames: 1, Pattern: Flat,
			}.Make()[0]
			test.spoil(frame)
			err := meter.Measure(frame, nil, nil, new(hwaccel.Sums))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want an error with %q", err, test.want)
			}
			if got := errors.Is(err, hwaccel.ErrUnsupported); got != test.unsupported {
				t.Errorf("errors.Is(err, ErrUnsupported): got %v, want %v", got, test.unsupported)
			}
		})
	}
	t.Run("no frame", func(t *testing.T) {
		if err := meter.Measure(nil, nil, nil, new(hwaccel.Sums)); err == nil {
			t.Error("got no error")
		}
	})
}
