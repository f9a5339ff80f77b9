package eval

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

func TestAUC(t *testing.T) {
	for _, c := range []struct {
		name      string
		good, bad []float32
		want      float64
	}{
		{"perfect", []float32{0, 0.1, 0.2}, []float32{0.8, 0.9}, 1},
		{"the wrong way round", []float32{0.8, 0.9}, []float32{0.1, 0.2}, 0},
		{"all the same", []float32{0.5, 0.5}, []float32{0.5, 0.5, 0.5}, 0.5},
		{"one of four pairs wrong", []float32{1, 3}, []float32{2, 4}, 0.75},
		{"a tie in four pairs", []float32{1, 2}, []float32{2, 3}, 0.875},
	} {
		got, ok := Scores{Good: c.good, Bad: c.bad}.AUC()
		if !ok || math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: %v %v, want %v", c.name, got, ok, c.want)
		}
	}
	if _, ok := (Scores{Good: []float32{1}}).AUC(); ok {
		t.Error("an area without bad samples")
	}
	if _, ok := (Scores{Bad: []float32{1}}).AUC(); ok {
		t.Error("an area without good samples")
	}
}

// The area is the share of the pairs that are in order, counted one by one.
func TestAUCCountsPairs(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var s Scores
	for range 60 {
		s.Good = append(s.Good, float32(random.IntN(20)))
		s.Bad = append(s.Bad, float32(random.IntN(20)+3))
	}
	pairs := 0.0
	for _, g := range s.Good {
		for _, b := range s.Bad {
			switch {
			case b > g:
				pairs++
			case b == g:
				pairs += 0.5
			}
		}
	}
	want := pairs / 3600
	if got, _ := s.AUC(); math.Abs(got-want) > 1e-12 {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestLabelAt(t *testing.T) {
	truth := []Defect{Span(2, 5), maybe(3, 3.5), maybe(8, 9)}
	for _, c := range []struct {
		at   float64
		want label
	}{
		{0, good}, {1.85, good}, {1.95, leftOut}, {2.05, leftOut}, {2.15, bad}, {3.2, leftOut}, {4, bad},
		{4.95, leftOut}, {5.05, leftOut}, {5.15, good}, {7.95, good}, {8.5, leftOut}, {9, good},
	} {
		if got := labelAt(Seconds(c.at), truth, 100*time.Millisecond); got != c.want {
			t.Errorf("at %v: %v, want %v", c.at, got, c.want)
		}
	}
}

func TestWithin(t *testing.T) {
	list := []time.Duration{0, 40 * time.Millisecond, 41 * time.Millisecond, 80 * time.Millisecond}
	if share, ok := within(list, oneFrame); !ok || share != 0.75 {
		t.Errorf("%v %v, want three of four", share, ok)
	}
	if _, ok := within(nil, oneFrame); ok {
		t.Error("a share of nothing")
	}
}
