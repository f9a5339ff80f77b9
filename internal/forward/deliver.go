package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// deliver gives messages to the sink and returns when each was taken or put aside; the error is
// that ctx has ended. While the receiver is only probed, one goes first.
func (r *runner) deliver(ctx context.Context, messages []Message) error {
	if r.breaker.open() && len(messages) > 1 {
		return r.each(ctx, messages[:1], messages[1:])
	}
	drafts, err := r.sink.Render(messages)
	if err != nil {
		if len(messages) > 1 {
			return r.singly(ctx, messages)
		}
		return r.putAside(ctx, messages[0], err)
	}
	for _, d := range drafts {
		if err := r.carry(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) each(ctx context.Context, parts ...[]Message) error {
	for _, part := range parts {
		if err := r.deliver(ctx, part); err != nil {
			return err
		}
	}
	return nil
}

// singly finds out which of several messages cannot be sent.
func (r *runner) singly(ctx context.Context, messages []Message) error {
	for _, m := range messages {
		if err := r.deliver(ctx, []Message{m}); err != nil {
			return err
		}
	}
	return nil
}

// carry sends one draft until it is taken or put aside.
func (r *runner) carry(ctx context.Context, d Draft) error {
	parcel, err := r.gate.Admit(d, time.Now())
	if err != nil {
		if len(d.Messages) > 1 {
			return r.singly(ctx, d.Messages)
		}
		return r.putAside(ctx, d.Messages[0], err)
	}
	for attempt, refusals := 1, 0; ; attempt++ {
		pause(ctx, r.pace.wait(len(d.Messages), time.Now()))
		if ctx.Err() != nil {
			return ctx.Err()
		}
		err := r.try(ctx, parcel, attempt == 1)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if IsRefused(err) {
			if refusals++; len(d.Messages) > 1 {
				return r.singly(ctx, d.Messages)
			}
			if refusals >= r.policy.Attempts {
				return r.putAside(ctx, d.Messages[0], err)
			}
		}
		pause(ctx, r.failed(err, IsRefused(err)))
		if r.breaker.open() && len(d.Messages) > 1 {
			return r.deliver(ctx, d.Messages)
		}
	}
}

// graceAtEnd is how long a parcel that is on its way when the daemon ends may take to arrive.
const graceAtEnd = time.Second

// try sends a parcel once. first tells that it was not tried before.
func (r *runner) try(ctx context.Context, p Parcel, first bool) error {
	timed, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.policy.Timeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		pause(timed, graceAtEnd)
		cancel()
	})()
	r.carrying.Lock()
	receipt, err := r.sink.Carry(timed, p)
	r.carrying.Unlock()
	now := time.Now()
	if err == nil || first {
		r.gate.record(r.policy.Name, p, receipt, err, now)
	} else {
		r.gate.failed()
	}
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.state.Delivered += uint64(len(p.Messages()))
	r.state.Bytes += uint64(len(p.Body()))
	r.state.LastDelivered, r.state.Failing = now.UTC(), ""
	r.mu.Unlock()
	if away := r.breaker.worked(now); away > 0 {
		r.back(away, now)
	}
	return nil
}

// failed notes a failure, tells of it where it is news, and returns how long to wait.
func (r *runner) failed(err error, poison bool) time.Duration {
	now := time.Now()
	wasOpen, text := r.breaker.open(), clean(err.Error(), longestLine)
	wait := r.breaker.min
	if !poison { // the receiver is there, it only does not want this one
		wait = r.breaker.failed(RetryAfter(err), now)
	}
	r.mu.Lock()
	news := r.state.LastError != text || r.state.Failing == ""
	r.state.Failures++
	r.state.LastError, r.state.LastErrorAt, r.state.Failing = text, now.UTC(), "retrying"
	if r.breaker.open() {
		r.state.Failing = "probing"
	}
	r.mu.Unlock()
	if news {
		r.log.Warn("a message did not arrive; it is tried again", "error", text, "in", wait.Round(time.Millisecond))
	}
	if r.breaker.open() && !wasOpen {
		r.log.Error("the receiver of a sink has failed several times in a row; it is only probed until it answers", "failures", r.breaker.failures)
	}
	if !r.alarmed && r.breaker.failures > 0 && now.Sub(r.breaker.since) > alarmAfter {
		r.alarmed = true
		r.notice(fmt.Sprintf("failing/%s/%d", r.policy.Name, r.breaker.since.UnixMilli()), detectors.Major,
			fmt.Sprintf("sink %s has not got through since %s: %s", r.policy.Name, r.breaker.since.UTC().Format(time.RFC3339), text))
	}
	return wait
}

// back tells that the receiver works again.
func (r *runner) back(away time.Duration, now time.Time) {
	r.log.Info("messages arrive again", "after", away.Round(time.Millisecond))
	if r.alarmed {
		r.alarmed = false
		r.notice(fmt.Sprintf("back/%s/%d", r.policy.Name, now.UnixMilli()), detectors.Info,
			fmt.Sprintf("sink %s gets through again after %s", r.policy.Name, away.Round(time.Second)))
	}
}

// notice tells all sinks something of this one. That it cannot be stored is logged.
func (r *runner) notice(what string, severity detectors.Severity, text string) {
	m := NewNotice(r.site, what, Notice{severity, text}, time.Now())
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := r.store.PutNote(ctx, m.ID(), m.text); err != nil {
		r.log.Warn("the other sinks were not told", "notice", text, "error", err)
	}
}

// DeadLetter is a message that the receiver of a sink would not take.
type DeadLetter struct {
	Time    time.Time       `json:"time"`
	Reason  string          `json:"reason"`
	Message json.RawMessage `json:"message"`
}

// putAside keeps a message that cannot be sent where an operator finds it, and raises an alarm. One
// that was not let through for its size counts as suppressed where it opens and closes nothing.
func (r *runner) putAside(ctx context.Context, m Message, why error) error {
	if errors.Is(why, ErrBudget) && !m.vital() {
		r.suppress(m, "budget")
		return nil
	}
	letter, err := json.Marshal(DeadLetter{time.Now().UTC().Truncate(time.Millisecond), clean(why.Error(), longestLine), m.text})
	if err != nil {
		return fmt.Errorf("put a message aside: %w", err)
	}
	for {
		err := r.store.PutDead(ctx, r.policy.Name, m.ID(), letter)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.failed(err, true)
		pause(ctx, 5*time.Second)
	}
	r.mu.Lock()
	r.state.Dead++
	dead := r.state.Dead
	r.mu.Unlock()
	r.log.Error("a message was put aside: the receiver does not take it", "id", m.ID(), "error", clean(why.Error(), longestLine))
	if m.Type() != NoticeType && (dead == 1 || dead%100 == 0) {
		r.notice(fmt.Sprintf("dead/%s/%s", r.policy.Name, m.ID()), detectors.Critical,
			fmt.Sprintf("sink %s: the receiver does not take %d messages: %s", r.policy.Name, dead, why))
	}
	return nil
}
