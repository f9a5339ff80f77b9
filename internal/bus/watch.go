package bus

import (
	"context"
	"errors"
)

// watched is how many changes a watcher reads ahead.
const watched = 64

// Watch returns the changes after a number, first those on disk and then each as it is published,
// until ctx ends or the bus is closed; then the channel is closed. After [Bus.LastSeq] only new
// ones come, after 0 all that are kept. A watcher that does not take them holds up nobody: it reads
// from disk at its own pace. A number that is not reached yet counts as the last.
func (b *Bus) Watch(ctx context.Context, after uint64) (<-chan Event, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil, ErrClosed
	}
	events := make(chan Event)
	next := min(after, b.index.last) + 1
	ctx, cancel := context.WithCancel(ctx)
	ended := context.AfterFunc(b.life, cancel)
	b.running.Go(func() {
		defer ended()
		defer cancel()
		defer close(events)
		b.follow(ctx, next, events)
	})
	return events, nil
}

// follow sends what the stream holds from a number on, and waits for more.
func (b *Bus) follow(ctx context.Context, next uint64, events chan<- Event) {
	for {
		b.mu.Lock()
		s, last, turn := b.store, b.index.last, b.turn
		b.mu.Unlock()
		var entries []entry
		var err error
		if next <= last {
			entries, err = s.read(ctx, next, watched)
		}
		if err != nil && !errors.Is(err, errNone) && ctx.Err() == nil {
			b.log.WarnContext(ctx, "a reader of the incidents waits", "error", err) // for the store to work again
		}
		if len(entries) == 0 {
			select {
			case <-ctx.Done():
				return
			case <-turn:
			}
			continue
		}
		for _, e := range entries {
			next = e.seq + 1
			if e.Kept {
				continue
			}
			select {
			case <-ctx.Done():
				return
			case events <- Event{Seq: e.seq, Stored: e.stored, Change: e.Change}:
			}
		}
	}
}
