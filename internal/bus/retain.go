package bus

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	noteEvery   = 5 * time.Second
	retainEvery = time.Hour
)

// tend keeps the mark current and drops what is too old, until ctx ends.
func (b *Bus) tend(ctx context.Context) {
	notes, old := time.NewTicker(noteEvery), time.NewTicker(retainEvery)
	defer notes.Stop()
	defer old.Stop()
	noted := b.LastSeq()
	b.retain(ctx, time.Now())
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-old.C:
			b.retain(ctx, now)
		case <-notes.C:
			b.spare(ctx)
			if last := b.LastSeq(); last != noted {
				b.tended(func(*store) { b.note(ctx, 0) })
				noted = last
			}
		}
	}
}

// tended runs f while the store is not being written or opened again.
func (b *Bus) tended(f func(*store)) {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.mu.Lock()
	s, usable := b.store, b.broken == nil && !b.closed
	b.mu.Unlock()
	if usable {
		f(s)
	}
}

// retain drops the changes older than the limit, but none at or after the newest change of an
// incident that is open, and never the last one, which tells a start how far back to read.
func (b *Bus) retain(ctx context.Context, now time.Time) {
	b.tended(func(s *store) {
		first, last, err := bounds(ctx, s)
		if err != nil || last < first {
			return
		}
		until := last
		switch e, err := s.firstSince(ctx, now.Add(-b.options.MaxAge)); {
		case err == nil:
			until = min(until, e.seq)
		case !errors.Is(err, errNone):
			b.log.Warn("old incidents were not dropped", "error", err)
			return
		}
		b.mu.Lock()
		if _, seq := b.index.oldestOpen(""); seq != 0 {
			until = min(until, seq)
		}
		b.mu.Unlock()
		if until <= first {
			return
		}
		b.note(ctx, until)
		if err := s.stream.Purge(ctx, jetstream.WithPurgeSequence(until)); err != nil {
			b.log.Warn("old incidents were not dropped", "error", err)
			return
		}
		b.mu.Lock()
		b.index.purged(until)
		b.mu.Unlock()
	})
}
