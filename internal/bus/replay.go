package bus

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// chunk is how many changes are asked for at a time.
const chunk = 500

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
// names, below which no incident is open, and some more for the queries. missing is how many
// changes the stream should hold there and cannot give.
func replay(ctx context.Context, s *store, tune tuning) (x *index, missing uint64, err error) {
	info, err := s.stream.Info(ctx)
	if err != nil {
		return nil, 0, fmt.Errorf("state of the stream: %w", err)
	}
	first, last := max(info.State.FirstSeq, 1), info.State.LastSeq
	from := first
	switch newest, err := s.read(ctx, max(last, 1), 1); {
	case errors.Is(err, errNone): // nothing there, or damaged there: all of it is read
	case err != nil:
		return nil, 0, err
	default:
		from = max(first, last-min(last, tune.replayed)+1)
		if floor := newest[0].Floor; floor != 0 {
			from = max(first, min(from, floor))
		}
	}
	x = newIndex(from, time.Time{}, tune.remembered)
	expected, got := last+1-min(from, last+1), uint64(0)
	for from <= last {
		entries, err := s.read(ctx, from, chunk)
		if errors.Is(err, errNone) || err == nil && len(entries) == 0 {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if got == 0 && x.covers > first {
			x.since = entries[0].stored
		}
		for _, e := range entries {
			x.apply(e)
		}
		got += uint64(len(entries))
		from = entries[len(entries)-1].seq + 1
	}
	x.last = last
	gaps := uint64(info.State.NumDeleted)
	return x, expected - min(expected, got+gaps), nil
}

// keep writes the open incident that changed longest ago again where it lies too far back. One at
// a time is enough: there is a change to write it after for each that pushes it back. Failing is
// no harm: the next change tries again.
func (b *Bus) keep(ctx context.Context) {
	b.mu.Lock()
	id, seq := b.index.oldestOpen("")
	if seq == 0 || b.index.last-seq < b.options.tune.keepWithin+4*uint64(len(b.index.open)) {
		b.mu.Unlock()
		return
	}
	_, floor := b.index.oldestOpen(id)
	e := b.index.known[id].Value.(entry)
	b.mu.Unlock()
	if err := b.write(ctx, record{Change: e.Change, Floor: floor, Kept: true}); err != nil {
		b.log.WarnContext(ctx, "an open incident was not written again", "incident", id, "error", err)
	}
}
