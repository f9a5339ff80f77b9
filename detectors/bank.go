package detectors

import "time"

// Armed is one detector as configured for one feed.
type Armed struct {
	Kind     Kind
	Detector Detector
	Hold     Hold
	Severity Severity
}

// Bank is the detectors of one feed: samples in, incidents out. It belongs to one goroutine.
type Bank struct {
	feed  string
	epoch time.Time // wall clock at 0 on the feed's clock
	armed []Armed
}

// NewBank makes the bank of one feed. epoch is the wall clock at 0 on the feed's clock.
func NewBank(feed string, epoch time.Time, armed []Armed) *Bank {
	return &Bank{feed: feed, epoch: epoch, armed: armed}
}

// Restore takes up the incidents that were open when the feed was last watched. It is called
// before the first Step; they stay open, under their id, until there is evidence that they ended.
func (b *Bank) Restore(open []Incident) {}

// Step asks every detector about one sample and returns what changed by it, in the order of the
// table.
func (b *Bank) Step(s Sample) []Change { return nil }

// Finish ends the feed at a moment on its clock and returns the incidents that are still open,
// each with Until at that moment. They are not closed: nobody saw their end.
func (b *Bank) Finish(at time.Duration) []Incident { return nil }
