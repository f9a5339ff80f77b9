package picture

import (
	"encoding/binary"
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// A box is a cell that stands out from its surroundings on two of its sides or more. Blocks that
// were decoded wrongly make boxes where macroblocks lie. Content makes as many half a cell
// further, so the cells that are made of the lines through the middles tell how many boxes there
// are by chance.

const (
	// How far a side stands out, in quarter code values. What a starved codec leaves at its blocks is
	// many weak steps and few strong ones: where six code values are exceeded, twelve are at less
	// than starvedShare of the boxes. At damage it is more than half.
	weakSeam     = 24
	strongSeam   = 48
	starvedShare = 0.3
	// A box of three or four sides counts as much as three of two: few are made by chance.
	fullBox = 3
	// The variance that is there even without any boxes, so that a few of them, which any picture may
	// have, are not yet evidence.
	weakVariance   = 6
	strongVariance = 4
	// Boxes of weak sides are evidence as far as there are strong ones too: strongLeads times the
	// evidence of these, and a little that all pictures are allowed.
	strongLeads = 3
	weakAlone   = 0.3
)

// boxes counts the boxes of pictures. Sides that stand out are few, so it only remembers the cells
// that have one.
type boxes struct {
	columns, rows int
	sides         []uint8 // of each cell, see [strongSide]; 0 between calls
	touched       []int32 // cells with sides
}

// tally is what was found in one picture.
type tally struct {
	evidence float64 // boxes on the grid over those beside it, in standard deviations
	share    float64 // of the picture that these take
}

// sidedBoxes are the boxes with two sides, and with more.
type sidedBoxes struct{ two, full int }

// boxesFound are the boxes of sides of each strength.
type boxesFound struct{ weak, strong sidedBoxes }

// fit makes ready for pictures of some geometry; it is false where there is nothing to count.
func (b *boxes) fit(c *detectors.Cells) bool {
	n := c.Columns * c.Rows
	if c.Columns < 4 || c.Rows < 4 || len(c.SeamAcross) != n || len(c.SeamDown) != n ||
		len(c.MiddleAcross) != n || len(c.MiddleDown) != n {
		return false
	}
	if len(b.sides) != n {
		b.sides = make([]uint8, n)
		b.touched = make([]int32, 0, n)
	}
	b.columns, b.rows = c.Columns, c.Rows
	return true
}

// count compares the boxes on the grid with those half a cell further.
func (b *boxes) count(c *detectors.Cells) tally {
	grid := b.find(c.SeamAcross, c.SeamDown)
	beside := b.find(c.MiddleAcross, c.MiddleDown)
	weak, weakSquare := compare(grid.weak, beside.weak)
	strong, strongSquare := compare(grid.strong, beside.strong)
	evidence := weak / math.Sqrt(weakSquare+weakVariance)
	strong -= starvedShare * max(weak, 0)
	strong /= math.Sqrt(strongSquare + starvedShare*starvedShare*weakSquare + strongVariance)
	boxes := grid.weak.two + grid.weak.full - beside.weak.two - beside.weak.full
	return tally{
		evidence: max(0, min(evidence, weakAlone+strongLeads*max(strong, 0))),
		share:    max(float64(boxes), 0) / float64(b.columns*b.rows),
	}
}

// compare returns by how much one weighted count of boxes exceeds another, and the variance of that:
// of independent boxes it is the sum of the squared weights.
func compare(a, b sidedBoxes) (excess, variance float64) {
	excess = float64(a.two-b.two) + fullBox*float64(a.full-b.full)
	variance = float64(a.two+b.two) + fullBox*fullBox*float64(a.full+b.full)
	return excess, variance
}

// find counts the cells with two sides that stand out, and those with more. Cells at the picture's
// edge have no four sides and do not count.
func (b *boxes) find(across, down []byte) boxesFound {
	b.each(across, 1)
	b.each(down, b.columns)
	var f boxesFound
	for _, i := range b.touched {
		column, row := int(i)%b.columns, int(i)/b.columns
		n := b.sides[i]
		b.sides[i] = 0
		if column == 0 || row == 0 || column == b.columns-1 || row == b.rows-1 {
			continue
		}
		f.weak.add(n & (strongSide - 1))
		f.strong.add(n / strongSide)
	}
	b.touched = b.touched[:0]
	return f
}

func (s *sidedBoxes) add(sides uint8) {
	switch {
	case sides == 2:
		s.two++
	case sides > 2:
		s.full++
	}
}

// each gives a side to the two cells at every line that stands out: the cell whose map has it, and
// the one that lies back cells before. Eight are looked at together, for most have none.
func (b *boxes) each(lines []byte, back int) {
	i := 0
	for ; i+8 <= len(lines); i += 8 {
		word := binary.LittleEndian.Uint64(lines[i:])
		// Adding to the low seven bits carries into the top one above weakSeam; values from 128 on have it.
		const low, high = 0x7f7f7f7f7f7f7f7f, 0x8080808080808080
		if (word&low+(127-weakSeam)*0x0101010101010101|word)&high == 0 {
			continue
		}
		for j := i; j < i+8; j++ {
			b.side(lines, j, back)
		}
	}
	for ; i < len(lines); i++ {
		b.side(lines, i, back)
	}
}

// strongSide counts the strong sides of a cell above the bits that count all of them.
const strongSide = 16

func (b *boxes) side(lines []byte, i, back int) {
	if lines[i] <= weakSeam {
		return
	}
	n := uint8(1)
	if lines[i] > strongSeam {
		n += strongSide
	}
	b.touch(i, n)
	if i >= back {
		b.touch(i-back, n)
	}
}

func (b *boxes) touch(i int, n uint8) {
	if b.sides[i] == 0 {
		b.touched = append(b.touched, int32(i))
	}
	b.sides[i] += n
}
