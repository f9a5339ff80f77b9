package eval

import (
	"slices"
	"time"
)

// label is what a moment of a case counts as.
type label uint8

const (
	leftOut label = iota // at a border, or where either answer is right
	good
	bad
)

// labelAt tells what a moment counts as. Within the tolerance of a border it counts for nothing.
func labelAt(at time.Duration, truth []Defect, tolerance time.Duration) label {
	inside := false
	for _, d := range truth {
		switch {
		case at < d.From-tolerance || at >= d.Until+tolerance:
		case d.Maybe:
			if at >= d.From && at < d.Until {
				return leftOut
			}
		case at < d.From+tolerance || at >= d.Until-tolerance:
			return leftOut
		default:
			inside = true
		}
	}
	if inside {
		return bad
	}
	return good
}

// Scores are the per-sample scores of good and of bad moments.
type Scores struct{ Good, Bad []float32 }

func (s *Scores) add(other Scores) {
	s.Good = append(s.Good, other.Good...)
	s.Bad = append(s.Bad, other.Bad...)
}

// AUC is the area under the receiver operating characteristic: the probability that a bad moment
// has a higher score than a good one, with ties counted half (Mann and Whitney 1947). ok is false
// where there are no good or no bad moments.
func (s Scores) AUC() (area float64, ok bool) {
	if len(s.Good) == 0 || len(s.Bad) == 0 {
		return 0, false
	}
	good, bad := slices.Sorted(slices.Values(s.Good)), slices.Sorted(slices.Values(s.Bad))
	sum, below, equal := 0.0, 0, 0
	for i, x := range bad {
		if i == 0 || x != bad[i-1] {
			for below < len(good) && good[below] < x {
				below++
			}
			for equal = 0; below+equal < len(good) && good[below+equal] == x; {
				equal++
			}
		}
		sum += float64(below) + float64(equal)/2
	}
	return sum / (float64(len(good)) * float64(len(bad))), true
}
