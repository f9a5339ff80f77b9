package picture

import (
	"slices"

	"github.com/vedette-av/vedette/detectors"
)

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

// spreadOf returns the distance of the 5th and the 95th percentile. It sorts its argument.
func spreadOf(values []byte) int {
	slices.Sort(values)
	last := len(values) - 1
	return int(values[last-last/20]) - int(values[last/20])
}

func distance(a, b byte) int {
	if a > b {
		return int(a) - int(b)
	}
	return int(b) - int(a)
}
