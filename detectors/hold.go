package detectors

import "time"

// Hold is how long a fault must last before it is told, and how long it must be gone before it is
// closed. It is the only place where durations live.
type Hold struct {
	For  time.Duration // evidence of the fault needed to open
	Keep time.Duration // evidence of its absence needed to close
}
