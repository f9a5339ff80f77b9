package eval

import (
	"context"
	"time"
)

// Recipe is one line of the table: a defect at one difficulty.
type Recipe struct {
	Kind string // of the detector it tests
	Step string // the difficulty, as the table names it
	// Cases are the files of this step, from both halves of the corpus.
	Cases func(Corpus) []Case
}

// Case is one file, or one live run, and the truth about it.
type Case struct {
	Kind, Step string // filled in from the recipe
	Source     Source // what it was made of; of generated signals only the half
	Variant    string // what tells it from the others of the same step and source: "400k"

	Media Media
	Live  Live // instead of Media

	Truth []Defect
	// Find, where set, measures the truth once the media is there.
	Find func(ctx context.Context, shop *Shop) ([]Defect, error)

	// Wants are values that are measured of the whole file.
	Wants []Want

	// Tolerance is how far from the truth a border may be without being wrong; samples within it
	// are left out of the ROC. 0 stands for two pictures at 25 a second.
	Tolerance time.Duration
	// Set are settings by their path in the configuration: "detectors.black.for=1s".
	Set []string
	// Also are other kinds that are truly in it.
	Also []string
}

// Defect is one fault of a case: from the first bad sample to the first good one.
type Defect struct {
	From, Until time.Duration
	// Maybe: it may be told or not, neither is wrong.
	Maybe bool
}

// Live plays a case to a running feed in real time.
type Live func(ctx context.Context, bench *Bench, c *Case) (*Outcome, error)

// defaultTolerance is two pictures at 25 a second.
const defaultTolerance = 80 * time.Millisecond

// Name tells one case from all others.
func (c Case) Name() string {
	name := c.Kind + "/" + c.Step + "/" + c.Source.File
	if c.Variant != "" {
		name += "/" + c.Variant
	}
	return name
}

// tolerance is the case's own or the usual one.
func (c Case) tolerance() time.Duration {
	if c.Tolerance > 0 {
		return c.Tolerance
	}
	return defaultTolerance
}

// Span is a defect by seconds.
func Span(from, until float64) Defect {
	return Defect{From: Seconds(from), Until: Seconds(until)}
}

// Seconds makes a duration of a number of seconds.
func Seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
