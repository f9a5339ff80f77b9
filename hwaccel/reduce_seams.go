package hwaccel

import "github.com/vedette-av/vedette/detectors"

// reduceSeams turns the steps over the borders and the middles of the cells into maps of bytes. What
// counts is by how much a step exceeds the two beside it taken together: nothing on slopes and in
// texture, nearly all of it where two blocks meet that do not belong together.
func reduceSeams(s *Sums, c *detectors.Cells) {
	n := len(s.Cells)
	c.SeamAcross, c.SeamDown = sized(c.SeamAcross, n), sized(c.SeamDown, n)
	c.MiddleAcross, c.MiddleDown = sized(c.MiddleAcross, n), sized(c.MiddleDown, n)
	for row := range s.CellRows {
		height := min(s.CellSize, s.Height-row*s.CellSize)
		across := newSeam(s, height, s.CellSize)
		down := newSeam(s, s.CellSize, height)
		first := row * s.CellColumns
		last := first + s.CellColumns - 1
		for i := first; i <= last; i++ {
			if i == last {
				width := s.Width - (s.CellColumns-1)*s.CellSize
				across, down = newSeam(s, height, width), newSeam(s, width, height)
			}
			cell := &s.Cells[i]
			// The left border of the first cell and the top of the topmost are the picture's own
			// edge, over which there is no step.
			beside, above := uint32(0), uint32(0)
			if i > first {
				beside = s.Cells[i-1].AcrossLast
			}
			if row > 0 {
				above = s.Cells[i-s.CellColumns].DownLast
			}
			c.SeamAcross[i] = across.border.excess(cell.Left, cell.AcrossSecond+beside)
			c.MiddleAcross[i] = across.middle.excess(cell.AcrossMiddle, cell.AcrossBeside)
			c.SeamDown[i] = down.border.excess(cell.Top, cell.DownSecond+above)
			c.MiddleDown[i] = down.middle.excess(cell.DownMiddle, cell.DownBeside)
		}
	}
}

// seam holds the factors that turn sums of steps over the lines of a cell into quarter code values.
type seam struct{ border, middle factor }

// newSeam is for lines of so many pixels, in a cell that goes on for depth pixels behind the
// border; lines that have no other beside them in the cell tell nothing.
func newSeam(s *Sums, length, depth int) seam {
	var f seam
	scale := factor(reciprocal(length, 4/s.unit()))
	if depth >= 2 {
		f.border = scale
	}
	if depth >= s.CellSize/2+2 {
		f.middle = scale
	}
	return f
}

type factor float64

// excess returns by how much a step exceeds those beside it.
func (f factor) excess(step, beside uint32) byte {
	if step <= beside {
		return 0
	}
	return quantised(float64(step-beside) * float64(f))
}
