package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/nats-io/nats.go/jetstream"
)

// Where less than lowRoom is left on the disk, notes are refused and half of them go, so that
// incidents can be stored when the rest is taken too.
const lowRoom = 32 << 20

// spare looks at the room on the disk and gives up notes where it is little.
func (b *Bus) spare(ctx context.Context) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(b.dir, &fs); err != nil {
		return
	}
	low := int64(fs.Bavail)*fs.Bsize < b.options.tune.lowRoom
	b.mu.Lock()
	was := b.low
	b.low = low
	b.mu.Unlock()
	switch {
	case low && !was:
		b.log.ErrorContext(ctx, "the disk is nearly full: digests are no longer stored, and the oldest go; incidents still are",
			"directory", b.dir, "free_bytes", int64(fs.Bavail)*fs.Bsize)
		b.tended(func(s *store) { b.halve(ctx, s) })
	case was && !low:
		b.log.InfoContext(ctx, "there is room on the disk again: digests are stored", "directory", b.dir)
	}
}

// halve drops the older half of the notes.
func (b *Bus) halve(ctx context.Context, s *store) {
	first, last, err := s.span(ctx, notesStream)
	if err == nil && last > first {
		var stream jetstream.Stream
		if stream, err = s.js.Stream(ctx, notesStream); err == nil {
			err = stream.Purge(ctx, jetstream.WithPurgeSequence(first+(last-first)/2+1))
		}
	}
	if err != nil {
		b.log.WarnContext(ctx, "no digests could be dropped", "error", err)
	}
}

// makeRoom is called while the store is closed after a failure. Where the disk is full it removes
// all notes, for incidents come first; the error says why there is still no room.
func (b *Bus) makeRoom(ctx context.Context) error {
	err := probe(b.dir)
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return err
	}
	stored, _ := filepath.Glob(filepath.Join(b.dir, "jetstream", "*", "streams", notesStream, "msgs", "*.blk"))
	if len(stored) == 0 {
		return err
	}
	for _, dir := range stored {
		if failed := os.RemoveAll(filepath.Dir(filepath.Dir(dir))); failed != nil {
			b.log.ErrorContext(ctx, "the digests could not be removed from a full disk", "error", failed)
			return err
		}
	}
	b.log.ErrorContext(ctx, "the disk is full: all digests that were not forwarded yet are given up for incidents", "directory", b.dir)
	return probe(b.dir)
}

// State is how full the store is.
type State struct {
	First, Last uint64 // numbers of the oldest and newest change
	Bytes, Most int64  // of changes on disk, and at most
	Low         bool   // the disk is nearly full
}

// State returns how full the store is.
func (b *Bus) State(ctx context.Context) (State, error) {
	s, err := b.current()
	if err != nil {
		return State{}, err
	}
	info, err := s.stream.Info(ctx)
	if err != nil {
		return State{}, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return State{First: info.State.FirstSeq, Last: info.State.LastSeq, Bytes: int64(info.State.Bytes), Most: b.options.MaxBytes, Low: b.low}, nil
}
