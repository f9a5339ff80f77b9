package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Freeze tells that the picture stands still.
var Freeze = detectors.Kind{
	Name: "freeze",
	Doc: "The picture stands still: it stays the same as a reference picture, the first of the still ones. Compared " +
		"are the means of small squares, in which the noise of a source and of a codec, and the pulsing of its " +
		"groups of pictures, cancel out, while whatever moves, fades or is written changes some squares much; so a " +
		"freeze is found after it was coded again, and a nearly still programme is none. Any still picture counts, " +
		"a slide and colour bars too; a ticking clock or a ticker makes it a live one unless `ignore_area` says " +
		"that so much may move. A static camera on an empty place may stand still for some seconds: give it a longer " +
		"`for`. On a flat picture (black, one colour, black with a logo) this is unknown: a black " +
		"picture is not a frozen one. " +
		"Source: the reference is that of FFmpeg's freezedetect; the levels lie between 126 freezes of seven clips, " +
		"coded again with noise 0 to 6 at 0.4, 1.5 and 4 Mb/s, and 450 s of live clips.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 5 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "ignore_area", Default: "0%", Range: "0% to 30%",
			Doc: "Share of the picture that may move while it counts as frozen: about 1% for a clock, 10% for a ticker."},
	},
	New: newFreeze,
}

type freezeSettings struct {
	IgnoreArea detectors.Ratio `mapstructure:"ignore_area"`
}

const (
	// oneCellMoved is how much the mean of one cell, in code values, differs from the reference
	// when something moved in it. Coding a still picture again, with noise and starved of bits,
	// changes the mean of a cell by less than 10; a digit of a clock changes it by 20 and more.
	oneCellMoved = 12
	// cellsMoved is the same for many cells: when more than cellsMovedShare of all differ by so
	// much, the picture as a whole fades, pans or zooms.
	cellsMoved      = 8
	cellsMovedShare = 0.002
	// cellStirred is how much a cell changes from one picture to the next where something moves that
	// has not moved far yet. In a freeze, coded again, at most a few in a thousand cells change by
	// so much; stirredShare is more than that.
	cellStirred  = 3
	stirredShare = 0.01
	// settle is how long a picture must stand still to be called still at all, so that a live
	// picture that pauses for a moment does not keep an ended freeze open.
	settle = 500 * time.Millisecond
	// flatRange is how much the cells of a flat picture may differ, in code values, and flatShare
	// how many may be exceptions.
	flatRange = 6
	flatShare = 0.005
	// blackShare is how much of a picture is dark that counts as black, perhaps with a logo.
	blackShare = 0.92
)

type freeze struct {
	settings  freezeSettings
	reference []byte // cell means
	previous  []byte // cell means of the picture before
	columns   int
	still     run
	frozen    bool // as last said
	thawed    bool // it was frozen, and only flat pictures came since
}

// run is the pictures since the reference that stand still.
type run struct {
	count int
	onset time.Duration // of the first that truly repeats
	first time.Duration
	found bool // whether the onset is
}

func newFreeze(decode func(any) error) (detectors.Detector, error) {
	d := &freeze{}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("ignore_area", d.settings.IgnoreArea, 0, 0.3)
}

func (d *freeze) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || len(p.Cells.Mean) == 0 {
		return detectors.Verdict{}
	}
	if len(d.reference) != len(p.Cells.Mean) || d.columns != p.Cells.Columns {
		// Nothing to compare with; another size is another picture.
		first := d.reference == nil
		d.refer(p)
		if first {
			return detectors.Verdict{}
		}
		return d.moving(p, 0)
	}
	stirred := d.stirred(p)
	motion := d.motion(p)
	if motion > 1 {
		d.refer(p)
		return d.moving(p, 0.5/motion)
	}
	return d.standing(s, 1-motion/2, stirred)
}

// refer starts over with this picture as the reference.
func (d *freeze) refer(p *detectors.Picture) {
	d.reference = append(d.reference[:0], p.Cells.Mean...)
	d.previous = append(d.previous[:0], p.Cells.Mean...)
	d.columns, d.still = p.Cells.Columns, run{}
}

// moving answers for a picture that differs from the reference.
func (d *freeze) moving(p *detectors.Picture, score float64) detectors.Verdict {
	d.thawed = (d.frozen || d.thawed) && isFlat(p)
	d.frozen = false
	if isFlat(p) && !d.thawed {
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Clear, Score: score}
}

// standing answers for a picture that is the same as the reference.
func (d *freeze) standing(s detectors.Sample, score float64, stirred bool) detectors.Verdict {
	switch {
	case isFlat(s.Picture) && d.thawed:
		// What was frozen is gone; whether this is still, too, cannot be told.
		return detectors.Verdict{State: detectors.Clear}
	case isFlat(s.Picture):
		return detectors.Verdict{}
	case !d.still.step(s.At, stirred):
		return detectors.Verdict{State: detectors.Clear, Score: 0.5}
	}
	d.frozen, d.thawed = true, false
	return detectors.Verdict{
		State: detectors.Present, Score: score, Detail: "frozen picture", Lasted: s.At - d.still.onset,
	}
}

// motion is how far a picture is from the reference: above 1 it is another one. Two things count:
// the cell that changed most (after those that may move), and how many changed considerably.
func (d *freeze) motion(p *detectors.Picture) float64 {
	var counts [256]int
	for i, mean := range p.Cells.Mean {
		counts[distance(mean, d.reference[i])]++
	}
	cells := float64(len(p.Cells.Mean))
	ignored := float64(d.settings.IgnoreArea) * cells
	most, many, sum := 0, 0, 0
	for change := 255; change > 0; change-- {
		sum += counts[change]
		if most == 0 && float64(sum) > ignored {
			most = change
		}
		if change == cellsMoved {
			many = sum
		}
	}
	share := max(float64(many)-ignored, 0) / max(cellsMovedShare*cells, 1)
	// A change of exactly oneCellMoved is motion, a count of exactly the share is not.
	return max(float64(most)/(oneCellMoved-0.5), share)
}

// stirred tells whether something moves between the picture before and this one.
func (d *freeze) stirred(p *detectors.Picture) bool {
	ignored := float64(d.settings.IgnoreArea) * float64(len(p.Cells.Mean))
	stirred := 0
	for i, mean := range p.Cells.Mean {
		if distance(mean, d.previous[i]) >= cellStirred {
			stirred++
		}
		d.previous[i] = mean
	}
	return float64(stirred)-ignored > max(stirredShare*float64(len(p.Cells.Mean)), 1)
}

// step takes one more still picture and tells whether it is settled that it stands still. The
// reference may be somewhat older than the freeze, when little moved before it: as long as the
// pictures after it go on to move a little, they were live.
func (r *run) step(at time.Duration, stirred bool) bool {
	r.count++
	if r.count == 1 {
		r.first, r.onset = at, at
	}
	if !r.found {
		r.onset, r.found = at, !stirred
	}
	return r.count > 1 && at-r.first >= settle
}

// isFlat tells whether there is nothing in a picture by which one could see that it stands still:
// one colour, or black, perhaps with a logo.
func isFlat(p *detectors.Picture) bool {
	all := histogramOf(p.Cells.Mean)
	middle := all.quantile(0.5)
	if all.outside(middle-flatRange, middle+flatRange) <= flatShare {
		return true
	}
	level := int(p.BlackLevel() + 0.07*(p.WhiteLevel()-p.BlackLevel()))
	dark := all.upTo(level)
	return dark.total >= blackShare*all.total && dark.spread() <= darkRange
}
