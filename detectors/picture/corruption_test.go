package picture

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// cellsOf makes the maps that the detector of corruption reads, in which a share of the lines stands out.
func cellsOf(columns, rows int, share float64) detectors.Cells {
	r := rand.New(rand.NewPCG(1, 1))
	n := columns * rows
	lines := func() []byte {
		m := make([]byte, n)
		for i := range m {
			if r.Float64() < share {
				m[i] = byte(r.IntN(256))
			}
		}
		return m
	}
	return detectors.Cells{
		Size: 16, Columns: columns, Rows: rows, Mean: make([]byte, n), Change: lines(),
		SeamAcross: lines(), SeamDown: lines(), MiddleAcross: lines(), MiddleDown: lines(),
	}
}

// TestBoxesByHand counts boxes that can be counted on paper.
func TestBoxesByHand(t *testing.T) {
	c := cellsOf(6, 5, 0)
	at := func(x, y int) int { return y*6 + x }
	// The cell at 2,2 stands out on all sides, strongly on two; it gives each of its neighbours one.
	c.SeamAcross[at(2, 2)], c.SeamAcross[at(3, 2)] = 60, 60
	c.SeamDown[at(2, 2)], c.SeamDown[at(2, 3)] = 30, 30
	// The cell at 4,1 stands out on two sides, of which the one on the left is exactly at the limit.
	c.SeamAcross[at(4, 1)], c.SeamAcross[at(5, 1)], c.SeamDown[at(4, 1)] = weakSeam, weakSeam+1, 255
	// Cells at the edge have no four sides.
	c.SeamDown[at(0, 3)], c.SeamDown[at(0, 4)], c.SeamAcross[at(1, 3)] = 99, 99, 99
	var b boxes
	if !b.fit(&c) {
		t.Fatal("6x5 cells do not fit")
	}
	want := boxesFound{weak: sidedBoxes{two: 1, full: 1}, strong: sidedBoxes{two: 1}}
	for range 2 { // the second time finds nothing of the first
		if got := b.find(c.SeamAcross, c.SeamDown); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if got := b.count(&c); got.share != 2.0/30 || got.evidence != weakAlone {
		t.Errorf("got %+v, want 2 of 30 cells, and no more evidence than weak boxes alone are", got)
	}
	// Strong boxes lift that limit: now it is 4 over the root of its variance, 10 and what is always there.
	for _, side := range [][]byte{c.SeamAcross, c.SeamDown} {
		for i, v := range side {
			if v > weakSeam {
				side[i] = strongSeam + 1
			}
		}
	}
	if got, want := b.count(&c).evidence, 4/math.Sqrt(10+weakVariance); math.Abs(got-want) > 1e-9 {
		t.Errorf("got %v of strong boxes, want %v", got, want)
	}
}

// TestCorruptionTakesAnything asks about pictures that no decoder would deliver.
func TestCorruptionTakesAnything(t *testing.T) {
	d, err := newCorruption(noSettings)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Duration(0)
	for _, c := range []detectors.Cells{
		{}, {Columns: 4, Rows: 4}, cellsOf(1, 1, 1), cellsOf(3, 400, 1), cellsOf(4, 4, 1), cellsOf(40, 23, 1), cellsOf(41, 22, 0.5), cellsOf(40, 23, 1),
	} {
		for _, damage := range []*detectors.Damage{nil, {Errors: true, Concealed: -1}, {Concealed: 1 << 40}} {
			p := &detectors.Picture{Key: true, HasPrevious: true, Deviation: math.NaN(), Cells: c, Damage: damage}
			if v := d.Judge(detectors.Sample{At: at, Picture: p}); !(v.Score >= 0 && v.Score <= 1) || v.Lasted < 0 {
				t.Errorf("%dx%d cells: got %+v", c.Columns, c.Rows, v)
			}
			at = (at*7 + time.Second) % time.Hour // also backwards
		}
	}
}

// BenchmarkCorruption is the cost of one picture of 1080p: clean, and badly broken.
func BenchmarkCorruption(b *testing.B) {
	for _, c := range []struct {
		name  string
		share float64
	}{{"clean", 0.005}, {"broken", 0.3}} {
		b.Run(c.name, func(b *testing.B) {
			d, err := newCorruption(noSettings)
			if err != nil {
				b.Fatal(err)
			}
			p := &detectors.Picture{Width: 1920, Height: 1080, Deviation: 40, HasPrevious: true, Cells: cellsOf(120, 68, c.share)}
			at := time.Duration(0)
			b.ReportAllocs()
			for b.Loop() {
				at += 40 * time.Millisecond
				d.Judge(detectors.Sample{At: at, Picture: p})
			}
		})
	}
}
