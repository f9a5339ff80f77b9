package detecttest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// RunAll runs testdata/NAME.feed for every kind of a table. A kind without a script fails.
func RunAll(t *testing.T, kinds []detectors.Kind) {
	t.Helper()
	for _, kind := range kinds {
		t.Run(kind.Name, func(t *testing.T) {
			Run(t, kind, filepath.Join("testdata", kind.Name+".feed"))
		})
	}
}

// Run runs the cases of a script against a kind, each as a subtest.
func Run(t *testing.T, kind detectors.Kind, path string) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatalf("open the script of %s: %v", kind.Name, err)
	}
	defer file.Close()
	cases, err := Parse(file)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if len(cases) == 0 {
		t.Fatalf("%s has no case", path)
	}
	for _, c := range cases {
		t.Run(strings.ReplaceAll(c.Name, " ", "_"), func(t *testing.T) {
			problems, err := c.Check(kind)
			if err != nil {
				t.Fatalf("%s:%d: %v", path, c.Line, err)
			}
			for _, p := range problems {
				t.Errorf("%s:%s", path, p)
			}
		})
	}
}

// maxProblems is how many wrong verdicts of one line are listed.
const maxProblems = 5

// Check runs one case and returns what was not as expected, each with its line first.
func (c *Case) Check(kind detectors.Kind) ([]string, error) {
	detector, err := kind.New(func(into any) error { return decode(into, c.Settings) })
	if err != nil {
		return nil, fmt.Errorf("make detector %s: %w", kind.Name, err)
	}
	hold := kind.Hold
	if c.Hold != nil {
		hold = *c.Hold
	}
	epoch := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	bank := detectors.NewBank("test", epoch, []detectors.Armed{
		{Kind: kind, Detector: detector, Hold: hold, Severity: kind.Severity},
	})
	var problems []string
	wrong := make([]int, len(c.Verdicts))
	var changes []detectors.Change
	for s, err := range c.Samples() {
		if err != nil {
			return nil, err
		}
		changes = append(changes, bank.Step(s)...)
		problems = append(problems, c.checkVerdict(s, bank.States()[0], wrong)...)
	}
	for i, v := range c.Verdicts {
		if wrong[i] > maxProblems {
			problems = append(problems, fmt.Sprintf("%d: %d wrong verdicts in all", v.Line, wrong[i]))
		}
	}
	if c.Quiet || len(c.Incidents) > 0 {
		problems = append(problems, c.checkIncidents(changes)...)
	}
	return problems, nil
}

func (c *Case) checkVerdict(s detectors.Sample, got detectors.KindStatus, wrong []int) []string {
	var problems []string
	for i, v := range c.Verdicts {
		if s.At < v.From || s.At >= v.To || slices.Contains(v.States, got.State) {
			continue
		}
		if wrong[i]++; wrong[i] <= maxProblems {
			problems = append(problems, fmt.Sprintf("%d: at %v: %v (score %.2f, %q), want %v",
				v.Line, s.At, got.State, got.Score, got.Detail, v.States))
		}
	}
	return problems
}

func (c *Case) checkIncidents(changes []detectors.Change) []string {
	got := slices.DeleteFunc(slices.Clone(changes), func(ch detectors.Change) bool {
		return ch.Phase != detectors.Opened
	})
	var problems []string
	for i := range max(len(got), len(c.Incidents)) {
		switch {
		case i >= len(got):
			problems = append(problems, fmt.Sprintf("%d: no such incident", c.Incidents[i].Line))
		case i >= len(c.Incidents):
			problems = append(problems, fmt.Sprintf("%d: unexpected: %s", c.Line, describe(last(changes, got[i]))))
		default:
			for _, p := range c.Incidents[i].differences(got[i], last(changes, got[i]), c.Within) {
				problems = append(problems, fmt.Sprintf("%d: %s: %s", c.Incidents[i].Line, p, describe(last(changes, got[i]))))
			}
		}
	}
	return problems
}

// last returns the last change of the same incident.
func last(changes []detectors.Change, opened detectors.Change) detectors.Change {
	for _, ch := range slices.Backward(changes) {
		if ch.Incident.ID == opened.Incident.ID {
			return ch
		}
	}
	return opened
}

func (w WantIncident) differences(opened, final detectors.Change, within time.Duration) []string {
	var problems []string
	fail := func(wrong bool, format string, args ...any) {
		if wrong {
			problems = append(problems, fmt.Sprintf(format, args...))
		}
	}
	i := final.Incident
	closed := final.Phase == detectors.Closed
	fail((i.At-w.From).Abs() > within, "want it to begin at %v", w.From)
	fail(closed == w.Open, "want open %v", w.Open)
	fail(closed && !w.Open && (i.Until-w.To).Abs() > within, "want it to end at %v", w.To)
	fail(w.Told != nil && (opened.Told-deref(w.Told)).Abs() > within, "told at %v, want %v", opened.Told, deref(w.Told))
	fail(i.Worst < w.Score, "want a score of %v at least", w.Score)
	fail(w.Severity != 0 && i.Severity != w.Severity, "want severity %v", w.Severity)
	fail(i.Flapping != w.Flapping, "want flapping %v", w.Flapping)
	for _, text := range w.Detail {
		fail(!strings.Contains(i.Detail, text), "want %q in its detail", text)
	}
	return problems
}

func deref(d *time.Duration) time.Duration {
	if d == nil {
		return 0
	}
	return *d
}

func describe(ch detectors.Change) string {
	i := ch.Incident
	return fmt.Sprintf("%s %v-%v (%v, score %.2f, flapping %v, %q)", i.Kind, i.At, i.Until, ch.Phase, i.Worst, i.Flapping, i.Detail)
}
