package detecttest

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Meter measures 8-bit planar pictures in plain Go, by the definitions of [detectors.Picture]. It
// is slow and simple: for tests of detectors on pictures whose pixels the test has at hand.
type Meter struct {
	Cell     int // side of a cell in pixels; 0 chooses as [detectors.Cells] says
	Full     bool
	Duration time.Duration

	width, height int
	luma, before  []byte // of the previous picture, and of the one before it
	chroma        [2][]byte
}

// Measure reduces one picture. luma has width*height samples; cb and cr are 4:2:0, or nil for a
// picture without colour.
func (m *Meter) Measure(width, height int, luma, cb, cr []byte) *detectors.Picture {
	p := &detectors.Picture{
		Width: width, Height: height, Duration: m.Duration, Depth: 8, Full: m.Full,
		HasPrevious: m.luma != nil && m.width == width && m.height == height,
	}
	m.statistics(p, luma)
	m.cells(p, luma, cb, cr)
	m.colour(p, cb, cr)
	m.profiles(p, luma)
	m.motion(p, luma)
	m.texture(p, luma)
	seams(p, luma)
	m.red(p, luma, cb, cr)
	if p.HasPrevious {
		p.Identical = string(luma) == string(m.luma) &&
			string(cb) == string(m.chroma[0]) && string(cr) == string(m.chroma[1])
	}
	m.width, m.height = width, height
	m.before, m.luma = m.luma, m.before
	m.luma = append(m.luma[:0], luma...)
	m.chroma[0] = append(m.chroma[0][:0], cb...)
	m.chroma[1] = append(m.chroma[1][:0], cr...)
	return p
}

func (m *Meter) statistics(p *detectors.Picture, luma []byte) {
	var counts [256]int
	difference := 0
	for i, v := range luma {
		counts[v]++
		if p.HasPrevious {
			step := int(v) - int(m.luma[i])
			difference += abs(step)
			if step > 10 {
				p.Brighter += 1 / float64(len(luma))
			}
			if step < -10 {
				p.Darker += 1 / float64(len(luma))
			}
		}
	}
	n := float64(len(luma))
	var sum, squares float64
	p.Low, p.High = 255, 0
	for v, count := range counts {
		if count == 0 {
			continue
		}
		code := float64(v)
		sum += code * float64(count)
		squares += code * code * float64(count)
		p.Low, p.High = min(p.Low, code), max(p.High, code)
		p.Histogram[v] = float32(float64(count) / n)
	}
	p.Mean = sum / n
	p.Deviation = math.Sqrt(max(squares/n-p.Mean*p.Mean, 0))
	p.Difference = float64(difference) / n
}

func (m *Meter) cells(p *detectors.Picture, luma, cb, cr []byte) {
	size := m.Cell
	if size == 0 {
		size = 16
		for ((p.Width+size-1)/size)*((p.Height+size-1)/size) > 8200 {
			size *= 2
		}
	}
	c := &p.Cells
	c.Size, c.Columns, c.Rows = size, (p.Width+size-1)/size, (p.Height+size-1)/size
	n := c.Columns * c.Rows
	c.Mean, c.Spread, c.Change = make([]byte, n), make([]byte, n), make([]byte, n)
	c.Cb, c.Cr = make([]byte, n), make([]byte, n)
	for i := range n {
		x, y := i%c.Columns*size, i/c.Columns*size
		m.cell(c, i, x, y, min(x+size, p.Width), min(y+size, p.Height), p, luma)
		c.Cb[i] = chromaMean(cb, p.Width, p.Height, x, y, size)
		c.Cr[i] = chromaMean(cr, p.Width, p.Height, x, y, size)
	}
}

func (m *Meter) cell(c *detectors.Cells, i, x0, y0, x1, y1 int, p *detectors.Picture, luma []byte) {
	var sum, squares, change int
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			v := int(luma[y*p.Width+x])
			sum += v
			squares += v * v
			if p.HasPrevious {
				change += abs(v - int(m.luma[y*p.Width+x]))
			}
		}
	}
	n := float64((x1 - x0) * (y1 - y0))
	mean := float64(sum) / n
	c.Mean[i] = saturate(mean)
	c.Spread[i] = saturate(2 * math.Sqrt(max(float64(squares)/n-mean*mean, 0)))
	c.Change[i] = saturate(4 * float64(change) / n)
}

func chromaMean(plane []byte, width, height, x0, y0, size int) byte {
	if plane == nil {
		return 128
	}
	cw, ch := (width+1)/2, (height+1)/2
	sum, n := 0, 0
	for y := y0 / 2; y < min((y0+size)/2, ch); y++ {
		for x := x0 / 2; x < min((x0+size)/2, cw); x++ {
			sum += int(plane[y*cw+x])
			n++
		}
	}
	if n == 0 {
		return 128
	}
	return saturate(float64(sum) / float64(n))
}

func saturate(v float64) byte { return byte(min(math.Round(v), 255)) }

func abs(v int) int {
	if v < 0 {
		return -v
	}
	return v
}
