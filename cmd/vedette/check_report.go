package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/feed"
)

// reporter prints what a check finds.
type reporter interface {
	incident(input string, i detectors.Incident)
	summary(input string, s feed.Summary, took time.Duration)
}

// incidentLine and summaryLine are the JSON Lines of `vedette check --json`; scripts rely on them.
type incidentLine struct {
	Type     string             `json:"type"`
	Input    string             `json:"input"`
	Kind     string             `json:"kind"`
	Severity detectors.Severity `json:"severity"`
	At       float64            `json:"at"`    // seconds from the first sample of the input
	Until    float64            `json:"until"` // likewise
	Score    float64            `json:"score"`
	Detail   string             `json:"detail"`
	Open     bool               `json:"open,omitempty"` // it lasts to the end of the input
	Flapping bool               `json:"flapping,omitempty"`
}

type summaryLine struct {
	Type       string   `json:"type"`
	Input      string   `json:"input"`
	Duration   float64  `json:"duration"` // seconds
	Frames     uint64   `json:"frames"`
	Incidents  int      `json:"incidents"`
	Unmeasured []string `json:"unmeasured"`
	Seconds    float64  `json:"seconds"` // that the check took
}

type jsonReporter struct{ out io.Writer }

func (r *jsonReporter) incident(input string, i detectors.Incident) {
	r.line(incidentLine{
		Type: "incident", Input: input, Kind: i.Kind, Severity: i.Severity,
		At: seconds(i.At), Until: seconds(i.Until), Score: math.Round(i.Worst*1000) / 1000, Detail: i.Detail,
		Open: i.Ended.IsZero(), Flapping: i.Flapping,
	})
}

func (r *jsonReporter) summary(input string, s feed.Summary, took time.Duration) {
	unmeasured := s.Unmeasured
	if unmeasured == nil {
		unmeasured = []string{}
	}
	r.line(summaryLine{
		Type: "summary", Input: input, Duration: seconds(s.Duration), Frames: s.Pictures,
		Incidents: s.Incidents, Unmeasured: unmeasured, Seconds: seconds(took),
	})
}

func (r *jsonReporter) line(v any) {
	encoder := json.NewEncoder(r.out)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // the types above always encode; a closed stdout is not worth a word
}

// seconds rounds to milliseconds, which is finer than any frame.
func seconds(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

type textReporter struct{ out io.Writer }

func (r *textReporter) incident(_ string, i detectors.Incident) {
	last := clock(i.Until)
	if i.Ended.IsZero() {
		last = "the end"
	}
	fmt.Fprintf(r.out, "%s - %-12s %-8s %-18s %s\n", clock(i.At), last, i.Severity, i.Kind, i.Detail)
}

func (r *textReporter) summary(input string, s feed.Summary, took time.Duration) {
	what := "nothing found"
	if s.Incidents == 1 {
		what = "1 incident"
	} else if s.Incidents > 1 {
		what = fmt.Sprintf("%d incidents", s.Incidents)
	}
	fmt.Fprintf(r.out, "%s: %s in %s (%d pictures, looked at in %.1f s)\n",
		input, what, clock(s.Duration), s.Pictures, took.Seconds())
	if s.Report.Errors > 0 {
		fmt.Fprintf(r.out, "%s: %d packets could not be decoded, the last: %s\n", input, s.Report.Errors, s.Report.LastError)
	}
	if s.Report.Unmeasured != "" {
		fmt.Fprintf(r.out, "%s: %s\n", input, s.Report.Unmeasured)
	}
	if len(s.Unmeasured) > 0 {
		fmt.Fprintf(r.out, "%s: not measured: %s\n", input, strings.Join(s.Unmeasured, ", "))
	}
}

// clock writes a moment as h:mm:ss.mmm.
func clock(d time.Duration) string {
	d = d.Round(time.Millisecond)
	return fmt.Sprintf("%d:%02d:%02d.%03d", d/time.Hour, d/time.Minute%60, d/time.Second%60, d/time.Millisecond%1000)
}
