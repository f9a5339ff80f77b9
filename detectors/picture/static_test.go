package picture

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Pictures whose size changes all the time, whose parts are missing or do not fit, and whose numbers
// are none, are answered somehow.
func TestStrangePictures(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	some := func(n int) []byte {
		v := make([]byte, n)
		for i := range v {
			v[i] = byte(r.Uint32())
		}
		return v
	}
	print, err := TakeFingerprint("a", card(640, 360, false, ramps))
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range []detectors.Kind{Black, Freeze, PartialFreeze, SolidColour, ColourBars, TestCard, Letterbox, Slate, Levels} {
		d, err := kind.New(func(into any) error {
			if s, ok := into.(*slateSettings); ok {
				s.Pictures = print.String()
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 1000 {
			p := &detectors.Picture{HasChroma: i%3 > 0, Full: i%5 == 0, Mean: math.NaN(), OutOfRange: math.NaN(), Saturation: math.Inf(1)}
			p.Width, p.Height = r.IntN(400), r.IntN(300)
			c := &p.Cells
			c.Size, c.Columns, c.Rows = r.IntN(3)*8, r.IntN(40), r.IntN(30)
			if i%2 == 0 && c.Size > 0 { // half of them fit
				c.Columns, c.Rows = (p.Width+c.Size-1)/c.Size, (p.Height+c.Size-1)/c.Size
			}
			n := c.Columns * c.Rows
			c.Mean, c.Spread, c.Cb, c.Cr, c.Change = some(n), make([]byte, n), some(n), some(n), some(n)
			if i%7 == 0 {
				c.Cb = some(r.IntN(50))
			}
			p.Rows = detectors.Profile{Mean: some(p.Height), Step: some(p.Height)}
			p.Columns = detectors.Profile{Mean: some(p.Width), Step: some(p.Width)}
			for k := range p.Cb.Histogram {
				p.Cb.Histogram[k], p.Cr.Histogram[k] = 1.0/64, 1.0/64
			}
			v := d.Judge(detectors.Sample{At: time.Duration(i) * 40 * time.Millisecond, Picture: p})
			if v.State > detectors.Present || v.Lasted < 0 || v.State == detectors.Present && v.Detail == "" {
				t.Fatalf("%s: %+v", kind.Name, v)
			}
		}
	}
}
