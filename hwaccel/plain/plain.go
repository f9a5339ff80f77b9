// Package plain is the reference meter: plain Go, one loop for each thing that is measured,
// written to be read beside the definitions in [hwaccel.Sums]. The fast meters are tested against
// it. It works everywhere and is the slowest.
package plain

import "github.com/vedette-av/vedette/hwaccel"

// Meter implements [hwaccel.Meter]. It keeps its working memory from frame to frame, so it belongs
// to one goroutine.
type Meter struct {
	frame, previous, before picture
}

// New returns a meter.
func New() *Meter { return &Meter{} }

// Measure implements [hwaccel.Meter].
func (m *Meter) Measure(frame, previous, before *hwaccel.Frame, into *hwaccel.Sums) error {
	if err := into.Prepare(frame, previous, before); err != nil {
		return err
	}
	clear(into.Cells)
	m.frame.read(frame)
	levels(&m.frame, into)
	steps(&m.frame, into)
	sobel(&m.frame, into)
	chroma(&m.frame, into)
	proxy(&m.frame, into)
	if into.HasPrevious {
		m.previous.read(previous)
		change(&m.frame, &m.previous, into)
		chromaChange(&m.frame, &m.previous, into)
	}
	combs(&m.frame, &m.previous, into)
	if into.HasBefore {
		m.before.read(before)
		beforeChange(&m.frame, &m.before, into)
	}
	return nil
}

// cellAt returns the cell that luma pixel x,y belongs to.
func cellAt(s *hwaccel.Sums, x, y int) *hwaccel.Cell {
	return &s.Cells[y/s.CellSize*s.CellColumns+x/s.CellSize]
}

// distance returns |a - b|.
func distance(a, b uint16) uint32 {
	return uint32(max(a, b) - min(a, b))
}
