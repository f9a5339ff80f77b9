package picture

import "github.com/vedette-av/vedette/detectors"

// shareAbove returns the share of pixels whose luma is above a level.
func shareAbove(p *detectors.Picture, level float64) float64 {
	sum := 0.0
	for v := 255; v >= 0 && float64(v) > level; v-- {
		sum += float64(p.Histogram[v])
	}
	return sum
}

// quantile returns the luma at or below which a share of the pixels lies.
func quantile(p *detectors.Picture, share float64) float64 {
	sum := 0.0
	for v, part := range p.Histogram {
		// The sum of 256 rounded shares misses 1 by a little.
		if sum += float64(part); sum >= share-1e-6 {
			return float64(v)
		}
	}
	return 255
}

// histogram counts cells by their mean.
type histogram struct {
	counts [256]float64
	total  float64
}

func histogramOf(means []byte) *histogram {
	h := &histogram{total: float64(len(means))}
	for _, v := range means {
		h.counts[v]++
	}
	return h
}

// upTo returns the part of h at or below a level.
func (h *histogram) upTo(level int) *histogram {
	part := &histogram{}
	for v := 0; v <= min(level, 255); v++ {
		part.counts[v] = h.counts[v]
		part.total += h.counts[v]
	}
	return part
}

// quantile returns the value at or below which a share of the cells lies.
func (h *histogram) quantile(share float64) int {
	sum := 0.0
	for v, n := range h.counts {
		if sum += n; sum >= share*h.total && sum > 0 {
			return v
		}
	}
	return 0
}

// spread returns the distance of the 5th and the 95th percentile.
func (h *histogram) spread() int { return h.quantile(0.95) - h.quantile(0.05) }

// outside returns the share of the cells below low or above high.
func (h *histogram) outside(low, high int) float64 {
	inside := 0.0
	for v := max(low, 0); v <= min(high, 255); v++ {
		inside += h.counts[v]
	}
	return 1 - inside/h.total
}

func distance(a, b byte) int {
	if a > b {
		return int(a) - int(b)
	}
	return int(b) - int(a)
}

// isMeasured tells whether a picture has its cells in luma and chroma, and as many as it should.
func isMeasured(p *detectors.Picture) bool {
	if p == nil {
		return false
	}
	c := &p.Cells
	n := c.Columns * c.Rows
	return n > 0 && c.Size > 0 && c.Columns == (p.Width+c.Size-1)/c.Size && c.Rows == (p.Height+c.Size-1)/c.Size &&
		len(c.Mean) == n && len(c.Spread) == n && len(c.Cb) == n && len(c.Cr) == n
}
