package bus

import (
	"context"
	"fmt"
	"time"
)

const (
	// replayed is how many changes are read at the start, beside those that are needed to find
	// every open incident.
	replayed = 10_000
	// keepWithin is how far back the newest change of an open incident may lie. Beyond it the
	// incident is written again, so that a start reads little and no limit reaches it.
	keepWithin = 5_000
	// chunk is how many changes are asked for at a time.
	chunk = 1_000
)

// bounds are the numbers of the oldest and newest change on disk; last is less than first where
// there is none.
func bounds(ctx context.Context, s *store) (first, last uint64, err error) {
	info, err := s.stream.Info(ctx)
	if err != nil {
		return 0, 0, fmt.Errorf("state of the stream: %w", err)
	}
	return max(info.State.FirstSeq, 1), info.State.LastSeq, nil
}

// replay rebuilds the index from the end of the stream: back to the floor that the last change
// names, below which no incident is open, and some more for the queries.
func replay(ctx context.Context, s *store) (*index, error) {
	first, last, err := bounds(ctx, s)
	if err != nil || last < first {
		x := newIndex(first, time.Time{})
		x.last = last
		return x, err
	}
	newest, err := s.read(ctx, last, 1)
	if err != nil {
		return nil, err
	}
	from := max(first, last-min(last, replayed)+1)
	if floor := newest[0].Floor; floor != 0 {
		from = max(first, min(from, floor))
	}
	x := newIndex(from, time.Time{})
	for from <= last {
		entries, err := s.read(ctx, from, chunk)
		if err != nil {
			return nil, err
		}
		if len(entries) == 0 {
			break
		}
		if x.since.IsZero() && x.covers > first {
			x.since = entries[0].stored
		}
		for _, e := range entries {
			x.apply(e)
		}
		from = entries[len(entries)-1].seq + 1
	}
	return x, nil
}

// keep writes the open incident that changed longest ago again where it lies too far back. One at
// a time is enough: there is a change to write it after for each that pushes it back. Failing is
// no harm: the next change tries again.
func (b *Bus) keep(ctx context.Context) {
	b.mu.Lock()
	id, seq := b.index.oldestOpen("")
	if seq == 0 || b.index.last-seq < keepWithin+4*uint64(len(b.index.open)) {
		b.mu.Unlock()
		return
	}
	_, floor := b.index.oldestOpen(id)
	e := b.index.known[id].Value.(entry)
	b.mu.Unlock()
	if err := b.write(ctx, record{Change: e.Change, Floor: floor, Kept: true}); err != nil {
		b.log.Warn("an open incident was not written again", "incident", id, "error", err)
	}
}
