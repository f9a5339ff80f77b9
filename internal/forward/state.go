package forward

import (
	"cmp"
	"context"
	"time"

	"github.com/vedette-av/vedette/internal/bus"
)

// SinkState is how a sink is doing. Counters run from the start of the daemon.
type SinkState struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	State string `json:"state"` // "up", "retrying" or "probing"

	Behind        uint64    `json:"messages_behind"` // at most: some of them may be for other sinks
	Oldest        float64   `json:"oldest_seconds"`  // age of the oldest that was not delivered
	Delivered     uint64    `json:"delivered"`
	Bytes         uint64    `json:"bytes"`
	Failures      uint64    `json:"failed_attempts"`
	Suppressed    uint64    `json:"suppressed"`
	Dead          uint64    `json:"dead_letters"`
	Lost          uint64    `json:"lost"` // to the limits of the store
	LastDelivered time.Time `json:"last_delivered,omitzero"`
	LastError     string    `json:"last_error,omitempty"`
	LastErrorAt   time.Time `json:"last_error_at,omitzero"`

	Failing string `json:"-"`
	cursor  bus.Cursor
	oldest  time.Time
}

// troubled is a sink that knows what keeps its messages from arriving after it took them.
type troubled interface{ Trouble() error }

// snapshot is the state at a moment; ends is how far the log goes.
func (r *runner) snapshot(ends bus.Cursor, now time.Time) SinkState {
	var trouble error
	if t, ok := r.sink.(troubled); ok {
		trouble = t.Trouble()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	s.Name, s.Type, s.State = r.policy.Name, r.policy.Type, cmp.Or(s.Failing, "up")
	s.Behind = ends.Change - min(s.cursor.Change, ends.Change) + ends.Note - min(s.cursor.Note, ends.Note)
	if s.Behind > 0 && !s.oldest.IsZero() {
		s.Oldest = max(now.Sub(s.oldest).Seconds(), 0)
	}
	if trouble != nil {
		s.State, s.LastError, s.LastErrorAt = "retrying", clean(trouble.Error(), longestLine), now.UTC()
	}
	return s
}

// test sends the test message now, whatever waits, and once.
func (r *runner) test(ctx context.Context) error {
	drafts, err := r.sink.Render([]Message{NewTest(r.site, r.policy.Name, time.Now())})
	if err != nil {
		return err
	}
	for _, d := range drafts {
		p, err := r.gate.Admit(d, time.Now())
		if err != nil {
			return err
		}
		timed, cancel := context.WithTimeout(ctx, r.policy.Timeout)
		r.carrying.Lock()
		receipt, err := r.sink.Carry(timed, p)
		r.carrying.Unlock()
		cancel()
		r.gate.record(r.policy.Name, p, receipt, err, time.Now())
		if err != nil {
			return err
		}
	}
	return nil
}
