package plain

import "github.com/vedette-av/vedette/hwaccel"

// chroma counts what needs each chroma sample by itself, or with the luma pixel it goes with.
func chroma(p *picture, s *hwaccel.Sums) {
	sx, sy := s.Chroma.Subsampling()
	shift := s.Depth - 8
	mid := uint16(128) << shift
	for y := range p.cb.height {
		for x, cb := range p.cb.row(y) {
			cr := p.cr.at(x, y)
			count(&s.Cb, cb, shift)
			count(&s.Cr, cr, shift)
			s.Saturation += uint64(distance(cb, mid)) + uint64(distance(cr, mid))
			if red(p.luma.at(x<<sx, y<<sy), cb, cr, s) {
				s.Red++
			}
			cell := cellAt(s, x<<sx, y<<sy)
			cell.Cb += uint32(cb)
			cell.Cr += uint32(cr)
		}
	}
}

func count(t *hwaccel.ChromaTotals, c uint16, shift int) {
	t.Sum += uint64(c)
	t.Square += uint64(c) * uint64(c)
	t.Histogram[c>>shift>>2]++
}

// red tells whether a colour is saturated red, as Totals.Red defines it.
func red(luma, cb, cr uint16, s *hwaccel.Sums) bool {
	shift := s.Depth - 8
	mid, black := 128<<shift, 16<<shift
	if s.Full {
		black = 0
	}
	u, c := max(int(cb)-mid, 0), max(int(cr)-mid, 0)
	return c >= hwaccel.RedThreshold<<shift && 2*u <= c && int(luma)-black <= 2*c
}

// chromaChange compares the chroma with the previous picture's.
func chromaChange(p, previous *picture, s *hwaccel.Sums) {
	sx, sy := s.Chroma.Subsampling()
	for y := range p.cb.height {
		for x := range p.cb.width {
			cb := distance(p.cb.at(x, y), previous.cb.at(x, y))
			cr := distance(p.cr.at(x, y), previous.cr.at(x, y))
			s.Cb.Difference += uint64(cb)
			s.Cr.Difference += uint64(cr)
			cellAt(s, x<<sx, y<<sy).ChromaDifference += cb + cr
		}
	}
}
