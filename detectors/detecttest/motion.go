package detecttest

import (
	"fmt"

	"github.com/vedette-av/vedette/detectors"
)

// weave paints the scene as two fields of different moments, weave:SEED:V:ORDER: it is moved V
// pixels a sample, by half of that when the second field is taken, which ORDER (top or bottom,
// first) tells.
func (c *canvas) weave(w Word, progress float64) error {
	var a [2]float64
	for i, fallback := range []float64{0, 2} {
		var err error
		if a[i], err = w.arg(i, fallback, progress); err != nil {
			return err
		}
	}
	second := 1
	if len(w.Args) > 2 && w.Args[2] != "top" {
		if w.Args[2] != "bottom" {
			return fmt.Errorf("want top or bottom, not %q", w.Args[2])
		}
		second = 0
	}
	c.shift += a[1]
	c.paintScene(uint64(int64(a[0])), 40, 200)
	early := append([]byte(nil), c.luma...)
	c.shift += a[1] / 2
	c.paintScene(uint64(int64(a[0])), 40, 200)
	c.shift -= a[1] / 2
	for y := 1 - second; y < c.height; y += 2 {
		copy(c.luma[y*c.width:(y+1)*c.width], early[y*c.width:])
	}
	return nil
}

// tear paints the picture before below SHARE of the height, tear:SHARE.
func (c *canvas) tear(w Word, progress float64) error {
	share, err := w.arg(0, 0.5, progress)
	if err != nil {
		return err
	}
	whole := append([]byte(nil), c.luma...)
	if len(c.last) == len(c.luma) {
		first := min(max(int(share*float64(c.height)), 0), c.height) * c.width
		copy(c.luma[first:], c.last[first:])
	}
	c.last, c.torn = whole, true
	return nil
}

// remember keeps the picture for a tear in the next one.
func (c *canvas) remember() {
	if !c.torn {
		c.last = append(c.last[:0], c.luma...)
	}
	c.torn = false
}

// motion measures how the rows and the fields moved, as [detectors.Picture] says.
func (m *Meter) motion(p *detectors.Picture, luma []byte) {
	w, h := p.Width, p.Height
	var comb, cross, difference, before [2]int
	rows, cells := make([]int, h), make([]int, len(p.Cells.Mean))
	p.Fields.HasBefore = p.HasPrevious && len(m.before) == len(luma)
	for y := range h {
		up, down := max(y-1, 0)*w, min(y+1, h-1)*w
		for x := range w {
			i := y*w + x
			v := int(luma[i])
			out := outside(v, int(luma[up+x]), int(luma[down+x]))
			comb[y%2] += out
			cells[y/p.Cells.Size*p.Cells.Columns+x/p.Cells.Size] += out
			if p.HasPrevious {
				d := abs(v - int(m.luma[i]))
				rows[y] += d
				difference[y%2] += d
				cross[y%2] += outside(int(m.luma[i]), int(luma[up+x]), int(luma[down+x]))
			}
			if p.Fields.HasBefore {
				before[y%2] += abs(v - int(m.before[i]))
			}
		}
	}
	for i := range 2 {
		n := float64((h + 1 - i) / 2 * w)
		p.Fields.Comb[i], p.Fields.CrossComb[i] = float64(comb[i])/n, float64(cross[i])/n
		p.Fields.Difference[i], p.Fields.BeforeDifference[i] = float64(difference[i])/n, float64(before[i])/n
	}
	if p.HasPrevious {
		p.Rows.Change = profile(rows, 4, w)
	}
	p.Cells.Comb = make([]byte, len(cells))
	for i, sum := range cells {
		x, y := i%p.Cells.Columns*p.Cells.Size, i/p.Cells.Columns*p.Cells.Size
		p.Cells.Comb[i] = saturate(4 * float64(sum) / float64(min(p.Cells.Size, w-x)*min(p.Cells.Size, h-y)))
	}
}

// outside returns how far m lies outside the range from a to b.
func outside(m, a, b int) int {
	return max(m-max(a, b), min(a, b)-m, 0)
}

// red measures how much of the picture is of a saturated red.
func (m *Meter) red(p *detectors.Picture, luma, cb, cr []byte) {
	columns := (p.Width + 1) / 2
	for i := range cb {
		u, v := max(int(cb[i])-neutral, 0), max(int(cr[i])-neutral, 0)
		y := int(luma[i/columns*2*p.Width+i%columns*2]) - int(p.BlackLevel())
		if v >= 24 && 2*u <= v && y <= 2*v {
			p.Red += 1 / float64(len(cb))
		}
	}
}
