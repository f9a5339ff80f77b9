package plain

import (
	"math"

	"github.com/vedette-av/vedette/hwaccel"
)

// levels counts what needs each luma sample by itself.
func levels(p *picture, s *hwaccel.Sums) {
	shift := s.Depth - 8
	lowest, highest := uint16(hwaccel.LowestTolerated)<<shift, uint16(hwaccel.HighestTolerated)<<shift
	s.Min, s.Max = uint64(p.luma.at(0, 0)), uint64(p.luma.at(0, 0))
	for y := range s.Height {
		for x, v := range p.luma.row(y) {
			square := uint64(v) * uint64(v)
			s.Sum += uint64(v)
			s.Square += square
			s.Min = min(s.Min, uint64(v))
			s.Max = max(s.Max, uint64(v))
			s.Histogram[v>>shift]++
			if v < lowest {
				s.Under++
			}
			if v > highest {
				s.Over++
			}
			s.RowLuma[y] += uint32(v)
			s.ColumnLuma[x] += uint32(v)
			cell := cellAt(s, x, y)
			cell.Sum += uint32(v)
			cell.Square += square
		}
	}
}

// steps counts the differences to the neighbours on the left and above.
func steps(p *picture, s *hwaccel.Sums) {
	for y := range s.Height {
		for x, v := range p.luma.row(y) {
			across := distance(v, p.luma.at(x-1, y))
			down := distance(v, p.luma.at(x, y-1))
			s.AcrossSum += uint64(across)
			s.AcrossSquare += uint64(across) * uint64(across)
			s.DownSum += uint64(down)
			s.DownSquare += uint64(down) * uint64(down)
			s.ColumnAcross[x] += across
			s.RowDown[y] += down
			cell := cellAt(s, x, y)
			cell.Across += across
			cell.Down += down
			line(x%s.CellSize, s.CellSize, across, &cell.Left, &cell.AcrossSecond, &cell.AcrossLast, &cell.AcrossMiddle, &cell.AcrossBeside)
			line(y%s.CellSize, s.CellSize, down, &cell.Top, &cell.DownSecond, &cell.DownLast, &cell.DownMiddle, &cell.DownBeside)
		}
	}
}

// line adds the step over line i of a cell to the lines that are counted by themselves.
func line(i, size int, step uint32, first, second, last, middle, beside *uint32) {
	switch i {
	case 0:
		*first += step
	case 1:
		*second += step
	case size - 1:
		*last += step
	case size / 2:
		*middle += step
	case size/2 - 1, size/2 + 1:
		*beside += step
	}
}

// sobel counts the magnitudes of the Sobel operator in some rows.
func sobel(p *picture, s *hwaccel.Sums) {
	for y := hwaccel.SobelRow; y < s.Height-1; y += hwaccel.SobelStep {
		for x := 1; x < s.Width-1; x++ {
			w := func(dx, dy int) int { return int(p.luma.at(x+dx, y+dy) >> (s.Depth - 8)) }
			gx := w(1, -1) + 2*w(1, 0) + w(1, 1) - w(-1, -1) - 2*w(-1, 0) - w(-1, 1)
			gy := w(-1, 1) + 2*w(0, 1) + w(1, 1) - w(-1, -1) - 2*w(0, -1) - w(1, -1)
			s.Sobel += uint64(math.Sqrt(float64(4 * (gx*gx + gy*gy))))
			s.SobelSquare += uint64(gx*gx + gy*gy)
		}
	}
}

// change compares the luma with the previous picture's.
func change(p, previous *picture, s *hwaccel.Sums) {
	threshold := uint32(hwaccel.StepThreshold) << (s.Depth - 8)
	for y := range s.Height {
		for x, v := range p.luma.row(y) {
			was := previous.luma.at(x, y)
			d := distance(v, was)
			s.Difference += uint64(d)
			s.DifferenceSquare += uint64(d) * uint64(d)
			s.RowDifference[y] += d
			cellAt(s, x, y).Difference += d
			if v > was {
				s.Rise += uint64(d)
			}
			switch {
			case d > threshold && v > was:
				s.Brighter++
			case d > threshold:
				s.Darker++
			}
		}
	}
}

// combs counts how far lines stand out between their neighbours, within this picture and, where
// there is a previous one, its lines between this one's.
func combs(p, previous *picture, s *hwaccel.Sums) {
	for y := range s.Height {
		for x, v := range p.luma.row(y) {
			above, below := p.luma.at(x, y-1), p.luma.at(x, y+1)
			comb := outside(v, above, below)
			s.Comb[y%2] += uint64(comb)
			cellAt(s, x, y).Comb += comb
			if s.HasPrevious {
				s.CrossComb[y%2] += uint64(outside(previous.luma.at(x, y), above, below))
			}
		}
	}
}

// outside returns how far m lies outside the range from a to b.
func outside(m, a, b uint16) uint32 {
	switch low, high := min(a, b), max(a, b); {
	case m > high:
		return uint32(m - high)
	case m < low:
		return uint32(low - m)
	}
	return 0
}

// beforeChange compares the luma with that of the picture before the previous one.
func beforeChange(p, before *picture, s *hwaccel.Sums) {
	for y := range s.Height {
		for x, v := range p.luma.row(y) {
			s.BeforeDifference[y%2] += uint64(distance(v, before.luma.at(x, y)))
		}
	}
}
