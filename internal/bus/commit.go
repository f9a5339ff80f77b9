package bus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sys/unix"

	"github.com/vedette-av/vedette/detectors"
)

// A write to disk that survives the loss of power takes milliseconds, however little is written.
// So whoever gets the turn to write takes along the changes of all who wait for theirs, and they
// share one wait for the disk: group commit, as in databases. The server writes each record to its
// file before it acknowledges it (see TestFlushed); we make the disk keep it.

// mostAtOnce bounds what is written in one turn.
const mostAtOnce = 256

// job is changes that one caller wants on disk, in order.
type job struct {
	changes []detectors.Change
	done    bool // guarded by writing
	err     error
}

// PublishAll writes changes in order, like [Bus.Publish]. After an error the first of them may have
// been written: publish all again.
func (b *Bus) PublishAll(ctx context.Context, changes ...detectors.Change) error {
	for _, c := range changes {
		if c.Incident.ID == "" || c.Incident.Feed == "" || c.Incident.Kind == "" {
			return fmt.Errorf("publish a change: the incident has no id, feed or kind: %+v", c.Incident)
		}
		if _, err := (record{Change: c, Floor: math.MaxUint64}).message(); err != nil { // or it would spoil the turn of others
			return fmt.Errorf("publish %s of %s: %w", c.Phase, c.Incident.ID, err)
		}
	}
	for part := range slices.Chunk(changes, mostAtOnce) {
		j := &job{changes: part}
		b.queueing.Lock()
		b.queue = append(b.queue, j)
		b.queueing.Unlock()
		b.writing.Lock()
		for !j.done {
			b.commit(ctx, b.taken())
		}
		b.writing.Unlock()
		if j.err != nil {
			c := part[0]
			return fmt.Errorf("publish %s of %s: %w", c.Phase, c.Incident.ID, j.err)
		}
	}
	return nil
}

// taken takes jobs off the queue, as many as one turn may write.
func (b *Bus) taken() []*job {
	b.queueing.Lock()
	defer b.queueing.Unlock()
	n, count := 0, 0
	for n < len(b.queue) && (n == 0 || count+len(b.queue[n].changes) <= mostAtOnce) {
		count += len(b.queue[n].changes)
		n++
	}
	jobs := slices.Clone(b.queue[:n])
	b.queue = append(b.queue[:0], b.queue[n:]...)
	return jobs
}

// commit writes the changes of jobs, waits for the disk once, and tells those who wait. The caller
// holds writing; that it gives up does not concern the others.
func (b *Bus) commit(ctx context.Context, jobs []*job) {
	if len(jobs) > 1 {
		ctx = context.WithoutCancel(ctx)
	}
	if err := b.ready(ctx); err != nil {
		for _, j := range jobs {
			j.done, j.err = true, err
		}
		return
	}
	var records []record
	for _, j := range jobs {
		for _, c := range j.changes {
			records = append(records, b.record(c, len(records)))
		}
	}
	written, err := b.writeAll(ctx, records)
	for _, j := range jobs {
		j.done = true
		if written -= len(j.changes); written < 0 {
			j.err = err
		}
	}
	if err == nil {
		b.keep(ctx)
	}
}

// record is a change as it is stored, the nth of its turn.
func (b *Bus) record(c detectors.Change, n int) record {
	b.mu.Lock()
	defer b.mu.Unlock()
	if before, known := b.index.known[c.Incident.ID]; known && c.Incident.Ack == (detectors.Ack{}) {
		c.Incident.Ack = before.Value.(entry).Change.Incident.Ack
	}
	_, floor := b.index.oldestOpen(c.Incident.ID)
	if floor == 0 && n > 0 { // what was opened in this turn is not in the index yet
		floor = b.index.last + 1
	}
	return record{Change: c, Floor: floor}
}

// writeAll appends records, makes the disk keep them and tells those who wait for news. written is
// how many of them it was. A record that cannot be stored at all is an error of its own turn. The
// caller holds writing.
func (b *Bus) writeAll(ctx context.Context, records []record) (written int, err error) {
	now := time.Now().UTC()
	entries := make([]entry, 0, len(records))
	var pending []jetstream.PubAckFuture
	for _, r := range records {
		if len(records) == 1 {
			var seq uint64
			if seq, err = b.store.append(ctx, r); err == nil {
				entries = append(entries, entry{record: r, seq: seq, stored: now})
			}
			break
		}
		msg, wrong := r.message()
		if wrong != nil {
			err = wrong
			break
		}
		var future jetstream.PubAckFuture
		if future, err = b.store.js.PublishMsgAsync(msg, jetstream.WithRetryAttempts(0)); err != nil {
			break
		}
		pending = append(pending, future)
	}
	timed, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	for n, future := range pending {
		var failed error
		select {
		case ack := <-future.Ok():
			entries = append(entries, entry{record: records[n], seq: ack.Sequence, stored: now})
		case failed = <-future.Err():
		case <-timed.Done():
			failed = fmt.Errorf("the store did not answer within %s", writeWithin)
		}
		if failed != nil {
			err = failed
			break
		}
	}
	if synced := b.store.sync(); synced != nil {
		return 0, b.failed(ctx, synced)
	}
	b.mu.Lock()
	for _, e := range entries {
		b.index.apply(e)
	}
	close(b.turn)
	b.turn = make(chan struct{})
	b.mu.Unlock()
	if err != nil {
		err = b.failed(ctx, err)
	}
	return len(entries), err
}

// write is writeAll of one record.
func (b *Bus) write(ctx context.Context, r record) error {
	_, err := b.writeAll(ctx, []record{r})
	return err
}

// sync makes the disk keep what the stream of incidents holds. The newest file is the one that is
// written; a new one is seen by its number, and then the one before and the directory count too.
func (s *store) sync() error {
	number, err := s.newest()
	if err != nil {
		return err
	}
	if number != s.block || s.file == nil {
		if s.file != nil {
			err = errors.Join(unix.Fdatasync(int(s.file.Fd())), s.file.Close())
			s.file = nil
		}
		if err == nil {
			s.file, err = os.Open(filepath.Join(s.blocks, strconv.Itoa(number)+".blk"))
		}
		if err != nil {
			return fmt.Errorf("the file of the newest changes: %w", err)
		}
		s.block = number
		folder, err := os.Open(s.blocks)
		if err != nil {
			return err
		}
		defer folder.Close()
		if err := folder.Sync(); err != nil {
			return err
		}
	}
	return unix.Fdatasync(int(s.file.Fd()))
}

// newest is the number of the file that is written. That there are more is checked by looking for
// the next one, for the names follow each other.
func (s *store) newest() (int, error) {
	if s.file != nil {
		next := filepath.Join(s.blocks, strconv.Itoa(s.block+1)+".blk")
		if _, err := os.Lstat(next); errors.Is(err, os.ErrNotExist) {
			if info, err := s.file.Stat(); err == nil && linked(info) {
				return s.block, nil
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(s.blocks, "*.blk"))
	if err != nil || len(files) == 0 {
		return 0, fmt.Errorf("no file of changes in %s", s.blocks)
	}
	newest := 0
	for _, file := range files {
		number, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(file), ".blk"))
		newest = max(newest, number)
	}
	return newest, nil
}
