package detecttest

import (
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// texture measures the steps from pixel to pixel: how high they are, in cells and at their borders,
// and on which grid.
func (m *Meter) texture(p *detectors.Picture, luma []byte) {
	w, h := p.Width, p.Height
	columns, rows := make([]float64, w), make([]float64, h)
	c := &p.Cells
	n := len(c.Mean)
	inside, border := make([]float64, n), make([]float64, n)
	counts, borders := make([]float64, n), make([]float64, n)
	squares := 0.0
	for y := range h {
		for x := range w {
			cell := y/c.Size*c.Columns + x/c.Size
			step := func(before int, atBorder bool) float64 {
				d := float64(abs(int(luma[y*w+x]) - int(luma[before])))
				squares += d * d
				if atBorder {
					border[cell] += d
					borders[cell]++
				} else {
					inside[cell] += d
					counts[cell]++
				}
				return d
			}
			if x > 0 {
				columns[x] += step(y*w+x-1, x%c.Size == 0)
			}
			if y > 0 {
				rows[y] += step((y-1)*w+x, y%c.Size == 0)
			}
		}
	}
	p.Gradient = math.Sqrt(squares / float64(w*h))
	c.Detail, c.Border = make([]byte, n), make([]byte, n)
	for i := range n {
		c.Detail[i] = saturate(4 * inside[i] / max(counts[i], 1))
		c.Border[i] = saturate(4 * border[i] / max(borders[i], 1))
	}
	p.GridAcross, p.GridDown = clearestGrid(columns, float64(h)), clearestGrid(rows, float64(w))
	m.temporal(p, luma)
}

// temporal measures how much the difference to the previous picture deviates.
func (m *Meter) temporal(p *detectors.Picture, luma []byte) {
	if !p.HasPrevious {
		return
	}
	var sum, squares float64
	for i, v := range luma {
		d := float64(v) - float64(m.luma[i])
		sum += d
		squares += d * d
	}
	n := float64(len(luma))
	p.TemporalInformation = math.Sqrt(max(squares/n-sum/n*sum/n, 0))
}

// clearestGrid looks for the period, 4 to 32, and phase whose lines exceed their neighbours by most
// standard errors; one line exceeds them by at most four times what is usual.
func clearestGrid(steps []float64, pixels float64) (best detectors.Grid) {
	const longest = 32
	if len(steps) < 2*longest {
		return best
	}
	excess := make([]float64, len(steps))
	usual := 0.0
	for x := 2; x < len(steps)-1; x++ {
		excess[x] = 2*steps[x] - steps[x-1] - steps[x+1]
		usual += math.Abs(excess[x]) / float64(len(steps)-3)
	}
	var sum, squares float64
	for x := 2; x < len(steps)-1; x++ {
		excess[x] = min(max(excess[x], -4*usual), 4*usual)
		sum += excess[x]
		squares += excess[x] * excess[x]
	}
	n := float64(len(steps) - 3)
	deviation := math.Sqrt(max(squares/n-sum/n*sum/n, 0))
	for period := longest; period >= 4 && deviation > 0; period-- {
		for phase := range period {
			on, lines := 0.0, 0.0
			for x := phase; x < len(steps)-1; x += period {
				if x >= 2 {
					on += excess[x]
					lines++
				}
			}
			clarity := (on/lines - (sum-on)/(n-lines)) * math.Sqrt(lines) / deviation
			if clarity > best.Clarity {
				best = detectors.Grid{Period: period, Phase: phase, Clarity: clarity}
			}
		}
	}
	return describeGrid(best, steps, pixels)
}

func describeGrid(g detectors.Grid, steps []float64, pixels float64) detectors.Grid {
	if g.Period == 0 {
		return g
	}
	lines := 0.0
	for x := g.Phase; x < len(steps)-1; x += g.Period {
		if x >= 2 {
			g.Step += steps[x] / pixels
			g.Around += (steps[x-1] + steps[x+1]) / 2 / pixels
			lines++
		}
	}
	g.Step, g.Around = g.Step/lines, g.Around/lines
	return g
}
