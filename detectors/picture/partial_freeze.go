package picture

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PartialFreeze tells that a rectangle of the picture stands still while the rest goes on.
var PartialFreeze = detectors.Kind{
	Name: "partial-freeze",
	Doc: "A rectangle of the picture stands still while the rest moves on: one window of a multiview, one half of a split " +
		"screen, or the lower part of a picture whose decoder gets no more of it. The rectangle must have been moving " +
		"for some seconds before, all over, must have stopped from one picture to the next with what it showed, and the " +
		"rest must have been moving and go on. What always stood still (graphics, bars around the picture, a still " +
		"background, a logo) does not count, nor does a caption that covers what moved. A cut starts over. Off by " +
		"default: where a programme is composed of windows, one of them may well hold a still on purpose, and in a picture " +
		"of little motion nothing can be said. Unknown until there has been motion all over. " +
		"Source: own; the means of cells, from one quarter of a second to the next.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 5 * time.Second, Keep: 2 * time.Second},
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "area", Default: "10%", Range: "2% to 90%",
			Doc: "Smallest share of the picture that counts."},
	},
	New: newPartialFreeze,
}

type partialFreezeSettings struct {
	Area detectors.Ratio `mapstructure:"area"`
}

const (
	// lookEvery is how often pictures are compared: motion slower than a few code values in this
	// time is not seen as such.
	lookEvery = 250 * time.Millisecond
	// cellLives is how much the mean of a cell changes, in code values, from one look to the next where
	// something moves; cellStirs how much a pixel does in the mean, in quarters, from most pictures to
	// the next where there is a camera at the other end. What is repeated and coded again stays below.
	cellLives, cellStirs = 3, 4
	// A rectangle is judged when it has stood still for stoodLooks. Of the livedWithin looks before that,
	// a cell must have moved in livedLooks to have lived. looksKept is both together.
	stoodLooks, livedWithin, livedLooks, looksKept = 4, 16, 6, 20
	// standingFill is the share of the cells of the rectangle that lived and stand still now, and
	// movingFill that of the cells outside, and of those along its border, that lived and go on to move.
	standingFill, movingFill = 0.9, 0.5
	// livedFill is the share of the rectangle that must have lived, livedRest that of the picture that
	// must have outside.
	livedFill, livedRest = 0.3, 0.1
	// lastMoved is the share of the cells that moved within the last looks before they stopped: those
	// of a window stop together.
	lastMoved = 0.7
	// stoodMoved is how far, in code values, a cell of the rectangle may come from where it stood, and
	// stoodShare how many may come farther.
	stoodMoved, stoodShare = 6, 0.15
	// jump is by how much more than usual the rectangle changes when something covers it.
	jump = 1.5
	// cutShare is the share of pixels that become brighter or darker at a cut.
	cutShare = 0.35
)

// partialFreeze looks a few times a second. For each cell it keeps in which of the last looks the
// cell had moved, as bits, the latest lowest.
type partialFreeze struct {
	settings partialFreezeSettings
	columns  int
	means    []byte    // at the last look
	history  []uint32  // of each cell
	stirred  []uint8   // in how many pictures since the last look the cell was not the same
	pictures int       // since the last look
	last     []uint8   // by how much the mean of a cell changed when it moved last
	usual    []float32 // and before, averaged
	weights  []int8    // of the cells, in a search
	sums     []int     // of the weights of columns
	looked   time.Duration
	looks    int
	burst    float64 // largest share of pixels that changed at once since the last look

	area   box    // that stands still, while there is one
	anchor []byte // means then
	since  time.Duration
	detail string
	found  bool
	state  detectors.State
}

func newPartialFreeze(decode func(any) error) (detectors.Detector, error) {
	d := &partialFreeze{settings: partialFreezeSettings{Area: 0.1}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("area", d.settings.Area, 0.02, 0.9)
}

func (d *partialFreeze) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if !isMeasured(p) {
		return detectors.Verdict{}
	}
	d.stir(p)
	d.burst = max(d.burst, p.Brighter+p.Darker)
	switch {
	case len(d.means) != len(p.Cells.Mean) || d.columns != p.Cells.Columns || d.burst > cutShare && !d.found:
		d.restart(s)
	case s.At-d.looked >= lookEvery:
		d.look(s)
	}
	v := detectors.Verdict{State: d.state}
	if d.found {
		v.Score, v.Detail, v.Lasted = 1, d.detail, s.At-d.since
	}
	return v
}

// stir counts in which cells something changed, be it the grain of a camera.
func (d *partialFreeze) stir(p *detectors.Picture) {
	if len(d.stirred) != len(p.Cells.Change) || d.pictures == 255 {
		return
	}
	d.pictures++
	for i, change := range p.Cells.Change {
		if change >= cellStirs {
			d.stirred[i]++
		}
	}
}

// restart forgets everything: another size, or a cut.
func (d *partialFreeze) restart(s detectors.Sample) {
	c := &s.Picture.Cells
	d.means, d.columns = append(d.means[:0], c.Mean...), c.Columns
	if len(d.history) != len(c.Mean) {
		d.history, d.stirred = make([]uint32, len(c.Mean)), make([]uint8, len(c.Mean))
		d.last, d.usual = make([]uint8, len(c.Mean)), make([]float32, len(c.Mean))
		d.weights = make([]int8, len(c.Mean))
	}
	clear(d.history)
	clear(d.stirred)
	clear(d.last)
	clear(d.usual)
	d.pictures = 0
	d.looked, d.looks, d.burst = s.At, 0, 0
	d.found, d.state = false, detectors.Unknown
}

// look takes one more look at all cells.
func (d *partialFreeze) look(s detectors.Sample) {
	c := &s.Picture.Cells
	for i, mean := range c.Mean {
		moved, by := uint32(0), distance(mean, d.means[i])
		if by >= cellLives || 2*int(d.stirred[i]) > d.pictures {
			moved = 1
			d.usual[i] += (float32(d.last[i]) - d.usual[i]) / 4
			d.last[i] = uint8(by)
		}
		d.stirred[i] = 0
		d.history[i] = d.history[i]<<1 | moved
		d.means[i] = mean
	}
	d.looks++
	d.looked, d.pictures, d.burst = s.At, 0, 0
	if d.found {
		d.found = d.standsStill(c)
		d.state = detectors.Clear
		if d.found {
			d.state = detectors.Present
		}
		return
	}
	if d.looks < looksKept {
		return
	}
	d.state = detectors.Clear
	area, ok := d.search(c)
	if !ok || d.jumped(area) {
		return
	}
	d.found, d.state, d.area = true, detectors.Present, area
	d.anchor = append(d.anchor[:0], c.Mean...)
	d.since = s.At - stoodLooks*lookEvery
	d.detail = fmt.Sprintf("frozen rectangle of %d%% of the picture, %s", 100*area.cells()/len(c.Mean), where(area, c))
}

// jumped tells whether the last thing that happened in a rectangle was more than what happened there
// before: something covered it.
func (d *partialFreeze) jumped(b box) bool {
	var last, usual float32
	for y := b.top; y < b.bottom; y++ {
		for i := y*d.columns + b.left; i < y*d.columns+b.right; i++ {
			if lived(d.history[i]) {
				last += float32(d.last[i])
				usual += d.usual[i]
			}
		}
	}
	return last > jump*usual
}

// lived tells whether a cell moved often before the last looks.
func lived(history uint32) bool {
	return bits.OnesCount32(history>>stoodLooks&(1<<livedWithin-1)) >= livedLooks
}

// stands tells whether a cell did not move in the last looks.
func stands(history uint32) bool { return history&(1<<stoodLooks-1) == 0 }

// search looks for a rectangle that stopped stoodLooks ago.
func (d *partialFreeze) search(c *detectors.Cells) (box, bool) {
	total := 0
	for i, h := range d.history {
		d.weights[i] = weight(h)
		if d.weights[i] > 0 {
			total++
		}
	}
	if float64(total) < livedFill*float64(d.settings.Area)*float64(len(d.history)) {
		return box{}, false
	}
	b := d.heaviest(c)
	large := float64(b.cells()) >= float64(d.settings.Area)*float64(len(d.history))
	return b, large && d.isWindow(c, b)
}

// weight is positive for a cell that lived and stands still, negative for one that goes on.
func weight(h uint32) int8 {
	switch {
	case !lived(h):
		return 0
	case stands(h):
		return 1
	}
	return -2
}

// heaviest returns the rectangle with the largest sum of weights, by Kadane's method for each pair of rows.
func (d *partialFreeze) heaviest(c *detectors.Cells) box {
	if len(d.sums) != c.Columns {
		d.sums = make([]int, c.Columns)
	}
	var best box
	most := 0
	for top := range c.Rows {
		clear(d.sums)
		for bottom := top; bottom < c.Rows; bottom++ {
			row := d.weights[bottom*c.Columns : (bottom+1)*c.Columns]
			sum, left := 0, 0
			for x, w := range row {
				d.sums[x] += int(w)
				if sum <= 0 {
					sum, left = 0, x
				}
				if sum += d.sums[x]; sum > most {
					most, best = sum, box{left, top, x + 1, bottom + 1}
				}
			}
		}
	}
	return best
}

// isWindow tells whether a rectangle stopped all over and at once, and the rest goes on up to its border.
func (d *partialFreeze) isWindow(c *detectors.Cells, b box) bool {
	var in, out, border struct{ lived, count int }
	late := 0 // of those that stand, that moved shortly before
	for i, h := range d.history {
		if !lived(h) {
			continue
		}
		x, y := i%c.Columns, i/c.Columns
		switch gap := b.outside(x, y); {
		case gap == 0:
			in.lived++
			if stands(h) {
				in.count++
				if h>>stoodLooks&0b1111 != 0 {
					late++
				}
			}
		case gap > 1: // the squares half in it tell nothing
			out.lived++
			moves := 0
			if h&0b11 != 0 { // what moved before that may have stopped, too, a moment later
				moves = 1
			}
			out.count += moves
			if gap <= 4 {
				border.lived, border.count = border.lived+1, border.count+moves
			}
		}
	}
	all := float64(len(d.history))
	share := func(part, of int, least float64) bool { return of > 0 && float64(part) >= least*float64(of) }
	return share(in.lived, b.cells(), livedFill) && share(in.count, in.lived, standingFill) && share(late, in.count, lastMoved) &&
		float64(out.lived) >= livedRest*all && share(out.count, out.lived, movingFill) && share(border.count, border.lived, movingFill)
}

// outside returns how many cells a cell is away from a box, 0 inside.
func (b box) outside(x, y int) int {
	return max(b.left-x, x-b.right+1, b.top-y, y-b.bottom+1, 0)
}

// standsStill tells whether the rectangle is as it was when it stopped.
func (d *partialFreeze) standsStill(c *detectors.Cells) bool {
	moved := 0
	for y := d.area.top; y < d.area.bottom; y++ {
		for i := y*c.Columns + d.area.left; i < y*c.Columns+d.area.right; i++ {
			if distance(c.Mean[i], d.anchor[i]) > stoodMoved {
				moved++
			}
		}
	}
	return float64(moved) <= stoodShare*float64(d.area.cells())
}

// where names the place of a rectangle.
func where(b box, c *detectors.Cells) string {
	down, across := "", ""
	switch centre := b.top + b.bottom; {
	case 3*centre < 2*c.Rows:
		down = "at the top"
	case 3*centre > 4*c.Rows:
		down = "at the bottom"
	}
	switch centre := b.left + b.right; {
	case 3*centre < 2*c.Columns:
		across = "left"
	case 3*centre > 4*c.Columns:
		across = "right"
	}
	switch {
	case down == "" && across == "":
		return "in the middle"
	case down == "":
		return "at the " + across
	case across == "":
		return down
	}
	return down + " " + across
}
