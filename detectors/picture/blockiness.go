package picture

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Blockiness tells that a codec was starved until its blocks can be seen.
var Blockiness = detectors.Kind{
	Name: "blockiness",
	Doc: "The blocks of a codec can be seen: the picture was compressed too much, here or upstream. Luma steps over the " +
		"edges of a regular grid (period and phase are found in the picture, so blocks that were shifted count too, and " +
		"those that were enlarged by a whole factor) by clearly more than it does beside them, across and " +
		"down (one way will do where motion shifts the blocks the other way), and most of the time over ten seconds. " +
		"A grid that can be measured but not seen is none: detail hides " +
		"steps, so they must be the higher the more there is. Text, tables and patterns are no blocks, because blocks are " +
		"everywhere and smooth inside. H.264, HEVC, VP9 and AV1 at their usual settings smooth their " +
		"block edges: starved, they go soft instead, and this detector does not see it. " +
		"Source: the steps over a grid against those beside it, as in Wang, Sheikh and Bovik, No-reference perceptual " +
		"quality assessment of JPEG compressed images (2002); the level lies between MPEG-2 with a quantiser of 8 and 16.",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 10 * time.Second, Keep: 10 * time.Second},
	Settings: []detectors.Setting{
		{Name: "step", Default: "1", Range: "0.2 to 20",
			Doc: "How much higher the steps over block edges are than those beside them, beyond what detail hides, in code values of luma."},
	},
	New: newBlockiness,
}

type blockinessSettings struct {
	Step float64 `mapstructure:"step"`
}

const (
	// gridClarity is the clarity of a grid that is no chance.
	gridClarity = 6
	// ownClarity is the clarity from which a grid that begins at the corner needs no other, and oneWay is what
	// its steps count for then.
	ownClarity = 15
	oneWay     = 0.6
	// masking is the part of the activity beside a step that hides it.
	masking = 0.4
	// highestStep is the mean step, in code values, above which a grid was drawn rather than coded:
	// a test pattern. The worst that a codec does at its coarsest is 10.
	highestStep = 14
	// A cell shows its border when the steps over it are above borderOver times those inside it, and by
	// borderAbove quarter code values. In 2 to 12 % of the cells of a clean picture they are.
	borderOver, borderAbove = 2, 4
	borderShare             = 0.15
	// blockMemory is the time over which pictures are averaged: a group of pictures is coarser in
	// some of its pictures than in others.
	blockMemory = 2 * time.Second
	// blockWorst is that of a key picture that is much coarser than the others.
	blockWorst = 4
	// blockHysteresis is how far the average must fall below the level to be clear again.
	blockHysteresis = 0.8
)

type blockiness struct {
	settings blockinessSettings
	average  smooth
	visible  bool
	blocks   since // how long there have been some
}

func newBlockiness(decode func(any) error) (detectors.Detector, error) {
	d := &blockiness{settings: blockinessSettings{Step: 1}, average: smooth{memory: blockMemory}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("step", d.settings.Step, 0.2, 20)
}

func (d *blockiness) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || p.GridAcross.Period == 0 || p.GridDown.Period == 0 || p.Deviation < flatDeviation {
		return detectors.Verdict{}
	}
	step := visibleStep(p)
	// The worst counts as blockWorst times the limit at most, so that it is forgotten in time.
	level := d.average.add(s.At, min(step, blockWorst*d.settings.Step))
	if !d.visible {
		d.blocks.mark(s.At, step >= d.settings.Step/2)
	}
	limit := d.settings.Step
	if d.visible {
		limit *= blockHysteresis
	}
	v := detectors.Verdict{State: detectors.Clear, Score: min(level/(2*d.settings.Step), 1)}
	if d.visible = level >= limit; d.visible {
		v.State, v.Detail, v.Lasted = detectors.Present, "visible blocks", s.At-d.blocks.began
		v.Score = max(v.Score, 0.5)
	} else {
		v.Score = min(v.Score, 0.5)
	}
	return v
}

// visibleStep returns how high the steps over the blocks of a picture are beyond what hides them,
// in code values; 0 where there are no blocks. Both ways count alike. Where the picture moves one way,
// the blocks that were predicted move off their grid in that one, so that the other way must do.
func visibleStep(p *detectors.Picture) float64 {
	across, down := &p.GridAcross, &p.GridDown
	a, b := beyondMasking(across), beyondMasking(down)
	step := 0.0
	if sameBlocks(across.Period, down.Period) {
		step = math.Sqrt(a * b)
	}
	if own(across) {
		step = max(step, oneWay*a)
	}
	if own(down) {
		step = max(step, oneWay*b)
	}
	if step > 0 && (onCells(across) || onCells(down)) && bordered(&p.Cells) < borderShare {
		return 0
	}
	return step
}

// own tells whether a grid is certainly that of the codec this stream came with.
func own(g *detectors.Grid) bool { return onCells(g) && g.Clarity >= ownClarity }

func beyondMasking(g *detectors.Grid) float64 {
	step := g.Step - g.Around
	if g.Clarity < gridClarity || step > highestStep {
		return 0
	}
	return max(step-masking*g.Around, 0)
}

// sameBlocks tells whether two periods can be those of one grid. Blocks of several sizes show the
// grid of the smaller or of the larger ones, and field-coded ones are twice as high.
func sameBlocks(across, down int) bool {
	ratio := max(across, down) / min(across, down)
	return max(across, down)%min(across, down) == 0 && (ratio == 1 || ratio == 2 || ratio == 4)
}

// onCells tells whether the cells of the picture end on lines of the grid.
func onCells(g *detectors.Grid) bool {
	return g.Phase == 0 && (g.Period == 4 || g.Period == 8 || g.Period == 16)
}

// bordered returns the share of cells that are smooth inside and have a step at their border.
func bordered(c *detectors.Cells) float64 {
	if c.Columns < 2 || c.Rows < 2 {
		return 0
	}
	count := 0
	for i := c.Columns; i < len(c.Border); i++ {
		if int(c.Border[i]) > borderOver*int(c.Detail[i])+borderAbove {
			count++
		}
	}
	return float64(count) / float64(len(c.Border)-c.Columns)
}
