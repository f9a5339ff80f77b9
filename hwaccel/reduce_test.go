package hwaccel_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

var (
	eight = hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8}
	ten   = hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C422, Depth: 10}
)

// reduced measures the last of the frames against those before it.
func reduced(t *testing.T, frames ...*hwaccel.Frame) *detectors.Picture {
	t.Helper()
	var sums hwaccel.Sums
	var past [2]*hwaccel.Frame
	for i := range min(2, len(frames)-1) {
		past[i] = frames[len(frames)-2-i]
	}
	last := frames[len(frames)-1]
	if err := plain.New().Measure(last, past[0], past[1], &sums); err != nil {
		t.Fatal(err)
	}
	var p detectors.Picture
	hwaccel.Reduce(&sums, last, &p)
	return &p
}

// luma makes a frame of gray chroma in a format from 8-bit luma.
func luma(format hwaccel.PixelFormat, width, height int, v func(x, y int) int) *hwaccel.Frame {
	s := format.Depth - 8
	return metertest.NewFrame(format, width, height, 3, func(component, x, y int) uint16 {
		if component > 0 {
			return 128 << s
		}
		return uint16(v(x, y)) << s
	})
}

func near(got, want, within float64) bool { return math.Abs(got-want) <= within }

func TestReduceLevelsAtBothDepths(t *testing.T) {
	for _, format := range []hwaccel.PixelFormat{eight, ten} {
		dark := luma(format, 100, 50, func(x, _ int) int { return 16 + x%2*4 })
		light := luma(format, 100, 50, func(x, _ int) int { return 36 + x%2*4 })
		p := reduced(t, dark, light)
		checks := []struct {
			name      string
			got, want float64
		}{
			{"Mean", p.Mean, 38}, {"Deviation", p.Deviation, 2}, {"Low", p.Low, 36}, {"High", p.High, 40},
			{"Histogram[36]", float64(p.Histogram[36]), 0.5}, {"Histogram[40]", float64(p.Histogram[40]), 0.5},
			{"Difference", p.Difference, 20}, {"TemporalInformation", p.TemporalInformation, 0},
			{"Brighter", p.Brighter, 1}, {"Darker", p.Darker, 0},
			{"Cb.Mean", p.Cb.Mean, 128}, {"Cr.Deviation", p.Cr.Deviation, 0}, {"Saturation", p.Saturation, 0},
			{"Cells.Mean", float64(p.Cells.Mean[0]), 38}, {"Cells.Spread", float64(p.Cells.Spread[0]), 4},
			{"Cells.Change", float64(p.Cells.Change[0]), 80}, {"Cells.Cb", float64(p.Cells.Cb[0]), 128},
			{"Rows.Mean", float64(p.Rows.Mean[49]), 38}, {"Rows.Change", float64(p.Rows.Change[49]), 80},
			{"Columns.Step", float64(p.Columns.Step[99]), 32}, {"Columns.Step", float64(p.Columns.Step[0]), 0},
			{"Columns.Mean", float64(p.Columns.Mean[99]), 40},
		}
		for _, c := range checks {
			if !near(c.got, c.want, 1e-6) {
				t.Errorf("%v: %s: got %v, want %v", format, c.name, c.got, c.want)
			}
		}
		if p.Identical || !p.HasPrevious || p.Fields.HasBefore {
			t.Errorf("%v: Identical %v, HasPrevious %v, HasBefore %v", format, p.Identical, p.HasPrevious, p.Fields.HasBefore)
		}
	}
}

func TestReduceIdenticalOnlyWithPrevious(t *testing.T) {
	frame := luma(eight, 33, 17, func(x, y int) int { return x + y })
	if p := reduced(t, frame); p.Identical || p.HasPrevious {
		t.Errorf("first picture: Identical %v, HasPrevious %v", p.Identical, p.HasPrevious)
	}
	if p := reduced(t, frame, frame); !p.Identical {
		t.Error("the same picture again is not Identical")
	}
	other := luma(eight, 33, 16, func(x, y int) int { return x + y })
	if p := reduced(t, other, frame); p.HasPrevious {
		t.Error("a picture of another size counts as previous")
	}
}

func TestReduceOutOfRange(t *testing.T) {
	tests := []struct {
		format hwaccel.PixelFormat
		full   bool
		value  uint16
		want   float64
	}{
		{eight, false, 4, 1}, {eight, false, 5, 0}, {eight, false, 246, 0}, {eight, false, 247, 1}, {eight, true, 255, 0},
		{ten, false, 19, 1}, {ten, false, 20, 0}, {ten, false, 984, 0}, {ten, false, 985, 1}, {ten, true, 1023, 0},
	}
	for _, test := range tests {
		frame := metertest.NewFrame(test.format, 8, 8, 0, func(int, int, int) uint16 { return test.value })
		frame.Colour.Full = test.full
		if got := reduced(t, frame).OutOfRange; got != test.want {
			t.Errorf("%v, full %v, luma %d: got %v, want %v", test.format, test.full, test.value, got, test.want)
		}
	}
}

func TestReduceRed(t *testing.T) {
	tests := []struct {
		name      string
		y, cb, cr uint16
		want      float64
	}{
		{"pure red, BT.709", 63, 102, 240, 1},
		{"pure red, BT.601", 81, 90, 240, 1},
		{"dark red", 30, 121, 160, 1},
		{"skin", 150, 110, 152, 0},
		{"magenta", 78, 214, 230, 0},
		{"gray", 126, 128, 128, 0},
		{"pink", 180, 120, 170, 0},
	}
	for _, test := range tests {
		frame := metertest.NewFrame(eight, 8, 8, 0, func(component, _, _ int) uint16 {
			return [3]uint16{test.y, test.cb, test.cr}[component]
		})
		if got := reduced(t, frame).Red; got != test.want {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestReduceGrid(t *testing.T) {
	for _, test := range []struct{ period, phase int }{{8, 0}, {8, 3}, {16, 5}, {12, 4}, {11, 2}, {32, 31}} {
		r := rand.New(rand.NewPCG(1, 2))
		frame := luma(eight, 640, 360, func(x, _ int) int {
			return 100 + (x-test.phase+test.period)/test.period%2*4 + r.IntN(12)
		})
		p := reduced(t, frame)
		g := p.GridAcross
		if g.Period != test.period || g.Phase != test.phase || g.Clarity < 5 || g.Step <= g.Around {
			t.Errorf("want period %d, phase %d: got %+v", test.period, test.phase, g)
		}
		if p.GridDown.Clarity > 5 {
			t.Errorf("noise has a grid of rows: %+v", p.GridDown)
		}
	}
}

func TestReduceGridOfNothing(t *testing.T) {
	flat := luma(eight, 640, 20, func(int, int) int { return 90 })
	p := reduced(t, flat)
	if p.GridAcross != (detectors.Grid{}) || p.GridDown != (detectors.Grid{}) {
		t.Errorf("flat picture: got %+v and %+v, want none", p.GridAcross, p.GridDown)
	}
	edge := luma(eight, 640, 360, func(x, _ int) int { return 16 + x/320*200 })
	if g := reduced(t, edge).GridAcross; g.Clarity > 10 {
		t.Errorf("a single edge is taken for a grid: %+v", g)
	}
}

// field is a picture of a bar that moves by 4 pixels a field, woven from two fields.
func field(topFirst bool, n int) *hwaccel.Frame {
	return luma(eight, 320, 180, func(x, y int) int {
		second := y%2 == 1
		if !topFirst {
			second = !second
		}
		at := 4 * (2 * n)
		if second {
			at += 4
		}
		if x >= at+50 && x < at+90 {
			return 200
		}
		return 50
	})
}

func TestReduceFieldOrder(t *testing.T) {
	top := reduced(t, field(true, 0), field(true, 1)).Fields
	if !(top.CrossComb[1] < top.CrossComb[0]) {
		t.Errorf("top field first: CrossComb %v, want [1] smaller", top.CrossComb)
	}
	bottom := reduced(t, field(false, 0), field(false, 1)).Fields
	if !(bottom.CrossComb[0] < bottom.CrossComb[1]) {
		t.Errorf("bottom field first: CrossComb %v, want [0] smaller", bottom.CrossComb)
	}
	if top.Comb[0] < 1 || top.Comb[1] < 1 {
		t.Errorf("woven picture: Comb %v, want at least 1", top.Comb)
	}
	still := luma(eight, 320, 180, func(x, _ int) int { return x / 2 })
	if f := reduced(t, still, still).Fields; f.Comb != [2]float64{} || f.Difference != [2]float64{} {
		t.Errorf("still ramp: Comb %v, Difference %v, want 0", f.Comb, f.Difference)
	}
}

func TestReduceBorderOfDamage(t *testing.T) {
	frame := luma(eight, 160, 96, func(x, y int) int {
		if x/16 == 4 && y/16 == 2 {
			return 180
		}
		return 60 + x%2
	})
	p := reduced(t, frame)
	c := p.Cells
	i := 2*c.Columns + 4
	if c.Border[i] != 255 || c.Detail[i] != 0 {
		t.Errorf("odd block: Border %d, Detail %d, want 255 and 0", c.Border[i], c.Detail[i])
	}
	if c.Border[0] != 0 || c.Detail[c.Columns] == 0 {
		t.Errorf("picture: Border %d at its corner, Detail %d inside", c.Border[0], c.Detail[c.Columns])
	}
}

// TestReduceSeams puts a block into a cell, half a cell further, and into texture.
func TestReduceSeams(t *testing.T) {
	ramp := func(x, y int) int { return 20 + x/4 + y/4 }
	block := func(from int) func(x, y int) int {
		return func(x, y int) int {
			if x >= from && x < from+16 && y >= from && y < from+16 {
				return ramp(x, y) + 40
			}
			return ramp(x, y)
		}
	}
	type maps [4]byte // SeamAcross, SeamDown, MiddleAcross, MiddleDown
	for _, c := range []struct {
		name string
		at   func(x, y int) int
		want maps // of the cell at 48, 48
		next maps // of the one to the right
	}{
		{"ramp", ramp, maps{}, maps{}},
		{"block on the grid", block(48), maps{160, 160, 0, 0}, maps{160, 0, 0, 0}},
		{"block off the grid", block(56), maps{0, 0, 80, 80}, maps{0, 0, 80, 80}},
		{"texture", func(x, y int) int { return 60 + 50*((x+y)%2) }, maps{}, maps{}},
	} {
		p := reduced(t, luma(eight, 160, 96, c.at)).Cells
		i := 3*p.Columns + 3
		at := func(i int) maps { return maps{p.SeamAcross[i], p.SeamDown[i], p.MiddleAcross[i], p.MiddleDown[i]} }
		near := func(got, want maps) bool {
			for i := range got {
				if got[i] > want[i]+4 || got[i]+4 < want[i] { // the ramp has steps of one code value
					return false
				}
			}
			return true
		}
		if !near(at(i), c.want) || !near(at(i+1), c.next) {
			t.Errorf("%s: got %v and %v, want %v and %v", c.name, at(i), at(i+1), c.want, c.next)
		}
	}
	narrow := reduced(t, luma(eight, 33, 17, func(x, _ int) int { return x % 2 * 90 })).Cells
	if n := len(narrow.SeamAcross) - 1; narrow.SeamAcross[n] != 0 || narrow.SeamDown[n] != 0 {
		t.Errorf("cell of one pixel: got %v, want 0", narrow.SeamAcross)
	}
}

func TestReduceDamage(t *testing.T) {
	frame := luma(eight, 16, 16, func(int, int) int { return 40 })
	if got := reduced(t, frame).Damage; got != nil {
		t.Errorf("decoder that cannot say: got %+v, want nil", got)
	}
	frame.Damage = hwaccel.Damage{Known: true, Corrupt: true, Concealed: 7}
	if got := reduced(t, frame).Damage; got == nil || *got != (detectors.Damage{Errors: true, Concealed: 7}) {
		t.Errorf("corrupt packet: got %+v", got)
	}
}

func TestReduceTiny(t *testing.T) {
	for _, format := range metertest.Formats {
		frame := metertest.NewFrame(format, 1, 1, 1, func(int, int, int) uint16 { return 1 << format.Depth >> 1 << format.Shift })
		p := reduced(t, frame, frame, frame)
		if p.Mean != 128 || p.Cells.Mean[0] != 128 || p.Cells.Cr[0] != 128 || math.IsNaN(p.Fields.Comb[1]) {
			t.Errorf("%v: Mean %v, cell %d, Cr %d, Comb %v", format, p.Mean, p.Cells.Mean[0], p.Cells.Cr[0], p.Fields.Comb)
		}
	}
}

func BenchmarkReduce(b *testing.B) {
	frames := metertest.Case{Format: eight, Width: 1920, Height: 1080, Pattern: metertest.Random, Frames: 2, Seed: 1}.Make()
	var sums hwaccel.Sums
	if err := plain.New().Measure(frames[1], frames[0], nil, &sums); err != nil {
		b.Fatal(err)
	}
	var p detectors.Picture
	hwaccel.Reduce(&sums, frames[1], &p)
	b.ReportAllocs()
	for b.Loop() {
		hwaccel.Reduce(&sums, frames[1], &p)
	}
}
