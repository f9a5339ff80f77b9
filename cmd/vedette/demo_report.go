package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// demoLimit is what the product promises: told at most this long after the dwell.
const demoLimit = 200 * time.Millisecond

// near is how far an incident may begin from a defect and still be the same.
const near = time.Second

// row is one line of the table.
type row struct {
	injection
	found         bool
	beganOff, end time.Duration // from the injected moments
	late          time.Duration // told so long after arrival and dwell
}

// report compares what was injected with what was told, and is an error if they differ.
func report(out io.Writer, injected []injection, heard []told) error {
	var rows []row
	used := map[string]bool{}
	for _, i := range injected {
		rows = append(rows, match(i, heard, used))
	}
	invented := invented(heard, used, injected)
	printRows(out, rows)
	missed := 0
	var late []time.Duration
	for _, r := range rows {
		if !r.found {
			missed++
			continue
		}
		late = append(late, r.late)
	}
	if len(late) > 0 {
		slices.Sort(late)
		worst := late[len(late)-1] // the 99th percentile of so few
		fmt.Fprintf(out, "\nTold at most dwell + %d ms after the first bad frame arrived (p99; the promise is %d ms).\n",
			worst.Milliseconds(), demoLimit.Milliseconds())
	}
	fmt.Fprintf(out, "%d injected, %d detected, %d missed, %d invented.\n",
		len(rows), len(rows)-missed, missed, len(invented))
	for _, i := range invented {
		fmt.Fprintf(out, "invented: %s at %s: %s\n", i.Kind, i.Began.Format(time.RFC3339Nano), i.Detail)
	}
	if missed > 0 || len(invented) > 0 {
		return fmt.Errorf("the demo did not go as it should: %d missed, %d invented", missed, len(invented))
	}
	return nil
}

// match finds the incident that a defect caused.
func match(i injection, heard []told, used map[string]bool) row {
	r := row{injection: i}
	for _, t := range heard {
		off := t.Incident.Began.Sub(i.began)
		if t.Incident.Kind != i.kind || off < -near || off > near {
			continue
		}
		used[t.Incident.ID] = true
		switch t.Phase {
		case detectors.Opened:
			r.found, r.beganOff = true, off
			r.late = t.when.Sub(i.arrived) - demoDwell
		case detectors.Closed:
			r.end = t.Incident.Ended.Sub(i.ended)
		}
	}
	return r
}

// invented is every incident that no defect explains. The encoder's end is the end of the demo, and
// what that causes is none.
func invented(heard []told, used map[string]bool, injected []injection) []detectors.Incident {
	var end time.Time
	for _, i := range injected {
		if i.ended.After(end) {
			end = i.ended
		}
	}
	var strange []detectors.Incident
	for _, t := range heard {
		i := t.Incident
		last := i.Kind == "no-signal" && i.Began.After(end)
		if t.Phase == detectors.Opened && !used[i.ID] && !last {
			strange = append(strange, i)
		}
	}
	return strange
}

func printRows(out io.Writer, rows []row) {
	fmt.Fprintln(out)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "INJECTED\tLASTS\tDETECTED\tBEGAN OFF BY\tENDED OFF BY\tTOLD AFTER")
	for _, r := range rows {
		lasts := r.ended.Sub(r.began).Round(10 * time.Millisecond)
		if !r.found {
			fmt.Fprintf(table, "%s\t%s\tNO\t\t\t\n", r.kind, lasts)
			continue
		}
		fmt.Fprintf(table, "%s\t%s\tyes\t%+d ms\t%+d ms\t%s + %d ms\n", r.kind, lasts,
			r.beganOff.Milliseconds(), r.end.Milliseconds(), demoDwell, r.late.Milliseconds())
	}
	_ = table.Flush() // to a terminal or a buffer
}
