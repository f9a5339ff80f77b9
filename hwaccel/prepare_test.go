package hwaccel_test

import (
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

func TestPrepareGeometry(t *testing.T) {
	tests := []struct {
		width, height                int
		cell, columns, rows          int
		box, proxyWidth, proxyHeight int
	}{
		{1, 1, 16, 1, 1, 1, 1, 1},
		{720, 576, 16, 45, 36, 2, 360, 288},
		{1280, 720, 16, 80, 45, 4, 320, 180},
		{1920, 1080, 16, 120, 68, 4, 480, 270},
		{1080, 1920, 16, 68, 120, 4, 270, 480},
		{2048, 1080, 32, 64, 34, 4, 512, 270},
		{3840, 2160, 32, 120, 68, 8, 480, 270},
		{7680, 4320, 64, 120, 68, 16, 480, 270},
		{16384, 16384, 256, 64, 64, 16, 1024, 1024},
	}
	for _, test := range tests {
		format := hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.Gray, Depth: 8}
		frame := metertest.NewFrame(format, 1, 1, 0, func(int, int, int) uint16 { return 0 })
		frame.Width, frame.Height = test.width, test.height
		frame.Planes[0].Stride = test.width
		var s hwaccel.Sums
		if err := s.Prepare(frame, nil, nil); err != nil {
			t.Fatal(err)
		}
		if s.CellSize != test.cell || s.CellColumns != test.columns || s.CellRows != test.rows {
			t.Errorf("%dx%d: cells of %d, %dx%d of them, want %d, %dx%d", test.width, test.height,
				s.CellSize, s.CellColumns, s.CellRows, test.cell, test.columns, test.rows)
		}
		p := s.Proxy
		if p.Box != test.box || p.Width != test.proxyWidth || p.Height != test.proxyHeight ||
			len(p.Y) != p.Width*p.Height || len(p.Cb) != 0 {
			t.Errorf("%dx%d: proxy of %d, %dx%d, want %d, %dx%d", test.width, test.height,
				p.Box, p.Width, p.Height, test.box, test.proxyWidth, test.proxyHeight)
		}
	}
}

func TestPrepareIgnoresOtherGeometry(t *testing.T) {
	frame := luma(eight, 32, 18, func(int, int) int { return 0 })
	other := luma(ten, 32, 18, func(int, int) int { return 0 })
	tests := []struct {
		name                   string
		previous, before       *hwaccel.Frame
		hasPrevious, hasBefore bool
	}{
		{"first", nil, nil, false, false},
		{"second", frame, nil, true, false},
		{"third", frame, frame, true, true},
		{"another depth", other, frame, false, false},
		{"another depth before", frame, other, true, false},
	}
	for _, test := range tests {
		var s hwaccel.Sums
		if err := s.Prepare(frame, test.previous, test.before); err != nil {
			t.Fatal(err)
		}
		if s.HasPrevious != test.hasPrevious || s.HasBefore != test.hasBefore {
			t.Errorf("%s: HasPrevious %v, HasBefore %v, want %v and %v", test.name,
				s.HasPrevious, s.HasBefore, test.hasPrevious, test.hasBefore)
		}
	}
}

// What was measured of a larger picture must not show in a smaller one.
func TestSumsAreReused(t *testing.T) {
	large := luma(eight, 64, 48, func(x, y int) int { return x ^ y })
	small := luma(eight, 33, 17, func(x, y int) int { return 255 - x - y })
	meter := plain.New()
	var reused, fresh hwaccel.Sums
	for _, frame := range []*hwaccel.Frame{large, small} {
		if err := meter.Measure(frame, frame, frame, &reused); err != nil {
			t.Fatal(err)
		}
	}
	if err := meter.Measure(small, nil, nil, &reused); err != nil {
		t.Fatal(err)
	}
	if err := meter.Measure(small, nil, nil, &fresh); err != nil {
		t.Fatal(err)
	}
	if !reused.Equal(&fresh) {
		t.Errorf("what was measured before shows in %s", metertest.Difference(&reused, &fresh))
	}
}
