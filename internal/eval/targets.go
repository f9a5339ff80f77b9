package eval

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// target is what a detector must reach on the half that its thresholds were not chosen on.
type target struct {
	kind, steps       string // of these steps, by the beginning of their names
	recall, precision float64
	onset             time.Duration // 0 where there is none
	auc               float64       // 0 where there is none
	hourly            float64       // false incidents an hour of clean clips, 0 where there is none
}

// oneFrame and soundOnset are the onset that pictures and sound are held against; a hair is added for
// timestamps that a container rounds to milliseconds.
const (
	oneFrame   = time.Second/FPS + time.Millisecond
	soundOnset = 50 * time.Millisecond
)

// targets are those of the table of targets.
var targets = []target{
	{kind: "black", recall: 0.99, precision: 0.99, onset: oneFrame},
	{kind: "freeze", recall: 0.99, precision: 0.99, onset: oneFrame},
	{kind: "solid-colour", recall: 0.99, precision: 0.99},
	{kind: "silence", recall: 0.99, precision: 0.99, onset: soundOnset},
	{kind: "channel-missing", recall: 0.99, precision: 0.99, onset: soundOnset},
	{kind: "no-signal", recall: 0.99, precision: 0.99},
	{kind: "corruption", steps: "baked in", recall: 0.95, auc: 0.95, hourly: 1},
	{kind: "corruption", steps: "live", recall: 0.95, auc: 0.98},
}

// within is the share of a list that lies within a limit.
func within(list []time.Duration, limit time.Duration) (share float64, ok bool) {
	n := 0
	for _, d := range list {
		if d <= limit {
			n++
		}
	}
	return share2(n, len(list))
}

func (r *Report) writeTargets(out io.Writer) {
	fmt.Fprintf(out, "### Targets\n\n")
	t := table{head: []string{"detector", "wanted", "reached", "holds"}}
	for _, want := range targets {
		k := r.kind(want.kind)
		if k == nil {
			continue
		}
		name := strings.TrimSpace(want.kind + " " + want.steps)
		all := k.Of(want.steps)
		if all.Cases == 0 {
			t.add(name, none, "not measured", "no")
			continue
		}
		line := func(what string, limit, got float64, ok bool) {
			holds := "no"
			if ok && got >= limit {
				holds = "yes"
			}
			t.add(name, what, fmt.Sprintf("%.4g", got), holds)
		}
		recall, ok := all.Recall()
		line(fmt.Sprintf("recall >= %g", want.recall), want.recall, recall, ok)
		if want.precision > 0 {
			precision, ok := all.Precision()
			line(fmt.Sprintf("precision >= %g", want.precision), want.precision, precision, ok)
		}
		if want.onset > 0 {
			share, ok := within(all.Onset, want.onset)
			line(fmt.Sprintf("onset within %d ms, share of the defects found", want.onset.Milliseconds()), 0.99, share, ok)
		}
		if want.auc > 0 {
			auc, ok := all.Scores.AUC()
			line(fmt.Sprintf("AUC >= %g", want.auc), want.auc, auc, ok)
		}
		if want.hourly > 0 && r.Clean.Duration > 0 {
			got, holds := float64(k.False)/r.Clean.Duration.Hours(), "no"
			if got <= want.hourly {
				holds = "yes"
			}
			t.add(want.kind, fmt.Sprintf("false incidents an hour of clean clips <= %g", want.hourly), fmt.Sprintf("%.2f", got), holds)
		}
	}
	t.write(out)
}
