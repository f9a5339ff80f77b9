package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// concurrent is within what time the parts of a picture that get brighter (or darker) do so
// together: a flash may take two or three pictures to rise.
const concurrent = 100 * time.Millisecond

// swings follows each cell from turning point to turning point, and adds up the area of the cells
// that swing together.
type swings struct {
	turn  []byte // the value at the last turning point so far: the highest after a rise, the lowest after a fall
	way   []way  // of the last swing
	moved [2][]uint32
	area  [2][maxConcurrent]float64 // pixels that rose, or fell, in each of the last pictures

	number uint32 // of this picture
	times  [maxConcurrent]time.Duration
	since  uint32 // pictures that count, from this one back
}

// dominance is how many times the area that changes one way exceeds the other in a flash.
const dominance = 3

// maxConcurrent is how many pictures may lie within that time; a power of two.
const maxConcurrent = 32

type way uint8

const (
	unmoved way = iota
	rising
	falling
)

func (s *swings) start(n int) {
	*s = swings{turn: s.turn[:0], way: s.way[:0], moved: [2][]uint32{s.moved[0][:0], s.moved[1][:0]}}
	for range n {
		s.turn = append(s.turn, 0)
		s.way = append(s.way, unmoved)
		s.moved[0], s.moved[1] = append(s.moved[0], 0), append(s.moved[1], 0)
	}
}

// next begins a picture.
func (s *swings) next(at time.Duration) {
	s.number++
	slot := s.number % maxConcurrent
	s.times[slot] = at
	s.area[0][slot], s.area[1][slot] = 0, 0
	s.since = min(s.since+1, maxConcurrent)
	for s.since > 1 && at-s.times[(s.number-s.since+1)%maxConcurrent] > concurrent {
		s.since--
	}
}

// swung notes that a cell of so many pixels rose or fell. One that did so before within the time
// counts once.
func (s *swings) swung(i int, to way, value byte, pixels float64) {
	s.turn[i], s.way[i] = value, to
	which := to - rising
	if before := s.moved[which][i]; before != 0 && s.number-before < s.since {
		s.area[which][before%maxConcurrent] -= pixels
	}
	s.moved[which][i] = s.number
	s.area[which][s.number%maxConcurrent] += pixels
}

// changed tells whether more than so many pixels rose (or fell) together, in this picture or within the
// time. In motion parts of a picture always rise while others fall; a flash goes one way. Where a picture
// does both at once it is a cut, or a pattern that reverses, if twice that area changes.
func (s *swings) changed(to way, limit float64) bool {
	this, other := 0.0, 0.0
	for back := range s.since {
		slot := (s.number - back) % maxConcurrent
		this += s.area[to-rising][slot]
		other += s.area[falling-to][slot]
		if back == 0 && this > limit && (this > dominance*other || this+other > 2*limit) {
			return true
		}
	}
	return this > limit && this > dominance*other
}

// cellPixels returns how many pixels of the picture a cell has.
func cellPixels(p *detectors.Picture, i int) float64 {
	c := &p.Cells
	x, y := i%c.Columns*c.Size, i/c.Columns*c.Size
	return float64(min(c.Size, p.Width-x) * min(c.Size, p.Height-y))
}

// brightness follows the luminance of the cells.
func (s *swings) brightness(p *detectors.Picture, d *display) {
	c := &p.Cells
	turns, cb, cr := s.turn[:len(c.Mean)], c.Cb[:len(c.Mean)], c.Cr[:len(c.Mean)]
	for i, mean := range c.Mean {
		v := d.brightness(mean, cb[i], cr[i])
		turn := turns[i]
		if v == turn {
			continue
		}
		switch w := s.way[i]; {
		case int16(v) >= d.rise[turn] && w != rising:
			s.swung(i, rising, v, cellPixels(p, i))
		case int16(v) <= d.fall[turn] && w != falling:
			s.swung(i, falling, v, cellPixels(p, i))
		case w == rising && v > turn || w == falling && v < turn:
			s.turn[i] = v
		}
	}
}

// redness follows how red the cells are.
func (s *swings) redness(p *detectors.Picture, d *display) {
	c := &p.Cells
	turns, cb, cr := s.turn[:len(c.Mean)], c.Cb[:len(c.Mean)], c.Cr[:len(c.Mean)]
	for i, mean := range c.Mean {
		v := d.redness(mean, cb[i], cr[i])
		turn := turns[i]
		if v == turn {
			continue
		}
		change := int(v&^saturatedRed) - int(turn&^saturatedRed)
		switch w, saturated := s.way[i], (v|turn)&saturatedRed != 0; {
		case change >= harmfulRed && saturated && w != rising:
			s.swung(i, rising, v, cellPixels(p, i))
		case change <= -harmfulRed && saturated && w != falling:
			s.swung(i, falling, v, cellPixels(p, i))
		case w == rising && change > 0 || w == falling && change < 0:
			s.turn[i] = v
		}
	}
}

// begin takes the first picture as where all cells are.
func (s *swings) begin(p *detectors.Picture, value func(luma, cb, cr byte) byte) {
	s.start(len(p.Cells.Mean))
	for i, mean := range p.Cells.Mean {
		s.turn[i] = value(mean, p.Cells.Cb[i], p.Cells.Cr[i])
	}
}
