package detecttest

import (
	"math/rand/v2"

	"github.com/vedette-av/vedette/detectors"
)

// damage paints what a decoder makes of lost slices, damage:SHARE:SEED:OFF: the SHARE of all squares
// of 16 pixels, in runs of four beside each other, show what belongs elsewhere. The squares begin OFF
// pixels (0) beside the grid.
func (c *canvas) damage(w Word, progress float64) error {
	a := [3]float64{0.05, 1, 0}
	for i, fallback := range a {
		var err error
		if a[i], err = w.arg(i, fallback, progress); err != nil {
			return err
		}
	}
	const side, run = 16, 4
	r := rand.New(rand.NewPCG(uint64(int64(a[1])), 5))
	whole := append([]byte(nil), c.luma...)
	columns, rows := c.width/side, c.height/side
	for range int(a[0]*float64(columns*rows)/run + 0.5) {
		x, y := r.IntN(max(columns-run, 1))*side+int(a[2]), r.IntN(max(rows, 1))*side+int(a[2])
		for i := range run {
			from, brighter := r.IntN(len(whole)), float64(60-r.IntN(120))
			c.move(whole, from, x+i*side, y, side, brighter)
		}
	}
	return nil
}

// move copies a square from some place of a picture, which wraps around, and shifts its luma.
func (c *canvas) move(picture []byte, from, x0, y0, side int, brighter float64) {
	for y := y0; y < min(y0+side, c.height); y++ {
		for x := x0; x < min(x0+side, c.width); x++ {
			c.luma[y*c.width+x] = clamp(float64(picture[(from+(y-y0)*c.width+x-x0)%len(picture)]) + brighter)
		}
	}
}

// seams measures by how much the steps over the borders and the middles of the cells exceed the two
// beside them.
func seams(p *detectors.Picture, luma []byte) {
	c := &p.Cells
	n := len(c.Mean)
	c.SeamAcross, c.SeamDown = make([]byte, n), make([]byte, n)
	c.MiddleAcross, c.MiddleDown = make([]byte, n), make([]byte, n)
	for i := range n {
		x, y := i%c.Columns*c.Size, i/c.Columns*c.Size
		width, height := min(c.Size, p.Width-x), min(c.Size, p.Height-y)
		across := func(x int) byte { return excess(luma, y*p.Width+x, 1, p.Width, height) }
		down := func(y int) byte { return excess(luma, y*p.Width+x, p.Width, 1, width) }
		if x > 1 && width > 1 {
			c.SeamAcross[i] = across(x)
		}
		if y > 1 && height > 1 {
			c.SeamDown[i] = down(y)
		}
		if middle := c.Size / 2; c.Size >= 4 && width > middle+1 {
			c.MiddleAcross[i] = across(x + middle)
		}
		if middle := c.Size / 2; c.Size >= 4 && height > middle+1 {
			c.MiddleDown[i] = down(y + middle)
		}
	}
}

// excess compares the steps over a line, which begins at a pixel and goes on by next, with those one
// pixel to either side. back is the way over the line.
func excess(luma []byte, at, back, next, length int) byte {
	sum := 0
	for i := at; i < at+length*next; i += next {
		step := func(i int) int { return abs(int(luma[i]) - int(luma[i-back])) }
		sum += step(i) - step(i-back) - step(i+back)
	}
	return saturate(4 * max(float64(sum), 0) / float64(length))
}
