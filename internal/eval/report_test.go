package eval

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// told is an incident from and until some seconds.
func told(kind string, from, until float64) Told {
	return Told{Incident: detectors.Incident{Kind: kind, At: Seconds(from), Until: Seconds(until), Detail: kind + " it is"}}
}

func results() []Result {
	source := Source{File: "film.mp4", Half: Held, Has: []string{"silence"}}
	truth := []Defect{Span(3, 6)}
	return []Result{
		{
			Case: Case{Kind: "black", Step: "cut", Source: source, Truth: truth, Set: []string{"detectors.black.for=1s"}},
			Own:  Said{Events: []Event{event(3, 6)}, Duration: 9 * time.Second}, Duration: 9 * time.Second,
			Incidents: []Told{told("black", 3, 6), told("freeze", 3.2, 5.9), told("silence", 3, 6), told("freeze", 8, 9)},
			Peers:     []Said{{}},
		},
		{
			Case:  Case{Kind: "black", Step: "cut", Source: Source{Half: Tuned}, Truth: truth},
			Peers: []Said{{}},
		},
		{
			Case:     Case{Kind: CleanKind, Step: AsItIs, Source: source},
			Duration: 30 * time.Minute, Incidents: []Told{told("silence", 0, 9), told("freeze", 1, 9)},
			Good: map[string][]float32{"black": {0.1, 0.2}, "silence": {0.9}},
		},
	}
}

func TestSummarize(t *testing.T) {
	kinds := []detectors.Kind{{Name: "black"}, {Name: "freeze"}, {Name: "silence"}}
	r := Summarize(results(), kinds, Corpus{}, Held)
	black, freeze := r.Kinds[0], r.Kinds[1]
	all := black.Of("")
	if all.Cases != 1 || all.Found != 1 || len(black.Steps) != 1 || black.Steps[0].Set != "for 1s" {
		t.Errorf("black %+v: the other half is not to be counted", black)
	}
	if len(black.Confused) != 1 || black.Confused["freeze"] != 1 {
		t.Errorf("confused with %v, want one freeze: silence is truly there", black.Confused)
	}
	if freeze.False != 1 || len(r.Clean.False) != 1 || r.Clean.Duration != 30*time.Minute {
		t.Errorf("false alarms %+v in %v", r.Clean.False, r.Clean.Duration)
	}
	if got := len(all.Scores.Good); got != 2 {
		t.Errorf("%d good scores of black, want those of the clean clip", got)
	}
	if one, other := black.Of("cut"), black.Of("fade"); one.Cases != 1 || other.Cases != 0 {
		t.Errorf("%d cases of cuts, %d of fades", one.Cases, other.Cases)
	}
	var out bytes.Buffer
	r.Markdown(&out)
	for _, line := range []string{
		"| black | 1 | 1 | 100.0% | 100.0% | 0 | 0 |",
		"1 false incidents, 2.00 an hour",
		"| cut | 1 | 1/1 | 0 | 0, 0 | 0, 0 |",
		"| black | 1 | freeze 1 |",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("no line %q in\n%s", line, out.String())
		}
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") < 4 {
			t.Errorf("no table: %q", line)
		}
	}
}

func TestCompare(t *testing.T) {
	f := Found{Expect: []Expectation{{Kind: "black", From: 1, Until: 3}, {Kind: "colour-bars/test-card", From: 5, Until: 9}}, May: []string{"silence"}}
	met, extra := f.compare([]Told{told("black", 1.2, 3.2), told("test-card", 5, 9), told("silence", 0, 9), told("freeze", 1, 3)})
	if !met[0] || !met[1] || len(extra) != 1 || extra[0].Kind != "freeze" {
		t.Errorf("met %v, extra %+v", met, extra)
	}
	met, extra = f.compare([]Told{told("black", 6, 8)})
	if met[0] || met[1] || len(extra) != 1 {
		t.Errorf("met %v, extra %+v", met, extra)
	}
}
