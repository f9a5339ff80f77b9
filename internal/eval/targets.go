package eval

import (
	"fmt"
	"io"
	"time"
)

// target is what a detector must reach on the half that its thresholds were not chosen on.
type target struct {
	kind              string
	recall, precision float64
	onset             time.Duration // 0 where there is none
	auc               float64       // 0 where there is none
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
	{kind: "corruption", recall: 0.95, auc: 0.95},
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
		if k == nil || k.All.Cases == 0 {
			t.add(want.kind, none, "not measured", "no")
			continue
		}
		all := &k.All
		line := func(what string, limit float64, got float64, ok bool) {
			holds := "no"
			if ok && got >= limit {
				holds = "yes"
			}
			t.add(want.kind, what, fmt.Sprintf("%.4g", got), holds)
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
	}
	t.write(out)
}
