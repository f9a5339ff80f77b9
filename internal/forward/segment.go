package forward

import (
	"context"
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
)

// mostInSegment bounds what is read at once to be grouped.
const mostInSegment = 500

// segment reads what comes next for the sink, and where it then stands. Incidents come before
// notes, so that after an outage the alarms are told first.
func (r *runner) segment(ctx context.Context) ([]Message, bus.Cursor, error) {
	cursor := r.cursor
	events, last, err := r.changes(ctx)
	if err != nil {
		return nil, cursor, err
	}
	if last != cursor.Change {
		messages := r.overrun(ctx, events)
		for _, e := range events {
			if m := NewChange(r.site, e.Change, e.Stored); r.chosen(m) {
				messages = append(messages, m)
			}
		}
		if r.policy.Group > 0 {
			messages = grouped(messages)
		}
		cursor.Change = last
		return messages, cursor, nil
	}
	notes, err := r.store.Notes(ctx, cursor.Note, r.policy.Batch)
	if err != nil || len(notes) == 0 {
		return nil, cursor, err
	}
	r.waits(notes[0].Stored)
	var messages []Message
	for _, n := range notes {
		m, err := parse(n.Data)
		if err != nil {
			r.log.Error("a stored message is passed over", "number", n.Seq, "error", err)
		} else if r.chosen(m) {
			messages = append(messages, m)
		}
		cursor.Note = n.Seq
	}
	return messages, cursor, nil
}

// changes reads the next changes. Where they are grouped it waits until what belongs together is
// there: by when it was stored, so that it is the same again after a crash.
func (r *runner) changes(ctx context.Context) ([]bus.Event, uint64, error) {
	most := r.policy.Batch
	if r.policy.Group > 0 {
		most = mostInSegment
	}
	events, last, err := r.store.Changes(ctx, r.cursor.Change, most)
	if err != nil || len(events) == 0 {
		return nil, last, err
	}
	r.waits(events[0].Stored)
	if r.policy.Group == 0 {
		return events, last, nil
	}
	until := events[0].Stored.Add(r.policy.Group)
	if wait := time.Until(until); wait > 0 && len(events) < most {
		pause(ctx, min(wait, r.policy.Group))
		if ctx.Err() != nil {
			return nil, r.cursor.Change, ctx.Err()
		}
		if events, last, err = r.store.Changes(ctx, r.cursor.Change, most); err != nil {
			return nil, last, err
		}
	}
	for n, e := range events {
		if e.Stored.After(until) {
			return events[:n], events[n-1].Seq, nil
		}
	}
	return events, last, nil
}

// waits notes since when the oldest message waits that was not delivered.
func (r *runner) waits(since time.Time) {
	r.mu.Lock()
	r.state.oldest = since
	r.mu.Unlock()
}

// overrun tells when the limits of the log took changes away before the sink had them.
func (r *runner) overrun(ctx context.Context, events []bus.Event) []Message {
	if len(events) == 0 || r.cursor.Change == 0 || events[0].Seq == r.cursor.Change+1 {
		return nil
	}
	state, err := r.store.State(ctx)
	if err != nil || state.First <= r.cursor.Change+1 {
		return nil // the numbers have gaps of their own
	}
	lost := state.First - r.cursor.Change - 1
	r.mu.Lock()
	r.state.Lost += lost
	r.mu.Unlock()
	text := fmt.Sprintf("up to %d changes of incidents were dropped by the limits of the store before sink %s could send them", lost, r.policy.Name)
	r.log.Error(text + ": raise bus.max_size or bus.max_age, or mend the sink")
	return []Message{NewNotice(r.site, fmt.Sprintf("lost/%s/%d", r.policy.Name, state.First), Notice{detectors.Critical, text}, time.Now())}
}

// chosen tells whether the sink is given a message. What it would be given but for a silence is
// listed.
func (r *runner) chosen(m Message) bool {
	if !r.policy.Route.wants(m) {
		return false
	}
	if reason := r.policy.Route.muted(m, r.silences.List()); reason != "" {
		r.suppress(m, reason)
		return false
	}
	return true
}

func (r *runner) suppress(m Message, reason string) {
	r.dropped.add(r.policy.Name, m, reason, time.Now())
	r.mu.Lock()
	r.state.Suppressed++
	r.mu.Unlock()
}

// welcome gives a new sink the incidents that are open, and notes where it begins.
func (r *runner) welcome(ctx context.Context, cursor bus.Cursor) error {
	var messages []Message
	for _, i := range r.store.OpenIncidents("") {
		if m := NewChange(r.site, detectors.Change{Phase: detectors.Opened, Incident: i}, i.Began); r.chosen(m) {
			messages = append(messages, m)
		}
	}
	if err := r.store.PutCursor(ctx, r.policy.Name, cursor); err != nil {
		return err
	}
	r.advance(cursor)
	for len(messages) > 0 {
		n := min(len(messages), r.policy.Batch)
		if err := r.deliver(ctx, messages[:n]); err != nil {
			return err
		}
		messages = messages[n:]
	}
	return nil
}

// reminders are the incidents that have been open for another interval and that nobody has taken
// up. They are not stored: what counts is what is open now.
func (r *runner) reminders(now time.Time) []Message {
	every := r.policy.Repeat
	if every <= 0 || now.Before(r.nextLook) {
		return nil
	}
	r.nextLook = now.Add(every)
	first := r.reminded == nil
	told := map[string]int{}
	var messages []Message
	for _, i := range r.store.OpenIncidents("") {
		lasted := now.Sub(i.Began)
		n := int(lasted / every)
		r.nextLook = earlier(r.nextLook, i.Began.Add(time.Duration(n+1)*every))
		told[i.ID] = n
		if before, known := r.reminded[i.ID]; first || n < 1 || known && before >= n || i.Ack.By != "" {
			continue
		}
		if m := NewReminder(r.site, i, n, now); r.chosen(m) {
			messages = append(messages, m)
		}
	}
	r.reminded = told
	return messages
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
