package eval

import (
	"slices"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Report is what a run found out.
type Report struct {
	Half   Half // of which the tables are
	Corpus Corpus
	Kinds  []KindReport
	Clean  CleanReport
	Real   []Result // clips with something in them that nobody put there
	AsIs   []Result // clean clips as they are, of both halves
	Wants  []Result // with values to be measured
	Failed []error
	Took   map[string]time.Duration // by kind, all jobs together
}

// KindReport is what was found out about one detector.
type KindReport struct {
	Kind     detectors.Kind
	Steps    []StepReport
	Peers    []Peer
	Confused map[string]int // by kind: cases in which that one, too, told of this defect
	False    int            // incidents on clean clips
	Clean    []float32      // scores of clean clips
}

// StepReport is one line of the table.
type StepReport struct {
	Step  string
	Set   string // settings that differ from the defaults
	Own   Tally
	Peers []Tally
	Off   []Off // what was missed and invented
}

// Off is one thing that went wrong in a case.
type Off struct {
	Case   string
	Missed []Defect
	False  []Event
}

// CleanReport is what was told of clean clips.
type CleanReport struct {
	Duration time.Duration
	False    []FalseAlarm
}

// FalseAlarm is one incident on a clean clip.
type FalseAlarm struct {
	Case Case
	Told Told
}

// Summarize makes a report of results.
func Summarize(results []Result, kinds []detectors.Kind, corpus Corpus, half Half) *Report {
	r := &Report{Half: half, Corpus: corpus, Took: map[string]time.Duration{}}
	for _, k := range kinds {
		r.Kinds = append(r.Kinds, KindReport{Kind: k, Peers: peersOf(k.Name), Confused: map[string]int{}})
	}
	for _, result := range results {
		r.Took[result.Case.Kind] += result.Took
		switch {
		case result.Err != nil:
			r.Failed = append(r.Failed, result.Err)
		case result.Case.Kind == RealKind:
			r.Real = append(r.Real, result)
		case result.Case.Kind == CleanKind:
			r.clean(result)
		default:
			r.defect(result)
		}
	}
	return r
}

// Of sums up the steps whose name begins with a prefix, with the clean clips among what is good.
func (k *KindReport) Of(prefix string) Tally {
	var sum Tally
	for i := range k.Steps {
		if strings.HasPrefix(k.Steps[i].Step, prefix) {
			sum.Merge(&k.Steps[i].Own)
		}
	}
	sum.Scores.Good = append(sum.Scores.Good, k.Clean...)
	return sum
}

func (r *Report) kind(name string) *KindReport {
	i := slices.IndexFunc(r.Kinds, func(k KindReport) bool { return k.Kind.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Kinds[i]
}

// clean takes in what was told of a clean clip.
func (r *Report) clean(result Result) {
	if result.Case.Step == AsItIs {
		r.AsIs = append(r.AsIs, result)
	}
	if result.Case.Source.Half != r.Half {
		return
	}
	r.Clean.Duration += result.Duration
	for kind, scores := range result.Good {
		if k := r.kind(kind); k != nil && !slices.Contains(result.Case.Source.Has, kind) {
			k.Clean = append(k.Clean, scores...)
		}
	}
	for _, told := range result.Incidents {
		if slices.Contains(result.Case.Source.Has, told.Kind) {
			continue
		}
		r.Clean.False = append(r.Clean.False, FalseAlarm{result.Case, told})
		if k := r.kind(told.Kind); k != nil {
			k.False++
		}
	}
}

// defect takes in what was told of a case of a recipe.
func (r *Report) defect(result Result) {
	k := r.kind(result.Case.Kind)
	if k == nil || result.Case.Source.Half != r.Half {
		return
	}
	if len(result.Case.Wants) > 0 {
		r.Wants = append(r.Wants, result)
		if len(result.Case.Truth) == 0 && len(result.Own.Events) == 0 {
			return // nothing but values
		}
	}
	i := slices.IndexFunc(k.Steps, func(s StepReport) bool { return s.Step == result.Case.Step })
	if i < 0 {
		i = len(k.Steps)
		k.Steps = append(k.Steps, StepReport{Step: result.Case.Step, Set: result.Case.said(), Peers: make([]Tally, len(k.Peers))})
	}
	s := &k.Steps[i]
	m := s.Own.Add(result.Case, result.Own)
	for j, said := range result.Peers {
		s.Peers[j].Add(result.Case, said)
	}
	if len(m.Missed)+len(m.False) > 0 {
		s.Off = append(s.Off, Off{result.Case.Name(), m.Missed, m.False})
	}
	for _, other := range confusedWith(result) {
		k.Confused[other]++
	}
}

// confusedWith are the other kinds that told of the defect of a case: those that are neither truly in it nor
// in its source.
func confusedWith(result Result) []string {
	var others []string
	c := result.Case
	for _, told := range result.Incidents {
		if told.Kind == c.Kind || slices.Contains(c.Also, told.Kind) || slices.Contains(c.Source.Has, told.Kind) || slices.Contains(others, told.Kind) {
			continue
		}
		event := Event{From: told.At, Until: told.Until}
		for _, d := range c.Truth {
			if !d.Maybe && touches(event, d, 0) && 2*overlap(event, d, time.Second) >= event.Until-event.From {
				others = append(others, told.Kind)
				break
			}
		}
	}
	return others
}
