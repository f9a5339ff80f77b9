package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a configuration.
type Problem struct {
	Where string // the file, "--set" or the environment variable that it was read from; may be ""
	Line  int    // in the file, 0 where it is not known
	Path  string // of the key: feeds.main-programme.detectors.freeze.for
	Text  string // what is wrong and what to do
}

// String is one line: "vedette.yaml:12: feeds.main.placment: unknown key; did you mean placement?".
func (p Problem) String() string {
	var line strings.Builder
	if p.Where != "" {
		line.WriteString(p.Where)
		if p.Line > 0 {
			fmt.Fprintf(&line, ":%d", p.Line)
		}
		line.WriteString(": ")
	}
	if p.Path != "" {
		line.WriteString(p.Path + ": ")
	}
	line.WriteString(p.Text)
	return line.String()
}

// Problems is the error that [Load] returns: everything that is wrong, in the order of the file.
type Problems []Problem

// mostProblems is how many are told: beyond that the file is of another kind, not mistaken.
const mostProblems = 50

// Error has one line for each problem.
func (p Problems) Error() string {
	lines := make([]string, 0, min(len(p), mostProblems)+1)
	for i, problem := range p {
		if i == mostProblems {
			lines = append(lines, fmt.Sprintf("and %d more", len(p)-mostProblems))
			break
		}
		lines = append(lines, problem.String())
	}
	return strings.Join(lines, "\n")
}

// shorten makes a word from a file fit into a message.
func shorten(text string) string { return cut(text, 80) }

// oneLine makes the message of another fit into ours.
func oneLine(text string) string { return cut(text, 300) }

func cut(text string, most int) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}
