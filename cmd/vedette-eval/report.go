package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/vedette-av/vedette/internal/eval"
)

// The markers between which a document holds the results.
const (
	beginMarker = "<!-- results: written by make eval -->"
	endMarker   = "<!-- end of results -->"
)

// write prints the report, and puts it into the document where there is one.
func (o options) write(ctx context.Context, stdout io.Writer, report *eval.Report, took time.Duration) error {
	var text bytes.Buffer
	o.machine(ctx, &text, report, took)
	report.Markdown(&text)
	fmt.Fprintln(stdout, text.String())
	if o.markdown == "" {
		return nil
	}
	document, err := os.ReadFile(o.markdown)
	if err != nil {
		return err
	}
	renewed, err := between(string(document), text.String())
	if err != nil {
		return fmt.Errorf("%s %w", o.markdown, err)
	}
	return os.WriteFile(o.markdown, []byte(renewed), 0o644)
}

// between puts text between the markers of a document.
func between(document, text string) (string, error) {
	head, rest, ok := strings.Cut(document, beginMarker)
	_, tail, closed := strings.Cut(rest, endMarker)
	if !ok || !closed {
		return "", fmt.Errorf("lacks the markers %q and %q", beginMarker, endMarker)
	}
	return head + beginMarker + "\n\n" + strings.TrimSpace(text) + "\n\n" + endMarker + tail, nil
}

// machine says when, where and of what the results are.
func (o options) machine(ctx context.Context, out io.Writer, report *eval.Report, took time.Duration) {
	fmt.Fprintf(out, "%s, %s (%d cores, %d files side by side), commit %s. Corpus: %s, %s half. The run took %s, with %s of processor time",
		time.Now().UTC().Format("2006-01-02"), processor(), runtime.NumCPU(), o.jobs, commit(ctx), report.Corpus, report.Half,
		took.Round(time.Second), processorTime().Round(time.Second))
	kinds := slices.SortedFunc(maps.Keys(report.Took), func(a, b string) int { return cmp.Compare(report.Took[b], report.Took[a]) })
	var words []string
	for _, k := range kinds {
		words = append(words, fmt.Sprintf("%s %s", k, report.Took[k].Round(time.Second)))
	}
	fmt.Fprintf(out, "; by detector, both jobs together: %s.\n\n", strings.Join(words, ", "))
}

// processor is the model of the first core.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "an unknown processor"
	}
	_, rest, _ := strings.Cut(string(text), "model name")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(strings.TrimLeft(line, "\t :"))
}

// commit is the one that is checked out.
func commit(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--tags", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// tell tells of one case what was said against what is true.
func tell(out io.Writer, r eval.Result) {
	fmt.Fprintf(out, "%s (%s)\n", r.Case.Name(), r.Took.Round(time.Millisecond))
	if r.Err != nil {
		return
	}
	for _, d := range r.Case.Truth {
		mark := "truth"
		if d.Maybe {
			mark = "maybe"
		}
		fmt.Fprintf(out, "    %s %v to %v\n", mark, d.From, d.Until)
	}
	for _, i := range r.Incidents {
		fmt.Fprintf(out, "    said  %s %v to %v, told at %v: %s\n", i.Kind, i.At, i.Until, i.Told, i.Detail)
	}
	for i, v := range r.Values {
		fmt.Fprintf(out, "    value %s %.2f, want %g\n", r.Case.Wants[i].Name, v, r.Case.Wants[i].Value)
	}
}

// processorTime is what this program and all that it started have used: on a busy machine it tells more
// than the clock.
func processorTime() time.Duration {
	var sum time.Duration
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var usage syscall.Rusage
		if err := syscall.Getrusage(who, &usage); err == nil {
			sum += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
		}
	}
	return sum
}
