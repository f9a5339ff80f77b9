package forward

import (
	"context"
	"errors"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
)

// Sink speaks to one receiver. Its methods are called by one goroutine at a time.
type Sink interface {
	// Render makes what is sent of messages, in their order; each draft holds the next of them.
	Render(batch []Message) ([]Draft, error)
	// Carry sends one parcel and returns when the receiver has taken it. An error is temporary
	// unless it is made by [Refused]; it never holds a secret.
	Carry(ctx context.Context, p Parcel) (Receipt, error)
	// Close ends what the sink has open.
	Close() error
}

// refusedError is of a parcel that the receiver will not take, however often it is sent.
type refusedError struct{ error }

func (e refusedError) Unwrap() error { return e.error }

// Refused marks an error as an answer of the receiver that it will not take this parcel.
func Refused(err error) error { return refusedError{err} }

// laterError says when a receiver wants to be asked again.
type laterError struct {
	error
	after time.Duration
}

func (e laterError) Unwrap() error { return e.error }

// Later marks an error with how long the receiver wants to be left alone.
func Later(err error, after time.Duration) error { return laterError{err, after} }

// IsRefused tells whether an error was marked by [Refused].
func IsRefused(err error) bool {
	var r refusedError
	return errors.As(err, &r)
}

// RetryAfter is how long the receiver wants to be left alone; 0 where it did not say.
func RetryAfter(err error) time.Duration {
	var l laterError
	if errors.As(err, &l) {
		return l.after
	}
	return 0
}

// Store is the durable log; [bus.Bus] is one.
type Store interface {
	Changes(ctx context.Context, after uint64, most int) ([]bus.Event, uint64, error)
	Notes(ctx context.Context, after uint64, most int) ([]bus.Note, error)
	Turn() <-chan struct{}
	Ends(ctx context.Context) (bus.Cursor, error)
	State(ctx context.Context) (bus.State, error)
	Cursor(ctx context.Context, reader string) (bus.Cursor, bool, error)
	PutCursor(ctx context.Context, reader string, c bus.Cursor) error
	PutNote(ctx context.Context, id string, data []byte) error
	PutDead(ctx context.Context, sink, id string, data []byte) error
	Dead(ctx context.Context, sink string, after uint64, most int) ([]bus.Note, error)
	PutValue(ctx context.Context, name string, data []byte) error
	Value(ctx context.Context, name string) ([]byte, error)
	OpenIncidents(feed string) []detectors.Incident
}

// Policy is how messages are given to a sink. [Policy.filled] has the defaults.
type Policy struct {
	Name  string
	Type  string // of the sink, to be shown
	Route Route

	Heartbeat time.Duration // none where 0
	Repeat    time.Duration // how often an incident that stays open is told again; never where 0
	Group     time.Duration // what happens within is told in one message; each alone where 0

	Batch      int           // most messages at once
	Rate       float64       // most messages a second; any where 0
	Timeout    time.Duration // for the receiver to answer
	BackoffMin time.Duration // after the first failure; it doubles
	BackoffMax time.Duration
	BreakAfter int // failures in a row, after which the receiver is only probed
	Attempts   int // of what the receiver refuses, before it is put aside
}

func (p Policy) filled() Policy {
	set := func(into *time.Duration, value time.Duration) {
		if *into == 0 {
			*into = value
		}
	}
	set(&p.Timeout, 10*time.Second)
	set(&p.BackoffMin, time.Second)
	set(&p.BackoffMax, 5*time.Minute)
	if p.Batch == 0 {
		p.Batch = 50
	}
	if p.BreakAfter == 0 {
		p.BreakAfter = 5
	}
	if p.Attempts == 0 {
		p.Attempts = 3
	}
	return p
}
