package picture

import (
	"math"
	"time"
)

// smooth is an average of the recent past: what is older than its memory weighs less than a third.
type smooth struct {
	memory time.Duration
	value  float64
	at     time.Duration
	known  bool
}

// add takes a value at a time and returns the average. After a gap as long as the memory, in which
// there were no values, it starts over. What is no number is passed over.
func (s *smooth) add(at time.Duration, value float64) float64 {
	if math.IsNaN(value) {
		return s.value
	}
	passed := at - s.at
	if !s.known || passed > s.memory {
		s.value, s.known = value, true
	} else {
		s.value += (value - s.value) * (1 - math.Exp(-passed.Seconds()/s.memory.Seconds()))
	}
	s.at = at
	return s.value
}

// flatDeviation is the standard deviation of luma, in code values, below which a picture is one
// plain surface.
const flatDeviation = 3

// since remembers from when on something has been so, without a break.
type since struct {
	began time.Duration
	on    bool
}

// mark tells whether it is so at a time.
func (s *since) mark(at time.Duration, on bool) {
	if on && !s.on {
		s.began = at
	}
	s.on = on
}
