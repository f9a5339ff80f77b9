package hwaccel

import (
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// The periods that findGrid looks for. Those up to half the longest are found by folding once more
// the sums of their largest multiple.
const (
	shortestGrid = 4
	longestGrid  = 32
)

// findGrid looks in a profile of steps (one sum for each column or row, of pixels*unit each) for the
// regular lines that stand out best. Each entry is first compared with its two neighbours, which
// takes away what is broad, and cut at four times the mean of that, so that one strong edge of the
// scene or of a frame around it does not decide. Then, for each period and phase, the mean at the
// lines is taken in standard errors: as twice the period has half the lines, the true one wins over
// its multiples, and over its divisors because those mix in places without lines.
func findGrid(steps []uint32, pixels float64) detectors.Grid {
	if len(steps) < 2*longestGrid {
		return detectors.Grid{}
	}
	limit := cut(steps)
	if limit == 0 {
		return detectors.Grid{}
	}
	var g gridSearch
	g.run(steps, limit)
	return g.describe(steps, pixels)
}

// excess returns by how much, doubled, an entry exceeds its neighbours.
func excess(steps []uint32, x int) int64 {
	return 2*int64(steps[x]) - int64(steps[x-1]) - int64(steps[x+1])
}

// cut returns four times the mean absolute excess. Entry 0 is no step, so 1 has no neighbour.
func cut(steps []uint32) int64 {
	var sum int64
	for x := 2; x < len(steps)-1; x++ {
		e := excess(steps, x)
		sum += max(e, -e)
	}
	return 4 * sum / int64(len(steps)-3)
}

type gridSearch struct {
	sums  [longestGrid + 1][longestGrid]int64 // of the excess, by period and phase
	total int64
	n     int // entries
	error float64
	best  detectors.Grid
}

func (g *gridSearch) run(steps []uint32, limit int64) {
	var memory [MaxSide]int32
	var square float64
	excesses := memory[:len(steps)]
	for x := 2; x < len(steps)-1; x++ {
		e := min(max(excess(steps, x), -limit), limit)
		excesses[x] = int32(e)
		g.total += e
		square += float64(e) * float64(e)
	}
	g.n = len(steps) - 3
	g.error = deviation(square, float64(g.total), float64(g.n))
	for period := longestGrid; period >= shortestGrid; period-- {
		if period > longestGrid/2 {
			fold(excesses, g.sums[period][:period])
		} else {
			from := longestGrid / period * period
			for i := range from {
				g.sums[period][i%period] += g.sums[from][i]
			}
		}
		for phase := range period {
			g.try(period, phase)
		}
	}
}

// fold adds up all entries of the same phase.
func fold(values []int32, sums []int64) {
	for len(values) > 0 {
		n := min(len(sums), len(values))
		for i, v := range values[:n] {
			sums[i] += int64(v)
		}
		values = values[n:]
	}
}

// try keeps the lines at phase, phase+period, ... where they are clearer than the best so far.
func (g *gridSearch) try(period, phase int) {
	lines := g.n / period
	mean := float64(g.sums[period][phase]) / float64(lines)
	rest := (float64(g.total) - float64(g.sums[period][phase])) / float64(g.n-lines)
	clarity := (mean - rest) * math.Sqrt(float64(lines)) / g.error
	if clarity > g.best.Clarity {
		g.best = detectors.Grid{Period: period, Phase: phase, Clarity: clarity}
	}
}

// describe adds to the best grid what its lines measure.
func (g *gridSearch) describe(steps []uint32, pixels float64) detectors.Grid {
	best := g.best
	if best.Period == 0 {
		return best
	}
	var at, around uint64
	lines := 0
	for x := best.Phase; x < len(steps)-1; x += best.Period {
		if x < 2 {
			continue
		}
		at += uint64(steps[x])
		around += uint64(steps[x-1]) + uint64(steps[x+1])
		lines++
	}
	best.Step = float64(at) / float64(lines) / pixels
	best.Around = float64(around) / float64(2*lines) / pixels
	return best
}
