package forward

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-av/vedette/internal/bus"
)

// runner gives messages to one sink, in the order of the log, and remembers there how far it has
// come. It holds one segment of the log in memory, however long the receiver is away.
type runner struct {
	policy   Policy
	sink     Sink
	site     string
	store    Store
	gate     *Gate
	silences *Silences
	dropped  *suppressions
	beat     func(now time.Time) Message
	log      *slog.Logger

	cursor   bus.Cursor
	breaker  *breaker
	pace     pace
	nextBeat time.Time
	reminded map[string]int // id of an open incident to how often it was told again
	nextLook time.Time      // for incidents to tell again
	alarmed  bool           // others were told that this sink fails

	carrying sync.Mutex // held while the sink is used
	mu       sync.Mutex // guards state
	state    SinkState
}

// alarmAfter is how long a sink fails before the others are told. The log tells at once.
const alarmAfter = 10 * time.Minute

// run works until ctx ends.
func (r *runner) run(ctx context.Context) {
	defer func() {
		if err := r.sink.Close(); err != nil && ctx.Err() == nil {
			r.log.Warn("a sink did not end in order", "error", err)
		}
	}()
	if err := r.start(ctx); err != nil {
		return // the daemon ends
	}
	r.nextBeat = time.Now()
	trouble := ""
	for ctx.Err() == nil {
		err := r.step(ctx)
		if err == nil || ctx.Err() != nil {
			trouble = ""
			continue
		}
		if err.Error() != trouble { // once, until it is another
			trouble = err.Error()
			r.log.Error("the log of incidents cannot be read; forwarding waits", "error", err)
		}
		pause(ctx, time.Second)
	}
}

// start finds out how far the sink has come. A new one begins now, with the incidents that are open.
func (r *runner) start(ctx context.Context) error {
	for {
		cursor, known, err := r.store.Cursor(ctx, r.policy.Name)
		if err == nil && !known {
			if cursor, err = r.store.Ends(ctx); err == nil {
				err = r.welcome(ctx, cursor)
			}
		}
		if err == nil {
			r.advance(cursor)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.log.Error("a sink cannot find out how far it has come; it tries again", "error", err)
		pause(ctx, 5*time.Second)
	}
}

// pause waits, but no longer than ctx.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// step gives the sink what is next in the log, or waits for something to be there.
func (r *runner) step(ctx context.Context) error {
	turn := r.store.Turn()
	now := time.Now()
	if r.policy.Heartbeat > 0 && !now.Before(r.nextBeat) {
		r.heartbeat(ctx, now)
		return nil
	}
	messages, cursor, err := r.segment(ctx)
	if err != nil {
		return err
	}
	if cursor == r.cursor {
		if messages = r.reminders(now); len(messages) == 0 {
			r.rest(ctx, turn, now)
			return nil
		}
	}
	for len(messages) > 0 {
		n := min(len(messages), r.policy.Batch)
		if err := r.deliver(ctx, messages[:n]); err != nil {
			return nil //nolint:nilerr // the daemon ends
		}
		messages = messages[n:]
	}
	if cursor != r.cursor {
		r.advance(cursor)
		if err := r.store.PutCursor(ctx, r.policy.Name, cursor); err != nil && ctx.Err() == nil {
			r.log.Warn("how far a sink has come was not noted; after a crash some messages come twice, with the same id", "error", err)
		}
	}
	return nil
}

func (r *runner) advance(to bus.Cursor) {
	r.cursor = to
	r.mu.Lock()
	r.state.cursor = to
	r.state.oldest = time.Time{}
	r.mu.Unlock()
}

// rest waits until the log grows or something is due.
func (r *runner) rest(ctx context.Context, turn <-chan struct{}, now time.Time) {
	wait := time.Hour
	if r.policy.Heartbeat > 0 {
		wait = min(wait, r.nextBeat.Sub(now))
	}
	if r.policy.Repeat > 0 {
		wait = min(wait, max(r.nextLook.Sub(now), 0))
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-turn:
	case <-timer.C:
	}
}

// heartbeat is told once and not again: what counts is that it comes now. It waits where the
// receiver is to be left alone.
func (r *runner) heartbeat(ctx context.Context, now time.Time) {
	r.nextBeat = now.Add(r.policy.Heartbeat)
	drafts, err := r.sink.Render([]Message{r.beat(now)})
	for _, d := range drafts {
		var p Parcel
		if p, err = r.gate.Admit(d, now); err == nil {
			err = r.try(ctx, p, true)
		}
		if err != nil {
			break
		}
	}
	if err != nil && ctx.Err() == nil {
		if wait := r.failed(err, false); wait > r.policy.Heartbeat {
			r.nextBeat = now.Add(wait)
		}
	}
}
