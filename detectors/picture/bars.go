package picture

import (
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// The colours of bars as sets of the components that are high: bit 0 red, bit 1 green, bit 2 blue.
// Their order in bars is that of falling luma: white, yellow, cyan, green, magenta, red, blue.
const (
	noPatch = 0 // cells of no colour of bars, black among them
	white   = 7
)

var barsOrder = [6]uint8{3, 6, 2, 5, 1, 4} // yellow to blue

const (
	// patchSpread is the spread of a cell, in halves of a code value, up to which it is flat: noise
	// and coding stay below.
	patchSpread = 24
	// patchHigh is the least amplitude of a colour (bars of PQ stand at 58 %), patchTolerance how
	// far its components may be from being equal, as a share of the range, and patchAgree how far
	// the colours of one row may differ in amplitude.
	patchHigh, patchTolerance, patchAgree = 0.45, 0.13, 0.2
	// patchWhite is the least level of the white bar: 75 % or 100 %, or 58 % in PQ.
	patchWhite = 0.5
	// patchGap is how many cells there may be between two bars: those on the border.
	patchGap = 2
	// saturatedShare of the chroma samples must lie beyond 42 code values from neutral to either side,
	// for both components, before a picture is searched: bars have yellow, blue, cyan and red.
	saturatedShare = 0.002
	saturatedBins  = 21 // of four code values: below 84, from 172
)

// found is the bars in a picture, as shares of its area.
type found struct {
	standard float64 // white and the six colours in the order of bars, or mirrored
	row      float64 // rows of the six colours in any order, those in standard included
	column   int     // of the first cell of the six
}

// barsFinder looks for bars. It remembers the matrix by which it found the last ones.
type barsFinder struct {
	matrix int
	runs   []patchRun
	six    [6]patchRun
}

// patchRun is a run of cells of one colour in a row.
type patchRun struct {
	colour    uint8
	from, to  int // columns; to is not in it
	high, low float64
}

func (f *barsFinder) find(p *detectors.Picture) found {
	if !p.HasChroma || !hasAllHues(p) {
		return found{}
	}
	var best found
	for n := range matrices {
		m := (f.matrix + n) % len(matrices)
		if got := f.search(p, matrices[m]); got.row > best.row {
			best, f.matrix = got, m
			if n == 0 { // what was found by the matrix of the picture before is not looked for by another
				break
			}
		}
	}
	return best
}

// hasAllHues tells whether both components of chroma go far to either side.
func hasAllHues(p *detectors.Picture) bool {
	for _, c := range []*detectors.Component{&p.Cb, &p.Cr} {
		var low, high float32
		for i := range saturatedBins {
			low += c.Histogram[i]
			high += c.Histogram[len(c.Histogram)-1-i]
		}
		if low < saturatedShare || high < saturatedShare {
			return false
		}
	}
	return true
}

// search adds up the rows of cells that show bars. In a large picture every second one tells.
func (f *barsFinder) search(p *detectors.Picture, m matrix) found {
	c := &p.Cells
	step := 1
	if c.Rows > 40 {
		step = 2
	}
	var sum found
	for y := 0; y < c.Rows; y += step {
		f.patches(p, m, y)
		if standard, loose := f.row(); loose > 0 {
			sum.standard += float64(standard * step)
			sum.row += float64(loose * step)
			sum.column = f.six[0].to
		}
	}
	total := float64(len(c.Mean))
	return found{standard: sum.standard / total, row: sum.row / total, column: sum.column}
}

// patches fills f.runs with the runs of a row.
func (f *barsFinder) patches(p *detectors.Picture, m matrix, y int) {
	c := &p.Cells
	f.runs = f.runs[:0]
	for x := range c.Columns {
		i := y*c.Columns + x
		if c.Spread[i] > patchSpread {
			continue
		}
		r, g, b := m.rgb(p, c.Mean[i], c.Cb[i], c.Cr[i])
		colour, high, low := patchOf(r, g, b)
		if colour == noPatch {
			continue
		}
		if n := len(f.runs); n > 0 && f.runs[n-1].colour == colour && x-f.runs[n-1].to <= patchGap {
			f.runs[n-1].grow(x+1, high, low)
			continue
		}
		f.runs = append(f.runs, patchRun{colour: colour, from: x, to: x + 1, high: high, low: low})
	}
}

// grow takes one more cell. The amplitude is that of the purest: those on the border are mixed.
func (r *patchRun) grow(to int, high, low float64) {
	r.to = to
	if high-low > r.high-r.low {
		r.high, r.low = high, low
	}
}

// patchOf tells which colour of bars a colour is, whatever their amplitude.
func patchOf(r, g, b float64) (colour uint8, high, low float64) {
	high, low = max(r, g, b), min(r, g, b)
	if high-low <= patchTolerance {
		if high < patchWhite {
			return noPatch, 0, 0
		}
		return white, high, low
	}
	if high < patchHigh || high > 1.2 || low > high/3 || low < -0.2 {
		return noPatch, 0, 0
	}
	for i, v := range [3]float64{r, g, b} {
		switch {
		case high-v <= patchTolerance:
			colour |= 1 << i
		case v-low > patchTolerance:
			return noPatch, 0, 0
		}
	}
	return colour, high, low
}

// row returns how many cells of the row are bars of the standard order, and of any order.
func (f *barsFinder) row() (standard, loose int) {
	for i := range f.runs {
		next, ok := f.take(i)
		if !ok {
			continue
		}
		pitch, ok := evenBars(&f.six)
		if !ok {
			continue
		}
		from, to := f.six[0].from, f.six[5].to
		loose = to - from
		switch {
		case !adjacent(&f.six):
		case inOrder(&f.six, false) && i > 0 && isWhiteBar(f.runs[i-1], from-f.runs[i-1].to, pitch):
			standard = loose + min(f.runs[i-1].to-f.runs[i-1].from, int(pitch+1))
		case inOrder(&f.six, true) && next < len(f.runs) && isWhiteBar(f.runs[next], f.runs[next].from-to, pitch):
			standard = loose + min(f.runs[next].to-f.runs[next].from, int(pitch+1))
		}
		return standard, loose
	}
	return 0, 0
}

// take puts the run i and those after it, without white, into f.six, and tells whether they are the
// six colours, of one amplitude; next is the run after them.
func (f *barsFinder) take(i int) (next int, ok bool) {
	count, seen := 0, uint8(0)
	for next = i; next < len(f.runs) && count < len(f.six); next++ {
		r := f.runs[next]
		switch {
		case r.colour == white && count > 0:
			continue
		case r.colour == white || seen&(1<<r.colour) != 0:
			return next, false
		}
		seen |= 1 << r.colour
		f.six[count] = r
		count++
	}
	return next, count == len(f.six) && agree(&f.six)
}

// agree tells whether bars are of one amplitude.
func agree(six *[6]patchRun) bool {
	high, low := [2]float64{1, 0}, [2]float64{1, 0} // smallest and largest
	for _, r := range six {
		high = [2]float64{min(high[0], r.high), max(high[1], r.high)}
		low = [2]float64{min(low[0], r.low), max(low[1], r.low)}
	}
	return high[1]-high[0] <= patchAgree && low[1]-low[0] <= patchAgree
}

// adjacent tells whether each bar lies beside the next.
func adjacent(six *[6]patchRun) bool {
	for i := 1; i < len(six); i++ {
		if six[i].from-six[i-1].to > patchGap {
			return false
		}
	}
	return true
}

// evenBars tells whether runs are where bars of one width are, and returns that width. Up to two bars,
// black or white, may lie between two of them. Of the first and the last only the inner edge counts: they may
// go on into something of their colour, or be cut by the edge of the picture.
func evenBars(six *[6]patchRun) (pitch float64, ok bool) {
	var centre [6]float64
	for i, r := range six {
		centre[i] = float64(r.from+r.to) / 2
	}
	pitch = min(centre[2]-centre[1], centre[3]-centre[2], centre[4]-centre[3])
	between := 0.0
	for i := 2; i < 5; i++ {
		between += math.Round((centre[i] - centre[i-1]) / pitch)
	}
	pitch = (centre[4] - centre[1]) / between
	within := 0.75 + pitch/8
	onGrid := func(distance float64) bool {
		bars := math.Round(distance / pitch)
		return bars >= 0 && bars <= 2 && math.Abs(distance-bars*pitch) <= within
	}
	for i := 1; i < 5; i++ {
		if w := float64(six[i].to - six[i].from); w > pitch+1 || w < pitch/2-1 {
			return 0, false
		}
		if i > 1 && !onGrid(centre[i]-centre[i-1]-pitch) {
			return 0, false
		}
	}
	return pitch, onGrid(centre[1]-pitch/2-float64(six[0].to)) && onGrid(float64(six[5].from)-centre[4]-pitch/2)
}

func inOrder(six *[6]patchRun, mirrored bool) bool {
	for i, r := range six {
		if mirrored {
			i = 5 - i
		}
		if r.colour != barsOrder[i] {
			return false
		}
	}
	return true
}

func isWhiteBar(r patchRun, gap int, pitch float64) bool {
	return r.colour == white && gap <= patchGap && float64(r.to-r.from) >= pitch/2-1
}
