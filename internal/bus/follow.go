package bus

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Changes returns up to most changes after a number, in order; none where there are none. last is
// how far it has read: there may be nothing to tell between the last change and it.
func (b *Bus) Changes(ctx context.Context, after uint64, most int) (events []Event, last uint64, err error) {
	s, err := b.current()
	if err != nil {
		return nil, after, err
	}
	last = after
	for len(events) == 0 && last < b.LastSeq() {
		entries, err := s.read(ctx, last+1, most)
		if errors.Is(err, errNone) || err == nil && len(entries) == 0 {
			return nil, last, nil
		}
		if err != nil {
			return nil, after, err
		}
		for _, e := range entries {
			last = e.seq
			if !e.Kept {
				events = append(events, Event{Seq: e.seq, Stored: e.stored, Change: e.Change})
			}
		}
	}
	return events, last, nil
}

// Turn is closed when something has been stored after the call.
func (b *Bus) Turn() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turn
}

// ErrNotOpen is returned for an incident that is closed or was never there.
var ErrNotOpen = errors.New("no such incident is open")

// Acknowledge stores that somebody has taken an open incident up, and returns it as it is then.
func (b *Bus) Acknowledge(ctx context.Context, id, by, note string, now time.Time) (detectors.Incident, error) {
	b.writing.Lock()
	defer b.writing.Unlock()
	if err := b.ready(ctx); err != nil {
		return detectors.Incident{}, fmt.Errorf("acknowledge %s: %w", id, err)
	}
	b.mu.Lock()
	_, open := b.index.open[id]
	var incident detectors.Incident
	if open {
		incident = b.index.known[id].Value.(entry).Change.Incident
	}
	_, floor := b.index.oldestOpen(id)
	b.mu.Unlock()
	if !open {
		return incident, fmt.Errorf("acknowledge %s: %w", id, ErrNotOpen)
	}
	incident.Ack = detectors.Ack{By: by, At: now.UTC().Truncate(time.Millisecond), Note: note}
	change := detectors.Change{Phase: detectors.Acknowledged, Incident: incident, Told: incident.Until}
	if err := b.write(ctx, record{Change: change, Floor: floor}); err != nil {
		return incident, fmt.Errorf("acknowledge %s: %w", id, err)
	}
	b.keep(ctx)
	return incident, nil
}
