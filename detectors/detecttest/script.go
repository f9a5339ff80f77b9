package detecttest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Case is one case of a script.
type Case struct {
	Name      string
	Line      int
	Settings  map[string]string
	Hold      *detectors.Hold // nil: the detector's own
	Tracks    []Track
	Verdicts  []WantVerdict
	Incidents []WantIncident
	Quiet     bool
	Within    time.Duration

	canvas canvas
}

// WantVerdict expects every answer from From until before To to be one of States.
type WantVerdict struct {
	From, To time.Duration
	States   []detectors.State
	Line     int
}

// WantIncident expects one incident.
type WantIncident struct {
	From, To time.Duration
	Open     bool           // it was never closed
	Told     *time.Duration // when it was opened
	Score    float64        // at least
	Severity detectors.Severity
	Detail   []string // contained in its detail
	Flapping bool
	Line     int
}

// Parse reads a script. An error names the line.
func Parse(r io.Reader) ([]Case, error) {
	var cases []Case
	lines, err := logicalLines(r)
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		word, rest, _ := strings.Cut(l.text, " ")
		rest = strings.TrimSpace(rest)
		if word == "case" {
			cases = append(cases, Case{Name: rest, Line: l.number, Settings: map[string]string{},
				Within: time.Millisecond, canvas: newCanvas()})
			continue
		}
		if len(cases) == 0 {
			return nil, fmt.Errorf("line %d: want a case before %q", l.number, word)
		}
		if err := cases[len(cases)-1].directive(word, rest, l.number); err != nil {
			return nil, fmt.Errorf("line %d: %w", l.number, err)
		}
	}
	for _, c := range cases {
		if err := c.complete(); err != nil {
			return nil, fmt.Errorf("line %d: case %q %w", c.Line, c.Name, err)
		}
	}
	return cases, nil
}

func (c *Case) complete() error {
	switch {
	case len(c.Tracks) == 0:
		return fmt.Errorf("has no samples")
	case len(c.Verdicts) == 0 && len(c.Incidents) == 0 && !c.Quiet:
		return fmt.Errorf("expects nothing")
	case c.Quiet && len(c.Incidents) > 0:
		return fmt.Errorf("is quiet, and expects incidents")
	}
	return nil
}

type line struct {
	number int
	text   string
}

// logicalLines strips comments and joins lines that go on.
func logicalLines(r io.Reader) ([]line, error) {
	var lines []line
	scanner := bufio.NewScanner(r)
	for n := 1; scanner.Scan(); n++ {
		text, _, _ := strings.Cut(scanner.Text(), "#")
		goesOn := strings.HasPrefix(text, " ") || strings.HasPrefix(text, "\t")
		text = strings.Join(strings.Fields(text), " ")
		switch {
		case text == "":
		case goesOn && len(lines) > 0:
			lines[len(lines)-1].text += " " + text
		default:
			lines = append(lines, line{n, text})
		}
	}
	return lines, scanner.Err()
}

func (c *Case) directive(word, rest string, number int) (err error) {
	switch word {
	case "set":
		name, value, ok := strings.Cut(rest, " ")
		if !ok {
			return fmt.Errorf("set: want a name and a value, not %q", rest)
		}
		c.Settings[name] = value
	case "hold":
		c.Hold, err = parseHold(rest)
	case "canvas":
		err = c.canvas.parse(rest)
	case "picture", "sound", "link", "tick":
		var t Track
		if t, err = parseTrack(word, rest); err == nil {
			c.Tracks = append(c.Tracks, t)
		}
	case "verdict":
		var v WantVerdict
		v, err = parseVerdict(rest, number)
		c.Verdicts = append(c.Verdicts, v)
	case "incident":
		var i WantIncident
		i, err = parseIncident(rest, number)
		c.Incidents = append(c.Incidents, i)
	case "quiet":
		c.Quiet = true
	case "within":
		c.Within, err = parseTime(rest)
	default:
		return fmt.Errorf("unknown word %q", word)
	}
	return err
}

func parseHold(text string) (*detectors.Hold, error) {
	opens, keeps, _ := strings.Cut(text, " ")
	var h detectors.Hold
	var err error
	if h.For, err = parseTime(opens); err != nil {
		return nil, fmt.Errorf("hold: %w", err)
	}
	if h.Keep, err = parseTime(keeps); err != nil {
		return nil, fmt.Errorf("hold: %w", err)
	}
	return &h, nil
}

func parseVerdict(text string, number int) (WantVerdict, error) {
	v := WantVerdict{Line: number}
	span, states, _ := strings.Cut(text, " ")
	var err error
	if v.From, v.To, _, err = parseSpan(span); err != nil {
		return v, err
	}
	for name := range strings.SplitSeq(states, "|") {
		var s detectors.State
		if err := s.UnmarshalText([]byte(name)); err != nil {
			return v, err
		}
		v.States = append(v.States, s)
	}
	return v, nil
}

func parseIncident(text string, number int) (WantIncident, error) {
	i := WantIncident{Line: number}
	words := strings.Fields(text)
	if len(words) == 0 {
		return i, fmt.Errorf("incident: want FROM-TO")
	}
	var err error
	if i.From, i.To, i.Open, err = parseSpan(words[0]); err != nil {
		return i, err
	}
	for _, word := range words[1:] {
		if err := i.key(word); err != nil {
			return i, fmt.Errorf("incident: %q: %w", word, err)
		}
	}
	return i, nil
}

func (i *WantIncident) key(word string) (err error) {
	if value, ok := strings.CutPrefix(word, "told="); ok {
		told, err := parseTime(value)
		i.Told = &told
		return err
	}
	if value, ok := strings.CutPrefix(word, "score>="); ok {
		i.Score, err = strconv.ParseFloat(value, 64)
		return err
	}
	if value, ok := strings.CutPrefix(word, "severity="); ok {
		return i.Severity.UnmarshalText([]byte(value))
	}
	if value, ok := strings.CutPrefix(word, "detail~"); ok {
		i.Detail = append(i.Detail, strings.ReplaceAll(value, "_", " "))
		return nil
	}
	if word == "flapping" {
		i.Flapping = true
		return nil
	}
	return fmt.Errorf("want told=, score>=, severity=, detail~ or flapping")
}

// parseSpan reads "2s-5s" or "2s-open".
func parseSpan(text string) (from, to time.Duration, open bool, err error) {
	first, last, ok := strings.Cut(text, "-")
	if !ok {
		return 0, 0, false, fmt.Errorf("want FROM-TO, not %q", text)
	}
	if from, err = parseTime(first); err != nil {
		return 0, 0, false, err
	}
	if last == "open" {
		return from, 0, true, nil
	}
	to, err = parseTime(last)
	return from, to, false, err
}

// maxTime bounds what a script may ask for.
const maxTime = 48 * time.Hour

func parseTime(text string) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("want a time such as 2s or 1m30s, not %q", text)
	}
	if d < 0 || d > maxTime {
		return 0, fmt.Errorf("time %q: want 0 to %v", text, maxTime)
	}
	return d, nil
}
