//go:build gocv_specific_modules

package vision

import (
	"image"
	"image/color"
	"math"
	"testing"

	"gocv.io/x/gocv"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

// bench holds OpenCV's matrices of one test.
type bench struct {
	*testing.T
	mats []*gocv.Mat
}

func (b *bench) mat() *gocv.Mat {
	m := gocv.NewMat()
	b.mats = append(b.mats, &m)
	return &m
}

func (b *bench) close() {
	for _, m := range b.mats {
		m.Close()
	}
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) same(what string, got, want uint64) {
	b.Helper()
	if got != want {
		b.Errorf("%s: the meter has %d, OpenCV %d", what, got, want)
	}
}

// luma copies a frame's 8-bit luma into a matrix, with a border that repeats the edge.
func (b *bench) luma(f *hwaccel.Frame, border int) *gocv.Mat {
	c := lumaOf(f).cut(image.Rect(0, 0, f.Width, f.Height))
	kept, err := gocv.NewMatFromBytes(c.height, c.width, gocv.MatTypeCV8UC1, c.data)
	b.must(err)
	defer kept.Close()
	m := b.mat()
	b.must(gocv.CopyMakeBorder(kept, m, border, border, border, border, gocv.BorderReplicate, color.RGBA{}))
	return m
}

// sum and square add up a matrix of one channel.
func (b *bench) sum(m gocv.Mat) uint64 { return uint64(m.Sum().Val1 + 0.5) }

func (b *bench) square(m gocv.Mat) uint64 {
	wide := b.mat()
	b.must(m.ConvertTo(wide, gocv.MatTypeCV64FC1))
	b.must(gocv.Multiply(*wide, *wide, wide))
	return b.sum(*wide)
}

// shifted returns |m(x,y) - m(x-dx,y-dy)| of a picture in a border of 1.
func (b *bench) step(m *gocv.Mat, dx, dy int) *gocv.Mat {
	w, h := m.Cols()-2, m.Rows()-2
	here, there := m.Region(image.Rect(1, 1, 1+w, 1+h)), m.Region(image.Rect(1-dx, 1-dy, 1-dx+w, 1-dy+h))
	defer here.Close()
	defer there.Close()
	d := b.mat()
	b.must(gocv.AbsDiff(here, there, d))
	return d
}

// TestMeterAgainstOpenCV: OpenCV's histogram, moments, differences and gradients are those that the
// reference meter counted, to the last digit.
func TestMeterAgainstOpenCV(t *testing.T) {
	for _, pattern := range metertest.Patterns {
		for _, size := range []image.Point{{1, 1}, {33, 17}, {160, 90}, {321, 181}} {
			c := metertest.Case{Format: formats[0], Width: size.X, Height: size.Y, Pattern: pattern, Frames: 2, Misaligned: 3, Seed: 5}
			t.Run(c.String(), func(t *testing.T) {
				frames := c.Make()
				var s hwaccel.Sums
				if err := plain.New().Measure(frames[1], frames[0], nil, &s); err != nil {
					t.Fatal(err)
				}
				b := &bench{T: t}
				defer b.close()
				b.levels(frames[1], &s)
				b.gradients(frames[1], &s)
				b.change(frames[1], frames[0], &s)
				b.combs(frames[1], frames[0], &s)
			})
		}
	}
}

func (b *bench) levels(f *hwaccel.Frame, s *hwaccel.Sums) {
	m := b.luma(f, 0)
	b.same("sum", s.Sum, b.sum(*m))
	b.same("sum of squares", s.Square, b.square(*m))
	low, high, _, _ := gocv.MinMaxLoc(*m)
	b.same("smallest", s.Min, uint64(low))
	b.same("largest", s.Max, uint64(high))

	hist := b.mat()
	b.must(gocv.CalcHist([]gocv.Mat{*m}, []int{0}, *b.mat(), hist, []int{256}, []float64{0, 256}, false))
	for i, n := range s.Histogram {
		if got := uint64(hist.GetFloatAt(i, 0)); got != n {
			b.Errorf("histogram at %d: the meter has %d, OpenCV %d", i, n, got)
		}
	}

	mean, deviation := b.mat(), b.mat()
	b.must(gocv.MeanStdDev(*m, mean, deviation))
	n := float64(f.Width * f.Height)
	ours := float64(s.Sum) / n
	spread := math.Sqrt(max(0, float64(s.Square)/n-ours*ours))
	if math.Abs(mean.GetDoubleAt(0, 0)-ours) > 1e-9 || math.Abs(deviation.GetDoubleAt(0, 0)-spread) > 1e-6 {
		b.Errorf("mean and deviation: the meter has %v, %v, OpenCV %v, %v",
			ours, spread, mean.GetDoubleAt(0, 0), deviation.GetDoubleAt(0, 0))
	}
}

func (b *bench) gradients(f *hwaccel.Frame, s *hwaccel.Sums) {
	m := b.luma(f, 1)
	across, down := b.step(m, 1, 0), b.step(m, 0, 1)
	b.same("steps across", s.AcrossSum, b.sum(*across))
	b.same("their squares", s.AcrossSquare, b.square(*across))
	b.same("steps down", s.DownSum, b.sum(*down))
	b.same("their squares", s.DownSquare, b.square(*down))
	b.same("a row's luma", uint64(s.RowLuma[f.Height/2]), b.sumOf(b.luma(f, 0), image.Rect(0, f.Height/2, f.Width, f.Height/2+1)))
	b.same("a column's steps", uint64(s.ColumnAcross[f.Width/2]), b.sumOf(across, image.Rect(f.Width/2, 0, f.Width/2+1, f.Height)))
}

func (b *bench) sumOf(m *gocv.Mat, part image.Rectangle) uint64 {
	r := m.Region(part)
	defer r.Close()
	return b.sum(r)
}

func (b *bench) change(f, previous *hwaccel.Frame, s *hwaccel.Sums) {
	now, was, d := b.luma(f, 0), b.luma(previous, 0), b.mat()
	b.must(gocv.AbsDiff(*now, *was, d))
	b.same("difference", s.Difference, b.sum(*d))
	b.same("its square", s.DifferenceSquare, b.square(*d))
	rise, brighter := b.mat(), b.mat()
	b.must(gocv.Subtract(*now, *was, rise)) // stops at 0
	b.same("rise", s.Rise, b.sum(*rise))
	gocv.Threshold(*rise, brighter, hwaccel.StepThreshold, 255, gocv.ThresholdBinary)
	b.same("brighter", s.Brighter, uint64(gocv.CountNonZero(*brighter)))
	b.must(gocv.Subtract(*was, *now, rise))
	gocv.Threshold(*rise, brighter, hwaccel.StepThreshold, 255, gocv.ThresholdBinary)
	b.same("darker", s.Darker, uint64(gocv.CountNonZero(*brighter)))
}

// combs: the second difference down a column, where it does not pass through 0, is what the meter's
// comb counts; OpenCV has it as minimum and maximum of the neighbours.
func (b *bench) combs(f, previous *hwaccel.Frame, s *hwaccel.Sums) {
	m := b.luma(f, 1)
	w, h := f.Width, f.Height
	above, below := m.Region(image.Rect(1, 0, 1+w, h)), m.Region(image.Rect(1, 2, 1+w, 2+h))
	defer above.Close()
	defer below.Close()
	low, high := b.mat(), b.mat()
	b.must(gocv.Min(above, below, low))
	b.must(gocv.Max(above, below, high))
	for _, c := range []struct {
		what    string
		between *gocv.Mat
		got     [2]uint64
	}{{"comb", b.luma(f, 0), s.Comb}, {"comb with the previous picture", b.luma(previous, 0), s.CrossComb}} {
		over, under := b.mat(), b.mat()
		b.must(gocv.Subtract(*c.between, *high, over))
		b.must(gocv.Subtract(*low, *c.between, under))
		var want [2]uint64
		for y := range h {
			row := image.Rect(0, y, w, y+1)
			want[y%2] += b.sumOf(over, row) + b.sumOf(under, row)
		}
		b.same(c.what+", top field", c.got[0], want[0])
		b.same(c.what+", bottom field", c.got[1], want[1])
	}
}

// TestCombIsTheLaplacian: on lines that alternate, the comb is half of OpenCV's Laplacian down the
// columns.
func TestCombIsTheLaplacian(t *testing.T) {
	lines := image.NewGray(image.Rect(0, 0, 64, 48))
	for i := range lines.Pix {
		lines.Pix[i] = uint8(100 + 40*(i/lines.Stride%2))
	}
	f := grey(lines)
	var s hwaccel.Sums
	if err := plain.New().Measure(f, nil, nil, &s); err != nil {
		t.Fatal(err)
	}
	b := &bench{T: t}
	defer b.close()
	laplacian, size := b.mat(), b.mat()
	// Across a row nothing changes, so that all of the Laplacian is down the columns.
	b.must(gocv.Laplacian(*b.luma(f, 1), laplacian, gocv.MatTypeCV16S, 1, 1, 0, gocv.BorderReplicate))
	zero := b.mat()
	b.must(laplacian.CopyTo(zero))
	zero.SetTo(gocv.Scalar{})
	b.must(gocv.AbsDiff(*laplacian, *zero, size))
	inside := b.sumOf(size, image.Rect(1, 2, 65, 48)) // without the edge rows, which have one neighbour
	cells := s.Comb[0] + s.Comb[1]
	b.same("comb", 2*cells, inside)
}
