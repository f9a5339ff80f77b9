package eval

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

func TestTally(t *testing.T) {
	c := Case{Truth: []Defect{Span(2, 5), Span(7, 10)}, Tolerance: 100 * time.Millisecond}
	said := Said{
		Duration: 10 * time.Second, Dwell: time.Second, Told: true,
		Events: []Event{
			{From: Seconds(2.04), Until: Seconds(5.08), Told: Seconds(3.1)},
			{From: Seconds(5.5), Until: Seconds(6)},
		},
		Points: []Point{
			{At: Seconds(1), State: detectors.Clear, Score: 0.1},
			{At: Seconds(1.5), State: detectors.Unknown, Score: 0.9}, // declined
			{At: Seconds(2), State: detectors.Clear, Score: 0.9},     // at the border
			{At: Seconds(3), State: detectors.Present, Score: 0.8},
			{At: Seconds(4), State: detectors.Unknown},
		},
	}
	var tally Tally
	m := tally.Add(c, said)
	if len(m.Missed) != 1 || m.Missed[0] != Span(7, 10) || len(m.False) != 1 {
		t.Errorf("matching %+v", m)
	}
	if tally.Cases != 1 || tally.Defects != 2 || tally.Found != 1 || tally.False != 1 {
		t.Errorf("counts %+v", tally)
	}
	if len(tally.Onset) != 1 || tally.Onset[0] != 40*time.Millisecond || tally.Clear[0] != 80*time.Millisecond || tally.Delay[0] != 100*time.Millisecond {
		t.Errorf("onset %v, clear %v, delay %v", tally.Onset, tally.Clear, tally.Delay)
	}
	if len(tally.Scores.Good) != 1 || len(tally.Scores.Bad) != 1 || tally.Known != 1 || tally.Unknown != 1 {
		t.Errorf("scores %+v, known %d, unknown %d", tally.Scores, tally.Known, tally.Unknown)
	}
	if recall, ok := tally.Recall(); !ok || recall != 0.5 {
		t.Errorf("recall %v", recall)
	}
	if precision, ok := tally.Precision(); !ok || precision != 0.5 {
		t.Errorf("precision %v", precision)
	}
	if got := judged(tally); got != "1.000 of 50%" {
		t.Errorf("area %q, want it of half of the bad samples", got)
	}
	both := tally
	both.Merge(&tally)
	if both.Cases != 2 || both.Defects != 4 || len(both.Onset) != 2 || len(both.Scores.Bad) != 2 {
		t.Errorf("two of them %+v", both)
	}
}

// A defect that lasts to the end of the file has no end to be right about, nor has an open alarm.
func TestTallyWithoutEnd(t *testing.T) {
	var tally Tally
	tally.Add(Case{Truth: []Defect{Span(2, 10)}}, Said{Duration: 10 * time.Second, Events: []Event{{From: Seconds(2), Until: Seconds(9)}}})
	tally.Add(Case{Truth: []Defect{Span(2, 5)}}, Said{Duration: 10 * time.Second, Events: []Event{{From: Seconds(2), Until: Seconds(6), Open: true}}})
	if len(tally.Onset) != 2 || len(tally.Clear) != 0 || len(tally.Delay) != 0 {
		t.Errorf("onset %v, clear %v, delay %v", tally.Onset, tally.Clear, tally.Delay)
	}
}

func TestQuantile(t *testing.T) {
	list := []time.Duration{5, 1, 4, 2, 3}
	for share, want := range map[float64]time.Duration{0: 1, 0.5: 3, 0.95: 5, 1: 5} {
		if got := Quantile(list, share); got != want {
			t.Errorf("quantile %v: %d, want %d", share, got, want)
		}
	}
	if Quantile(nil, 0.5) != 0 {
		t.Error("a quantile of nothing")
	}
}
