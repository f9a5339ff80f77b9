// Package detectors judges measurements. A detector is arithmetic: for each [Sample] it answers
// Unknown, Clear or Present, with a score. It sees no pixels, no clock, no goroutine and no I/O;
// durations live in [Hold] alone, and episodes become [Incident]s in [Bank].
//
// # How to add a detector
//
//  1. Write one file in picture/, sound/, link/ or sync/: a doc comment an operator understands, a
//     settings struct with defaults, New, and Judge.
//  2. Add its Kind to the table All of that folder.
//  3. Write its scripts in testdata/NAME.feed: at least one defect, one near miss, one Unknown.
//  4. Run `make docs`, which regenerates docs/detectors.md.
//
// Nothing else changes: the configuration, the command line and the bank read the tables.
package detectors

import "time"

// Sample is what was measured at one moment of one feed. A nil part was not measured; a Sample
// with no parts is a tick of the clock.
type Sample struct {
	At      time.Duration // on the feed's clock, monotone for each part
	Picture *Picture
	Sound   *Sound
	Link    *Link
}

// Part names the parts of a Sample, as a set.
type Part uint8

// The parts of a Sample. Tick is in every sample's set.
const (
	Pictures Part = 1 << iota
	Sounds
	Links
	Ticks
)

// Parts returns the set of the parts that s has.
func (s Sample) Parts() Part {
	has := Ticks
	if s.Picture != nil {
		has |= Pictures
	}
	if s.Sound != nil {
		has |= Sounds
	}
	if s.Link != nil {
		has |= Links
	}
	return has
}

// State is the answer of a detector.
type State uint8

// Unknown is the third answer: the detector cannot tell from this sample. It replaces most rules
// by which one alarm would inhibit another.
const (
	Unknown State = iota
	Clear
	Present
)

// Verdict is what a detector says of one sample. Score runs from 0 (certainly clear) to 1
// (certainly present) and means something only where State is not Unknown. Detail is one short
// line for an operator, given with Present; it does not change with every sample.
//
// Lasted is for how long it has been so already, for a detector that needs some samples to be sure
// but then knows when it began: an episode begins (or ends) that much before this sample.
type Verdict struct {
	State  State
	Score  float64
	Detail string
	Lasted time.Duration
}

// Detector judges the samples of one feed, in order. It may remember what it needs.
type Detector interface {
	Judge(Sample) Verdict
}

// Severity ranks incidents for routing.
type Severity uint8

// From "worth a note" to "off the air".
const (
	Info Severity = iota + 1
	Minor
	Major
	Critical
)

// Kind describes one detector to everybody else: the configuration, the bank, the documentation.
type Kind struct {
	Name     string // as in the configuration: "black"
	Doc      string // what an operator reads: one paragraph, then the source of the arithmetic
	Severity Severity
	// Reads: the detector is asked about samples that have at least one of these parts. One that
	// reads only pictures or sounds counts as Unknown while none are measured; one that reads
	// links or ticks too is asked all the time and must say so itself.
	Reads    Part
	Hold     Hold // the default dwell
	Off      bool // asked only where the configuration enables it
	Settings []Setting
	// New makes the detector of one feed. decode fills a settings struct, which New has preset
	// with the defaults, from the configuration.
	New func(decode func(any) error) (Detector, error)
}

// Setting documents one setting of a detector. The dwell (for, keep) and severity, which every
// detector has, are not listed.
type Setting struct {
	Name    string // as in the configuration
	Default string // as one would write it in the configuration
	Range   string // "0 to 1", "-90dBFS to 0dBFS"
	Doc     string
}
