package hwaccel

// maxCells bounds the cells of a picture: 1920x1080 has 8160 of 16 pixels, 3840x2160 as many of 32.
const maxCells = 8192

// proxySide is what the longer side of a proxy keeps at least, in pixels, where the picture has it.
const proxySide = 320

// Prepare checks the frame and lays out s for its geometry: every slice of its length, with memory
// taken only where the picture has grown, and every counter 0 but those of the cells and the
// samples of the proxy: these are the bulk, and the meter sets them as it gets to them. previous and before count only where
// they are Comparable with the frame, and before only beside previous. Every meter starts with it.
func (s *Sums) Prepare(frame, previous, before *Frame) error {
	if err := CheckFrame(frame); err != nil {
		return err
	}
	hasPrevious := Comparable(frame, previous)
	hasBefore := hasPrevious && Comparable(frame, before)
	if hasPrevious {
		if err := CheckFrame(previous); err != nil {
			return err
		}
	}
	if hasBefore {
		if err := CheckFrame(before); err != nil {
			return err
		}
	}
	size := cellSize(frame.Width, frame.Height)
	s.Geometry = Geometry{
		Width: frame.Width, Height: frame.Height,
		Depth: int(frame.Format.Depth), Chroma: frame.Format.Chroma, Full: frame.Colour.Full,
		CellSize: size, CellColumns: divideUp(frame.Width, size), CellRows: divideUp(frame.Height, size),
		HasPrevious: hasPrevious, HasBefore: hasBefore,
	}
	s.Totals = Totals{}
	s.RowLuma = zeroed(s.RowLuma, s.Height)
	s.RowDown = zeroed(s.RowDown, s.Height)
	s.RowDifference = zeroed(s.RowDifference, s.Height)
	s.ColumnLuma = zeroed(s.ColumnLuma, s.Width)
	s.ColumnAcross = zeroed(s.ColumnAcross, s.Width)
	s.Cells = sized(s.Cells, s.CellColumns*s.CellRows)
	s.Proxy.prepare(frame)
	return nil
}

func (p *Proxy) prepare(f *Frame) {
	p.Box = proxyBox(f.Width, f.Height)
	p.Width, p.Height = divideUp(f.Width, p.Box), divideUp(f.Height, p.Box)
	p.Y = sized(p.Y, p.Width*p.Height)
	chroma := (p.Width + 1) / 2 * ((p.Height + 1) / 2)
	if f.Format.Chroma == Gray {
		chroma = 0
	}
	p.Cb = sized(p.Cb, chroma)
	p.Cr = sized(p.Cr, chroma)
}

// cellSize returns the smallest cell, doubling from 16 pixels, that keeps to maxCells.
func cellSize(width, height int) int {
	size := 16
	for divideUp(width, size)*divideUp(height, size) > maxCells {
		size *= 2
	}
	return size
}

// proxyBox returns the largest power of two up to 16 that leaves the longer side proxySide pixels.
func proxyBox(width, height int) int {
	box := 1
	for box < 16 && max(width, height)/(2*box) >= proxySide {
		box *= 2
	}
	return box
}

func divideUp(a, b int) int { return (a + b - 1) / b }

// sized returns a slice of n elements, in the memory of old where that is large enough.
func sized[T any](old []T, n int) []T {
	if cap(old) < n {
		return make([]T, n)
	}
	return old[:n]
}

// zeroed is sized, with every element 0.
func zeroed[T any](old []T, n int) []T {
	old = sized(old, n)
	clear(old)
	return old
}
