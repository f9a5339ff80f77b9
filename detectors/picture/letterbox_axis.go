package picture

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

const (
	// barLuma is how far above black the mean of a line may be that is part of a bar.
	barLuma = 5
	// edgeStep is by how much the mean rises over edgeLines lines where a bar ends: far more than
	// in the dark part of a scene.
	edgeStep, edgeLines = 6, 3
	// edgeFilled is the share of the squares along the edge that must be brighter than black: the edge of a
	// picture goes from end to end, that of a title does not.
	edgeFilled = 0.5
	// smallestBars is the share of the lines that both bars take at least together: less is blanking.
	// sameBars is how much two measurements of the same bars differ, alike how much two bars do.
	smallestBars, sameBars, alikeBars = 0.03, 0.015, 0.04
)

// measured is the share of the lines that bars take, -1 where it cannot be told.
type measured float64

// axis follows the bars in one direction.
type axis struct {
	bars    float64       // share of the lines that both take
	since   time.Duration // since when
	settled bool          // bars and since are known

	next      float64 // what it will be when it has lasted
	nextSince time.Duration
	pending   bool
}

// step takes one measurement and tells whether it says anything.
func (a *axis) step(at time.Duration, m measured, lines int) bool {
	if m < 0 {
		return false
	}
	same := sameBars + 2/float64(lines)
	bars := float64(m)
	switch {
	case a.settled && math.Abs(bars-a.bars) <= same:
		a.pending = false
	case a.pending && math.Abs(bars-a.next) <= same:
		if at-a.nextSince >= boxSettle {
			a.bars, a.since, a.settled, a.pending = a.next, a.nextSince, true, false
		}
	default:
		a.next, a.nextSince, a.pending = bars, at, true
	}
	return true
}

// barsOf measures the bars at both ends of a profile.
func barsOf(p *detectors.Picture, profile *detectors.Profile, rows bool) measured {
	n := len(profile.Mean)
	limit := p.BlackLevel() + barLuma
	first, last := 0, n
	for first < n && float64(profile.Mean[first]) <= limit {
		first++
	}
	for last > first && float64(profile.Mean[last-1]) <= limit {
		last--
	}
	thin := int(smallestBars / 2 * float64(n))
	before, after := first, n-last
	switch {
	case first == last:
		return -1
	case before <= thin && after <= thin:
		return 0
	case before <= thin || after <= thin:
		// On one side there is picture up to the edge: what is dark on the other is in the picture.
		return 0
	case math.Abs(float64(before-after)) > alikeBars*float64(n):
		return -1
	case !isEdge(profile, first, 1) || !isEdge(profile, last-1, -1):
		return -1
	case !isFilled(p, first+1, rows) || !isFilled(p, last-2, rows):
		return -1
	}
	return measured(float64(before+after) / float64(n))
}

// isEdge tells whether the mean rises steeply at a line, in a direction.
func isEdge(profile *detectors.Profile, at, direction int) bool {
	inside, outside := at+(edgeLines-1)*direction, at-direction
	if inside < 0 || inside >= len(profile.Mean) || outside < 0 || outside >= len(profile.Mean) {
		return false
	}
	return int(profile.Mean[inside])-int(profile.Mean[outside]) >= edgeStep
}

// isFilled tells whether the squares along a row or column of pixels hold picture.
func isFilled(p *detectors.Picture, line int, row bool) bool {
	c := &p.Cells
	at := min(max(line, 0)/c.Size, c.Rows-1)
	first, step, n := at*c.Columns, 1, c.Columns
	if !row {
		at = min(max(line, 0)/c.Size, c.Columns-1)
		first, step, n = at, c.Columns, c.Rows
	}
	limit := byte(p.BlackLevel() + barLuma - 2) // the square may be half in the bar
	filled := 0
	for i := range n {
		if c.Mean[first+i*step] > limit {
			filled++
		}
	}
	return float64(filled) >= edgeFilled*float64(n)
}
