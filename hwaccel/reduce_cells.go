package hwaccel

import (
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// reduceCells turns the sums of the cells into maps of bytes.
func reduceCells(s *Sums, c *detectors.Cells) {
	n := len(s.Cells)
	*c = detectors.Cells{
		Size: s.CellSize, Columns: s.CellColumns, Rows: s.CellRows,
		Mean: sized(c.Mean, n), Spread: sized(c.Spread, n), Change: sized(c.Change, n),
		Cb: sized(c.Cb, n), Cr: sized(c.Cr, n),
		Border: sized(c.Border, n), Detail: sized(c.Detail, n), Comb: sized(c.Comb, n),
		SeamAcross: c.SeamAcross, SeamDown: c.SeamDown, MiddleAcross: c.MiddleAcross, MiddleDown: c.MiddleDown,
	}
	for row := range s.CellRows {
		height := min(s.CellSize, s.Height-row*s.CellSize)
		first := row * s.CellColumns
		last := first + s.CellColumns - 1
		inner := newScale(s, s.CellSize, height, row == 0)
		for i := first + 1; i < last; i++ {
			inner.reduce(&s.Cells[i], c, i)
		}
		if last > first {
			cut := newScale(s, s.Width-(s.CellColumns-1)*s.CellSize, height, row == 0)
			cut.reduce(&s.Cells[last], c, last)
		}
		// The left border of the first cell is the picture's own edge.
		edge := newScale(s, min(s.CellSize, s.Width), height, row == 0)
		edge.border = reciprocal(borderPixels(min(s.CellSize, s.Width), 0, row == 0), 4/s.unit())
		edge.reduce(&s.Cells[first], c, first)
	}
}

// scale holds the factors that turn the sums of a cell of one size into the units of its bytes.
type scale struct {
	pixels         uint64
	mean, quarter  float64 // of a sum over all pixels: to code values, to quarters of them
	border, detail float64
	chroma         float64 // 0 in a gray picture
}

func newScale(s *Sums, width, height int, top bool) scale {
	unit := s.unit()
	f := scale{
		pixels:  uint64(width * height),
		mean:    reciprocal(width*height, 1/unit),
		quarter: reciprocal(width*height, 4/unit),
		border:  reciprocal(borderPixels(width, height, top), 4/unit),
		detail:  reciprocal((width-1)*height+width*(height-1), 4/unit),
	}
	if s.Chroma != Gray {
		w, h := PixelFormat{Chroma: s.Chroma}.ChromaSize(width, height)
		f.chroma = reciprocal(w*h, 1/unit)
	}
	return f
}

// borderPixels counts the steps over the left and top border; the top border of the topmost cells
// is the picture's own edge, where there are none.
func borderPixels(width, height int, top bool) int {
	if top {
		return height
	}
	return width + height
}

// reciprocal returns factor/n, and 0 where there is nothing to divide.
func reciprocal(n int, factor float64) float64 {
	if n == 0 {
		return 0
	}
	return factor / float64(n)
}

func (f *scale) reduce(cell *Cell, c *detectors.Cells, i int) {
	// n times the sum of squares less the square of the sum, in integers (below 2^56), is n*n times
	// the variance.
	variance := f.pixels*cell.Square - uint64(cell.Sum)*uint64(cell.Sum)
	c.Mean[i] = quantised(float64(cell.Sum) * f.mean)
	c.Spread[i] = quantised(2 * math.Sqrt(float64(variance)) * f.mean)
	c.Change[i] = quantised(float64(cell.Difference) * f.quarter)
	c.Border[i] = quantised(float64(cell.Left+cell.Top) * f.border)
	c.Detail[i] = quantised(float64(cell.Across-cell.Left+cell.Down-cell.Top) * f.detail)
	c.Comb[i] = quantised(float64(cell.Comb) * f.quarter)
	if f.chroma == 0 {
		c.Cb[i], c.Cr[i] = 128, 128
		return
	}
	c.Cb[i] = quantised(float64(cell.Cb) * f.chroma)
	c.Cr[i] = quantised(float64(cell.Cr) * f.chroma)
}
