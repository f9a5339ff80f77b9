package picture

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// BenchmarkJudge is the cost of all detectors of pictures for one picture of 1080p, moving and
// frozen; black pictures take the same path.
func BenchmarkJudge(b *testing.B) {
	for _, c := range []struct {
		name  string
		moves byte
	}{{"moving", 20}, {"frozen", 0}} {
		b.Run(c.name, func(b *testing.B) {
			judges := make([]detectors.Detector, len(All))
			for i, k := range All {
				judges[i], _ = k.New(noSettings)
			}
			p := detectors.Picture{Width: 1920, Height: 1080, Cells: detectors.Cells{
				Size: 16, Columns: 120, Rows: 68, Mean: make([]byte, 8160), Spread: make([]byte, 8160),
				Cb: make([]byte, 8160), Cr: make([]byte, 8160)}}
			for i := range p.Cells.Mean {
				p.Cells.Mean[i] = byte(i)
			}
			b.ReportAllocs()
			at := time.Duration(0)
			for b.Loop() {
				at += 40 * time.Millisecond
				p.Cells.Mean[4000] += c.moves
				for _, d := range judges {
					d.Judge(detectors.Sample{At: at, Picture: &p})
				}
			}
		})
	}
}
