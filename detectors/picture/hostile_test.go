package picture

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Pictures of any geometry that changes at will, with parts missing and numbers that are none.
func TestTemporalDetectorsOnHostilePictures(t *testing.T) {
	for _, k := range []detectors.Kind{Flash, Interlace, Stutter, Tearing} {
		t.Run(k.Name, func(t *testing.T) {
			d, err := k.New(noSettings)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, 2))
			for range 3000 {
				at := time.Duration(r.IntN(10_000)) * time.Millisecond
				v := d.Judge(detectors.Sample{At: at, Picture: anyPicture(r)})
				if v.State > detectors.Present || v.Score < 0 || v.Score > 1 || math.IsNaN(v.Score) {
					t.Fatalf("at %v: %+v", at, v)
				}
			}
		})
	}
}

func anyPicture(r *rand.Rand) *detectors.Picture {
	bytes := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(256))
		}
		return b
	}
	numbers := []float64{0, 1, -1, 30, math.NaN(), math.Inf(1), math.MaxFloat64}
	number := func() float64 { return numbers[r.IntN(len(numbers))] }
	p := &detectors.Picture{
		Width: r.IntN(40), Height: r.IntN(40), HasPrevious: r.IntN(4) > 0, Interlaced: r.IntN(2) > 0,
		Transfer: uint8(r.IntN(20)), Full: r.IntN(2) > 0, Red: number(), Deviation: number(),
	}
	columns, rows := r.IntN(4), r.IntN(9)
	n := columns * rows
	p.Cells = detectors.Cells{Size: 8, Columns: columns, Rows: rows, Mean: bytes(n), Cb: bytes(n), Cr: bytes(n)}
	p.Rows.Step, p.Rows.Change = bytes(p.Height), bytes(p.Height)
	if r.IntN(5) == 0 {
		p.Cells.Cb, p.Rows.Change = nil, nil
	}
	p.Fields.Comb = [2]float64{number(), number()}
	p.Fields.CrossComb = [2]float64{number(), number()}
	return p
}
