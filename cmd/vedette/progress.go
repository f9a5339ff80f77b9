package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progressEvery is how often the line on the terminal changes.
const progressEvery = 200 * time.Millisecond

// progress is one line on a terminal that tells how far a check is. It is silent where the output
// is no terminal.
type progress struct {
	out     io.Writer // nil where there is no terminal
	input   string
	total   time.Duration
	began   time.Time
	next    time.Time
	written bool
}

func newProgress(out io.Writer) *progress {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return &progress{out: out}
	}
	return &progress{}
}

func (p *progress) begin(input string, total time.Duration) {
	p.input, p.total, p.began = input, total, time.Now()
}

func (p *progress) seen(at time.Duration) {
	speed := at.Seconds() / time.Since(p.began).Seconds()
	if p.total > 0 {
		p.say(fmt.Sprintf("%s: %s of %s, %.0f %%, %.1fx real time",
			p.input, clock(at), clock(p.total), 100*min(at.Seconds()/p.total.Seconds(), 1), speed))
	} else {
		p.say(fmt.Sprintf("%s: %s, %.1fx real time", p.input, clock(at), speed))
	}
}

func (p *progress) say(text string) {
	if p.out == nil || time.Now().Before(p.next) {
		return
	}
	p.next, p.written = time.Now().Add(progressEvery), true
	fmt.Fprintf(p.out, "\r\033[K%s", text)
}

// clear takes the line away, so that something lasting can be printed.
func (p *progress) clear() {
	if p.out != nil && p.written {
		fmt.Fprint(p.out, "\r\033[K")
		p.written = false
	}
}
