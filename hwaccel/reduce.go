package hwaccel

import (
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// Reduce turns the sums of a frame into what detectors read: the same arithmetic for every meter,
// in the units that [detectors.Picture] gives. It judges nothing. into is overwritten whole and
// its slices are reused.
func Reduce(s *Sums, frame *Frame, into *detectors.Picture) {
	rows, columns, cells := into.Rows, into.Columns, into.Cells
	damage := into.Damage
	*into = detectors.Picture{
		Width: s.Width, Height: s.Height, Depth: s.Depth, Full: s.Full,
		Duration:   frame.Duration,
		Transfer:   frame.Colour.Transfer,
		Interlaced: frame.Interlaced, TopFirst: frame.TopFirst, Key: frame.Key,
		HasPrevious: s.HasPrevious, Identical: s.Identical(),
		HasChroma: s.Chroma != Gray,
		Rows:      rows, Columns: columns, Cells: cells,
		Damage: reduceDamage(frame.Damage, damage),
	}
	reduceLuma(s, into)
	if s.HasPrevious {
		reduceChange(s, into)
	}
	if into.HasChroma {
		reduceChroma(s, into)
	}
	reduceFields(s, into)
	reduceProfiles(s, into)
	reduceCells(s, &into.Cells)
	reduceSeams(s, &into.Cells)
	into.GridAcross = findGrid(s.ColumnAcross, float64(s.Height)*s.unit())
	into.GridDown = findGrid(s.RowDown, float64(s.Width)*s.unit())
}

// unit returns how many of the stream's code values make one of 8 bits.
func (s *Sums) unit() float64 { return float64(int(1) << (s.Depth - 8)) }

func (s *Sums) pixels() float64 { return float64(s.Width) * float64(s.Height) }

func reduceLuma(s *Sums, p *detectors.Picture) {
	n, unit := s.pixels(), s.unit()
	p.Mean = float64(s.Sum) / n / unit
	p.Deviation = deviation(float64(s.Square), float64(s.Sum), n) / unit
	p.Low, p.High = float64(s.Min)/unit, float64(s.Max)/unit
	for i, count := range s.Histogram {
		p.Histogram[i] = float32(float64(count) / n)
	}
	if !s.Full {
		p.OutOfRange = float64(s.Under+s.Over) / n
	}
	p.Gradient = math.Sqrt(float64(s.AcrossSquare+s.DownSquare)/n) / unit
	if rows := (s.Height - 2 - SobelRow + SobelStep) / SobelStep; rows > 0 && s.Width > 2 {
		// The sum is of halves, each a quarter too small in the mean for being rounded down.
		n := float64(rows) * float64(s.Width-2)
		p.SpatialInformation = deviation(float64(s.SobelSquare), float64(s.Sobel)/2+n/4, n)
	}
}

func reduceChange(s *Sums, p *detectors.Picture) {
	n, unit := s.pixels(), s.unit()
	p.Difference = float64(s.Difference) / n / unit
	// The sum of v-p is what rose less what fell, and both together are the sum of |v-p|.
	signed := 2*float64(s.Rise) - float64(s.Difference)
	p.TemporalInformation = deviation(float64(s.DifferenceSquare), signed, n) / unit
	p.Brighter = float64(s.Brighter) / n
	p.Darker = float64(s.Darker) / n
}

func reduceChroma(s *Sums, p *detectors.Picture) {
	w, h := PixelFormat{Chroma: s.Chroma}.ChromaSize(s.Width, s.Height)
	n, unit := float64(w)*float64(h), s.unit()
	component := func(t *ChromaTotals, c *detectors.Component) {
		c.Mean = float64(t.Sum) / n / unit
		c.Deviation = deviation(float64(t.Square), float64(t.Sum), n) / unit
		c.Difference = float64(t.Difference) / n / unit
		for i, count := range t.Histogram {
			c.Histogram[i] = float32(float64(count) / n)
		}
	}
	component(&s.Cb, &p.Cb)
	component(&s.Cr, &p.Cr)
	p.Saturation = float64(s.Saturation) / n / unit
	p.Red = float64(s.Red) / n
}

func reduceFields(s *Sums, p *detectors.Picture) {
	var difference [2]uint64
	for y, d := range s.RowDifference {
		difference[y%2] += uint64(d)
	}
	p.Fields.HasBefore = s.HasBefore
	for i := range 2 {
		n := float64((s.Height+1-i)/2*s.Width) * s.unit()
		if n == 0 { // a picture of one row has no bottom field
			continue
		}
		p.Fields.Comb[i] = float64(s.Comb[i]) / n
		p.Fields.CrossComb[i] = float64(s.CrossComb[i]) / n
		p.Fields.Difference[i] = float64(difference[i]) / n
		p.Fields.BeforeDifference[i] = float64(s.BeforeDifference[i]) / n
	}
}

func reduceProfiles(s *Sums, p *detectors.Picture) {
	unit := s.unit()
	across, down := 1/(float64(s.Width)*unit), 1/(float64(s.Height)*unit)
	p.Rows.Mean = scaled(p.Rows.Mean, s.RowLuma, across)
	p.Rows.Step = scaled(p.Rows.Step, s.RowDown, 8*across)
	p.Rows.Change = scaled(p.Rows.Change, s.RowDifference, 4*across)
	p.Columns.Mean = scaled(p.Columns.Mean, s.ColumnLuma, down)
	p.Columns.Step = scaled(p.Columns.Step, s.ColumnAcross, 8*down)
	p.Columns.Change = p.Columns.Change[:0]
}

// reduceDamage reuses the memory of an earlier picture's.
func reduceDamage(d Damage, into *detectors.Damage) *detectors.Damage {
	if !d.Known {
		return nil
	}
	if into == nil {
		into = new(detectors.Damage)
	}
	*into = detectors.Damage{Errors: d.Flags != 0 || d.Corrupt, Concealed: d.Concealed}
	return into
}

// deviation returns the standard deviation of n values from the sums of their squares and of them.
func deviation(square, sum, n float64) float64 {
	mean := sum / n
	return math.Sqrt(max(square/n-mean*mean, 0))
}

// scaled writes sums times a factor, rounded, as saturating bytes.
func scaled(into []byte, sums []uint32, factor float64) []byte {
	into = sized(into, len(sums))
	for i, v := range sums {
		into[i] = quantised(float64(v) * factor)
	}
	return into
}

// quantised rounds a value that is not negative to a saturating byte.
func quantised(v float64) byte { return byte(min(int(v+0.5), 255)) }
