package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Expectation is what somebody saw in a clip, before any detector was asked.
type Expectation struct {
	Kind        string
	From, Until float64 // seconds
}

// Found is a clip with something in it that nobody put there.
type Found struct {
	File   string
	Seen   string // what is to be seen and heard
	Expect []Expectation
	May    []string // kinds that may be told as well, with good reason
	Set    []string // settings by their path
}

// RealCases are the clips of [Expectations].
func RealCases(corpus Corpus) []Case {
	if !corpus.Real() {
		return nil
	}
	var cases []Case
	for _, f := range Expectations {
		c := Case{Kind: RealKind, Step: f.Seen, Source: Source{File: f.File, Half: Held}, Media: corpus.link(f.File), Set: f.Set, Also: f.May}
		cases = append(cases, c)
	}
	return cases
}

// realTolerance is how far off what was seen by eye may be told.
const realTolerance = 250 * time.Millisecond

func (r *Report) writeReal(out io.Writer) {
	if len(r.Real) == 0 {
		return
	}
	fmt.Fprintf(out, "### Defects that nobody put there\n\n")
	t := table{head: []string{"clip", "seen", "expected", "said", ""}}
	for _, result := range r.Real {
		f := expectationsOf(result.Case.Source.File)
		verdicts, extra := f.compare(result.Incidents)
		var expected []string
		for _, e := range f.Expect {
			expected = append(expected, fmt.Sprintf("%s %s to %s", e.Kind, number(e.From), number(e.Until)))
		}
		var said []string
		for _, i := range result.Incidents {
			said = append(said, fmt.Sprintf("%s %.2f to %.2f", i.Kind, i.At.Seconds(), i.Until.Seconds()))
		}
		var marks []string
		for i, ok := range verdicts {
			if !ok {
				marks = append(marks, "missed "+f.Expect[i].Kind)
			}
		}
		for _, i := range extra {
			marks = append(marks, "not expected: "+i.Kind)
		}
		if len(marks) == 0 {
			marks = []string{"as expected"}
		}
		t.add(f.File, f.Seen, orNothing(expected), orNothing(said), strings.Join(marks, ", "))
	}
	t.write(out)
}

func orNothing(words []string) string {
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}

func expectationsOf(file string) Found {
	for _, f := range Expectations {
		if f.File == file {
			return f
		}
	}
	return Found{File: file}
}

// is tells whether a kind is the one that is expected, or one of those.
func (e Expectation) is(kind string) bool { return slices.Contains(strings.Split(e.Kind, "/"), kind) }

// compare tells for each expectation whether it was told, and what else was told.
func (f Found) compare(said []Told) (met []bool, extra []Told) {
	met = make([]bool, len(f.Expect))
	for _, i := range said {
		expected := false
		for j, e := range f.Expect {
			d := Span(e.From, e.Until)
			event := Event{From: i.At, Until: i.Until}
			if e.is(i.Kind) && touches(event, d, realTolerance) && 2*overlap(event, d, realTolerance) >= event.Until-event.From {
				met[j], expected = true, true
			}
		}
		if !expected && !slices.Contains(f.May, i.Kind) {
			extra = append(extra, i)
		}
	}
	return met, extra
}

// writeAsIs tells what `vedette check` says of the clean clips, natural faults included.
func (r *Report) writeAsIs(out io.Writer) {
	if len(r.AsIs) == 0 {
		return
	}
	fmt.Fprintf(out, "### Clean clips as they are\n\n")
	quiet := 0
	t := table{head: []string{"clip", "half", "said", "truly in it"}}
	for _, result := range r.AsIs {
		if len(result.Incidents) == 0 {
			quiet++
			continue
		}
		s := result.Case.Source
		for _, i := range result.Incidents {
			truly := "no"
			if slices.Contains(s.Has, i.Kind) {
				truly = "yes"
			}
			t.add(s.File, string(s.Half), fmt.Sprintf("%s %.2f to %.2f s: %s", i.Kind, i.At.Seconds(), i.Until.Seconds(), i.Detail), truly)
		}
	}
	fmt.Fprintf(out, "`vedette check` with its defaults says nothing of %d clips of %d.\n\n", quiet, len(r.AsIs))
	if len(t.rows) > 0 {
		t.write(out)
	}
}
