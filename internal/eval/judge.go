package eval

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
)

// Outcome is what was said of one case.
type Outcome struct {
	Duration  time.Duration
	Incidents []Told
	Verdicts  map[string][]Point       // by kind, in the order of their samples
	Dwell     map[string]time.Duration // by kind
	Values    []float64                // by the case's Wants
	Truth     []Defect                 // where only the run itself could tell
}

// Told is one incident of a case, in its last state.
type Told struct {
	detectors.Incident
	Told time.Duration // when it was opened, on the clock of the case
	Open bool          // at the end
}

// Point is one answer of a detector.
type Point struct {
	At    time.Duration
	State detectors.State
	Score float32
}

// Judge asks every detector about the samples of a file, with its defaults but for what set says.
func Judge(kinds []detectors.Kind, set []string, r *Recording) (*Outcome, error) {
	armed, verdicts, err := arm(kinds, set)
	if err != nil {
		return nil, err
	}
	bank := detectors.NewBank("eval", time.Time{}, armed)
	o := &Outcome{Duration: r.Duration, Verdicts: verdicts.points, Dwell: map[string]time.Duration{}}
	for _, a := range armed {
		o.Dwell[a.Kind.Name] = a.Hold.For
	}
	index := map[string]int{}
	for _, s := range r.Samples {
		for _, change := range bank.Step(s) {
			i, known := index[change.Incident.ID]
			if !known {
				i = len(o.Incidents)
				index[change.Incident.ID] = i
				o.Incidents = append(o.Incidents, Told{Told: change.Told})
			}
			o.Incidents[i].Incident = change.Incident
		}
	}
	for _, incident := range bank.Finish(r.Duration) {
		if i, known := index[incident.ID]; known {
			o.Incidents[i].Incident, o.Incidents[i].Open = incident, true
		}
	}
	return o, nil
}

// arm makes fresh detectors that write down what they answer.
func arm(kinds []detectors.Kind, set []string) ([]detectors.Armed, *witness, error) {
	c, err := config.Load("", set, kinds)
	if err != nil {
		return nil, nil, err
	}
	all, err := c.Feed("eval", "").Arm(kinds)
	if err != nil {
		return nil, nil, err
	}
	w := &witness{points: map[string][]Point{}}
	var armed []detectors.Armed
	for _, a := range all {
		if a.Kind.Reads&(detectors.Pictures|detectors.Sounds) == 0 {
			continue // a file has no link
		}
		a.Detector = &heard{Detector: a.Detector, kind: a.Kind.Name, witness: w}
		armed = append(armed, a)
	}
	return armed, w, nil
}

// witness keeps the answers of all detectors of one bank.
type witness struct{ points map[string][]Point }

// heard is a detector whose answers are kept.
type heard struct {
	detectors.Detector
	kind    string
	witness *witness
}

// Judge passes the question on.
func (h *heard) Judge(s detectors.Sample) detectors.Verdict {
	v := h.Detector.Judge(s)
	h.witness.points[h.kind] = append(h.witness.points[h.kind], Point{At: s.At, State: v.State, Score: float32(v.Score)})
	return v
}
