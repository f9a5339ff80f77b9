package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Tearing tells that the picture is torn: above a line it is of another moment than below.
var Tearing = detectors.Kind{
	Name: "tearing",
	Doc: "The picture is torn: above a line it is of another moment than below, and the line wanders, as where a frame " +
		"store, a screen grabber or a video card is read while it is written. Told where, in motion, a single row stands " +
		"out from those around it and was not there in the picture before, again and again for `for`, while the rest " +
		"of the rows stays where it was: rows that move together are a pan. A tear that stays in one row or wanders by less than two from " +
		"picture to picture, and one in little motion or in a picture that moves up or down only, are not found. A wipe from top to " +
		"bottom looks the same and is shorter. Unknown where nothing moves, and in interlaced pictures. Off, because it " +
		"has been tried on too little live material to promise that it keeps quiet; enable it where pictures come from a grabber or a frame store. " +
		"Source: own; the profile of the steps from row to row, with levels from five clips torn on purpose and 200 s of live ones.",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 3 * time.Second, Keep: 5 * time.Second},
	Off:      true,
	New:      newTearing,
}

const (
	// tearMotion is how much the rows change where there is motion enough to see a tear, in quarter
	// code values in the mean.
	tearMotion = 3
	// tearStep is how far, in eighths of a code value, a row must stand out from its neighbours and from what was
	// there before; tearAlone is how many times more than any other row.
	tearStep  = 10
	tearAlone = 2.0
	// tearMargin is the share of the height at the top and bottom that is left out, and tearAround how
	// many rows to either side belong to a tear.
	tearMargin = 0.04
	tearAround = 3
	// tearShift is by how many rows a picture may have moved up or down, and tearFits how much better, as a
	// share, its rows fit then.
	tearShift = 24
	tearFits  = 0.8
	// tearMemory is the share of what was seen that is kept from one moving picture to the next, and tearEnough
	// the share of torn ones from which the picture tears; half of that keeps it torn.
	tearMemory = 0.97
	tearEnough = 0.5
)

type tearing struct {
	previous   []byte // steps of the rows
	torn, seen float64
	since      time.Duration // the first torn one of those remembered
	last       time.Duration
	told       bool
}

func newTearing(decode func(any) error) (detectors.Detector, error) {
	return &tearing{}, decode(&struct{}{})
}

func (d *tearing) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || !p.HasPrevious || p.Interlaced || len(p.Rows.Change) != len(p.Rows.Step) {
		return detectors.Verdict{}
	}
	before := d.previous
	same := len(before) == len(p.Rows.Step)
	moves := same && mean(p.Rows.Change) >= tearMotion
	torn := moves && isTorn(p.Rows.Step, before)
	d.previous = append(d.previous[:0], p.Rows.Step...)
	if !moves {
		return detectors.Verdict{}
	}
	return d.judge(s.At, torn)
}

func (d *tearing) judge(at time.Duration, torn bool) detectors.Verdict {
	d.torn, d.seen = d.torn*tearMemory, d.seen*tearMemory+1
	if torn {
		if d.torn < tearEnough/2*d.seen { // what was before was not yet tearing
			d.since = at
		}
		d.torn, d.last = d.torn+1, at
	}
	share, limit := d.torn/d.seen, tearEnough
	if d.told {
		limit /= 2
	}
	switch {
	case d.seen < fieldsEnough:
		return detectors.Verdict{}
	case share < limit:
		v := detectors.Verdict{State: detectors.Clear, Score: min(share/tearEnough/2, 0.5)}
		if d.told {
			v.Lasted = at - d.last
		}
		d.told = false
		return v
	case at-d.last > fieldsPause:
		return detectors.Verdict{}
	}
	d.told = true
	return detectors.Verdict{
		State: detectors.Present, Score: max(min(share/tearEnough/2, 1), 0.5), Detail: "torn picture", Lasted: at - d.since,
	}
}

// isTorn tells whether a single row stands out that did not before.
func isTorn(steps, before []byte) bool {
	margin := max(int(tearMargin*float64(len(steps))), tearAround+1)
	row, most := 0, 0
	for y := margin; y < len(steps)-margin; y++ {
		if out := standsOut(steps, before, y); out > most {
			row, most = y, out
		}
	}
	if most < tearStep {
		return false
	}
	for y := margin; y < len(steps)-margin; y++ {
		if y >= row-tearAround && y <= row+tearAround {
			continue
		}
		if tearAlone*float64(standsOut(steps, before, y)) > float64(most) {
			return false
		}
	}
	return !rowsMoved(steps, before)
}

// rowsMoved tells whether the rows as they were before fit better somewhat higher or lower: the
// scene moves up or down, and with it the edges that lie in a row.
func rowsMoved(steps, before []byte) bool {
	misfit := func(shift int) float64 {
		sum, n := 0, 0
		for y := max(shift, 0); y < len(steps)+min(shift, 0); y += 2 {
			sum += distance(steps[y], before[y-shift])
			n++
		}
		return float64(sum) / float64(max(n, 1))
	}
	still := misfit(0)
	for shift := 1; shift <= min(tearShift, len(steps)/2); shift++ {
		if min(misfit(shift), misfit(-shift)) < tearFits*still {
			return true
		}
	}
	return false
}

// standsOut returns how far a row's step exceeds those around it, now and before.
func standsOut(steps, before []byte, y int) int {
	around := max(steps[y-3], steps[y-2], steps[y+2], steps[y+3], before[y-1], before[y], before[y+1])
	return int(steps[y]) - int(around)
}

func mean(values []byte) float64 {
	sum := 0
	for _, v := range values {
		sum += int(v)
	}
	return float64(sum) / float64(max(len(values), 1))
}
