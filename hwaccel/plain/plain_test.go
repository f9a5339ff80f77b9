package plain_test

import (
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

func TestRefuses(t *testing.T) { metertest.RunRefusals(t, plain.New()) }

// Worked by hand: two pictures of 3x2 pixels in 4:2:0, so with 2x1 chroma samples.
func TestByHand(t *testing.T) {
	format := hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8}
	frame := func(luma [2][3]uint16, cb, cr [2]uint16) *hwaccel.Frame {
		return metertest.NewFrame(format, 3, 2, 1, func(component, x, y int) uint16 {
			return [3]uint16{luma[y][x], cb[x%2], cr[x%2]}[component]
		})
	}
	previous := frame([2][3]uint16{{10, 20, 30}, {40, 50, 60}}, [2]uint16{128, 128}, [2]uint16{128, 128})
	this := frame([2][3]uint16{{10, 31, 2}, {45, 50, 250}}, [2]uint16{100, 130}, [2]uint16{200, 128})

	var got hwaccel.Sums
	if err := plain.New().Measure(this, previous, nil, &got); err != nil {
		t.Fatal(err)
	}
	want := hwaccel.Totals{
		Sum: 388, Square: 100 + 961 + 4 + 2025 + 2500 + 62500, Min: 2, Max: 250, Under: 1, Over: 1,
		AcrossSum: 21 + 29 + 5 + 200, AcrossSquare: 441 + 841 + 25 + 40000,
		DownSum: 35 + 19 + 248, DownSquare: 1225 + 361 + 61504,
		Difference: 0 + 11 + 28 + 5 + 0 + 190, DifferenceSquare: 121 + 784 + 25 + 36100,
		Rise: 11 + 5 + 190, Brighter: 2, Darker: 1,
		// Each row has a copy of itself on the far side, so it never lies outside. Of the previous
		// picture, 20 lies 11 below 31..50; 40 lies inside 10..45.
		CrossComb:  [2]uint64{0 + 11 + 0, 0 + 0 + 0},
		Saturation: 28 + 2 + 72 + 0, Red: 1,
	}
	want.Cb = hwaccel.ChromaTotals{Sum: 230, Square: 26900, Difference: 30}
	want.Cr = hwaccel.ChromaTotals{Sum: 328, Square: 56384, Difference: 72}
	for _, v := range []int{10, 31, 2, 45, 50, 250} {
		want.Histogram[v]++
	}
	want.Cb.Histogram[25], want.Cb.Histogram[32] = 1, 1
	want.Cr.Histogram[50], want.Cr.Histogram[32] = 1, 1
	if got.Totals != want {
		t.Errorf("totals: got\n%+v, want\n%+v", got.Totals, want)
	}
	cell := hwaccel.Cell{
		Square: want.Square, Sum: 388, Difference: 234, Across: 255, Down: 302, Top: 0, Left: 0,
		Cb: 230, Cr: 328, ChromaDifference: 102, AcrossSecond: 21 + 5, DownSecond: 302,
	}
	if len(got.Cells) != 1 || got.Cells[0] != cell {
		t.Errorf("cells: got %+v, want %+v", got.Cells, cell)
	}
	if p := got.Proxy; p.Box != 1 || string(p.Y) != "\x0a\x1f\x02\x2d\x32\xfa" || string(p.Cb) != "\x64\x82" {
		t.Errorf("proxy: got %+v", p)
	}
}
