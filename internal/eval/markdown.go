package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// table is a table of Markdown.
type table struct {
	head []string
	rows [][]string
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

func (t *table) write(out io.Writer) {
	line := func(cells []string) { fmt.Fprintf(out, "| %s |\n", strings.Join(cells, " | ")) }
	line(t.head)
	fmt.Fprintf(out, "|%s\n", strings.Repeat("---|", len(t.head)))
	for _, row := range t.rows {
		for i := range row {
			row[i] = strings.ReplaceAll(row[i], "|", "/")
		}
		line(row)
	}
	fmt.Fprintln(out)
}

const none = "-"

// Markdown writes the report.
func (r *Report) Markdown(out io.Writer) {
	r.writeSummary(out)
	r.writeTargets(out)
	r.writeClean(out)
	for _, k := range r.Kinds {
		k.write(out)
	}
	r.writeValues(out)
	r.writeConfusion(out)
	r.writeReal(out)
	r.writeAsIs(out)
	r.writeFailed(out)
}

func (r *Report) writeSummary(out io.Writer) {
	fmt.Fprintf(out, "### All detectors\n\n")
	t := table{head: []string{"detector", "cases", "defects", "recall", "precision", "onset, ms", "clear, ms", "told after, ms", "AUC", "false incidents in " + hours(r.Clean.Duration) + " of clean clips"}}
	for _, k := range r.Kinds {
		name := k.Kind.Name
		if k.Kind.Off {
			name += " (off)"
		}
		a := k.Of("")
		t.add(name, count(a.Cases), count(a.Defects), percent(a.Recall()), percent(a.Precision()), worst95(a.Onset), worst95(a.Clear),
			worst95(a.Delay), judged(a), fmt.Sprint(k.False))
	}
	t.write(out)
}

func (r *Report) writeClean(out io.Writer) {
	h := r.Clean.Duration.Hours()
	fmt.Fprintf(out, "### Clean clips\n\n")
	if h == 0 {
		fmt.Fprintf(out, "None were run.\n\n")
		return
	}
	fmt.Fprintf(out, "%s of clean clips, the whole catalogue with its defaults: %d false incidents, %.2f an hour.\n\n",
		hours(r.Clean.Duration), len(r.Clean.False), float64(len(r.Clean.False))/h)
	if len(r.Clean.False) == 0 {
		return
	}
	t := table{head: []string{"kind", "clip", "coded", "from", "until", "said"}}
	for _, f := range r.Clean.False {
		t.add(f.Told.Kind, f.Case.Source.File, strings.TrimSpace(f.Case.Step+" "+f.Case.Variant), clock(f.Told.At), clock(f.Told.Until), f.Told.Detail)
	}
	t.write(out)
}

func (k KindReport) write(out io.Writer) {
	if len(k.Steps) == 0 {
		return
	}
	fmt.Fprintf(out, "### %s\n\n", k.Kind.Name)
	var sets []string
	for _, s := range k.Steps {
		if s.Set != "" && !slices.Contains(sets, s.Set) {
			sets = append(sets, s.Set)
		}
	}
	if len(sets) > 0 {
		fmt.Fprintf(out, "Settings for these clips: %s.\n\n", strings.Join(sets, "; "))
	}
	head := []string{"step", "cases", "found", "false", "onset, ms", "clear, ms", "told after, ms", "AUC"}
	for _, p := range k.Peers {
		if p.hasEvents() {
			head = append(head, p.Name+" found", "false")
		}
		if p.Score != nil {
			head = append(head, p.Name+" AUC")
		}
	}
	t := table{head: head}
	for _, s := range k.Steps {
		o := s.Own
		row := []string{s.Step, fmt.Sprint(o.Cases), found(o), fmt.Sprint(o.False), middleWorst(o.Onset), middleWorst(o.Clear), middleWorst(o.Delay), judged(o)}
		for i, p := range k.Peers {
			if p.hasEvents() {
				row = append(row, found(s.Peers[i]), fmt.Sprint(s.Peers[i].False))
			}
			if p.Score != nil {
				row = append(row, area(s.Peers[i].Scores.AUC()))
			}
		}
		t.add(row...)
	}
	t.write(out)
}

// hasEvents tells whether the peer raises alarms by itself.
func (p Peer) hasEvents() bool { return p.Begins != "" || p.Present != nil }

func (r *Report) writeConfusion(out io.Writer) {
	t := table{head: []string{"defect", "of cases", "also told of it"}}
	for _, k := range r.Kinds {
		var words []string
		for _, other := range r.Kinds {
			if n := k.Confused[other.Kind.Name]; n > 0 {
				words = append(words, fmt.Sprintf("%s %d", other.Kind.Name, n))
			}
		}
		if len(words) > 0 {
			t.add(k.Kind.Name, fmt.Sprint(k.Of("").Cases), strings.Join(words, ", "))
		}
	}
	fmt.Fprintf(out, "### Confusion\n\n")
	if len(t.rows) == 0 {
		fmt.Fprintf(out, "No defect was told of by a detector of another kind.\n\n")
		return
	}
	fmt.Fprintf(out, "Defects of which a detector of another kind told, too, with its own defaults.\n\n")
	t.write(out)
}

func (r *Report) writeFailed(out io.Writer) {
	if len(r.Failed) == 0 {
		return
	}
	fmt.Fprintf(out, "### Not run\n\n")
	for _, err := range r.Failed {
		fmt.Fprintf(out, "- %s\n", strings.ReplaceAll(err.Error(), "\n", " "))
	}
	fmt.Fprintln(out)
}

func count(n int) string {
	if n == 0 {
		return none
	}
	return fmt.Sprint(n)
}

func found(t Tally) string {
	if t.Defects == 0 {
		return none
	}
	return fmt.Sprintf("%d/%d", t.Found, t.Defects)
}

func percent(share float64, ok bool) string {
	if !ok {
		return none
	}
	return fmt.Sprintf("%.1f%%", 100*share)
}

func area(auc float64, ok bool) string {
	if !ok {
		return none
	}
	return fmt.Sprintf("%.3f", auc)
}

// judged is the area, and of how many bad moments where the detector declined to judge more than a few.
func judged(t Tally) string {
	text := area(t.Scores.AUC())
	if share, ok := share2(t.Known, t.Known+t.Unknown); ok && share < 0.95 && text != none {
		text += fmt.Sprintf(" of %.0f%%", 100*share)
	}
	return text
}

func worst95(list []time.Duration) string {
	if len(list) == 0 {
		return none
	}
	return fmt.Sprint(Quantile(list, 0.95).Round(time.Millisecond).Milliseconds())
}

func middleWorst(list []time.Duration) string {
	if len(list) == 0 {
		return none
	}
	return fmt.Sprintf("%d, %d", Quantile(list, 0.5).Round(time.Millisecond).Milliseconds(), slices.Max(list).Round(time.Millisecond).Milliseconds())
}

func hours(d time.Duration) string { return fmt.Sprintf("%.2f h", d.Hours()) }

// clock writes a moment in seconds.
func clock(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
