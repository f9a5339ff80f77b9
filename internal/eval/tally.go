package eval

import (
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Tally is what was said about a number of cases, by one detector or peer.
type Tally struct {
	Cases, Defects, Found, False int
	Onset, Clear                 []time.Duration // how far off the borders were told, without sign
	Delay                        []time.Duration // when it was told, after the first bad sample and the dwell
	Scores                       Scores
	Known, Unknown               int // bad moments with an answer and without
}

// Add takes in what was said about one case.
func (t *Tally) Add(c Case, s Said) Matching {
	m := Match(c.Truth, s.Events, c.tolerance())
	t.Cases++
	t.Defects += len(m.Found) + len(m.Missed)
	t.Found += len(m.Found)
	t.False += len(m.False)
	for _, p := range m.Found {
		t.Onset = append(t.Onset, (p.Event.From - p.Defect.From).Abs())
		if p.Defect.Until < s.Duration-c.tolerance() && !p.Event.Open {
			t.Clear = append(t.Clear, (p.Event.Until - p.Defect.Until).Abs())
		}
		if s.Told {
			t.Delay = append(t.Delay, p.Event.Told-p.Defect.From-s.Dwell)
		}
	}
	for _, p := range s.Points {
		switch l := labelAt(p.At, c.Truth, c.tolerance()); {
		case l == bad && p.State == detectors.Unknown:
			t.Unknown++
		case l == bad:
			t.Known++
			t.Scores.Bad = append(t.Scores.Bad, p.Score)
		case l == good && p.State != detectors.Unknown:
			t.Scores.Good = append(t.Scores.Good, p.Score)
		}
	}
	return m
}

// Merge takes in another tally.
func (t *Tally) Merge(o *Tally) {
	t.Cases += o.Cases
	t.Defects += o.Defects
	t.Found += o.Found
	t.False += o.False
	t.Known += o.Known
	t.Unknown += o.Unknown
	t.Onset = append(t.Onset, o.Onset...)
	t.Clear = append(t.Clear, o.Clear...)
	t.Delay = append(t.Delay, o.Delay...)
	t.Scores.add(o.Scores)
}

// Recall is the share of the defects that were found; ok is false where there were none.
func (t *Tally) Recall() (share float64, ok bool) { return share2(t.Found, t.Defects) }

// Precision is the share of the events that were right; ok is false where there were none.
func (t *Tally) Precision() (share float64, ok bool) { return share2(t.Found, t.Found+t.False) }

func share2(part, whole int) (float64, bool) {
	if whole == 0 {
		return 0, false
	}
	return float64(part) / float64(whole), true
}

// Quantile is the value below which a share of a list lies, 0 for an empty list.
func Quantile(list []time.Duration, share float64) time.Duration {
	if len(list) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(list))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// Said is what one detector or peer said of one case.
type Said struct {
	Events   []Event
	Points   []Point
	Duration time.Duration
	Dwell    time.Duration
	Told     bool // whether Events know when they were told
}

// Of is what one kind of detector said.
func (o *Outcome) Of(kind string) Said {
	s := Said{Points: o.Verdicts[kind], Duration: o.Duration, Dwell: o.Dwell[kind], Told: true}
	for _, i := range o.Incidents {
		if i.Kind == kind {
			s.Events = append(s.Events, Event{From: i.At, Until: i.Until, Told: i.Told, Open: i.Open})
		}
	}
	return s
}
