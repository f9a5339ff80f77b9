package detectors

import "time"

// Incident is one episode of one fault on one feed: small, durable, and the only thing that leaves
// the machine.
type Incident struct {
	ID       string // feed/kind/began: the same for open, update, close and every resend
	Feed     string
	Kind     string
	Severity Severity
	Began    time.Time     // wall clock of the first bad sample, UTC, to the millisecond
	Ended    time.Time     // wall clock of the first good sample; zero while the incident is open
	At       time.Duration // Began on the feed's clock
	Until    time.Duration // Ended on the feed's clock; the last bad sample while it is open
	Worst    float64       // largest score
	Detail   string
	Flapping bool // it comes and goes faster than it is worth telling; one incident stands for all
	Ack      Ack  // zero until somebody has taken it up
}

// Ack says who has taken an incident up. The store carries it on from one change to the next.
type Ack struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Note string    `json:"note,omitempty"`
}

// Phase is what happened to an incident.
type Phase uint8

// An incident is opened once, updated and acknowledged any number of times, and closed once.
const (
	Opened Phase = iota + 1
	Updated
	Closed
	Acknowledged // while it is open, by an operator
)

// Change is what the bank tells: one incident in its new state, and why it is told.
type Change struct {
	Phase    Phase
	Incident Incident
	Told     time.Duration // on the feed's clock, when the change was decided
}
