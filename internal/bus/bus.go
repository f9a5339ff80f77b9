package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"sync"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// ErrClosed is returned by a Bus that was closed.
var ErrClosed = errors.New("the store of incidents is closed")

// Bus is the durable stream of incidents. It is safe for concurrent use.
type Bus struct {
	dir     string
	options Options
	log     *slog.Logger
	lock    *os.File
	life    context.Context // ends with Close
	stop    context.CancelFunc
	running sync.WaitGroup

	writing sync.Mutex // held while changes are written, so that all see them in one order

	queueing sync.Mutex // guards queue
	queue    []*job     // changes that wait to be written

	mu     sync.Mutex // guards what follows
	store  *store
	index  *index
	turn   chan struct{} // closed and replaced when the stream has grown
	low    bool          // there is so little room on the disk that notes are refused
	broken error         // why the store must be opened again before the next change
	tried  time.Time     // when that was last tried
	damage string        // what was lost, where that was accepted
	closed bool
}

// Open starts the embedded server on a directory, which is made where there is none, and takes up
// what it holds. One process at a time has a directory. The error is one line that says what to
// do; it is a [*DamagedError] where part of what was stored is lost.
func Open(ctx context.Context, dir string, o Options) (*Bus, error) {
	o = o.filled()
	lock, err := claim(dir)
	if err != nil {
		return nil, err
	}
	b := &Bus{dir: dir, options: o, log: o.Log, lock: lock, turn: make(chan struct{})}
	if err := b.load(ctx); err != nil {
		lock.Close()
		return nil, err
	}
	b.life, b.stop = context.WithCancel(context.Background())
	b.running.Go(func() { b.tend(b.life) })
	return b, nil
}

// load opens the store and rebuilds the index from the end of the stream.
func (b *Bus) load(ctx context.Context) error {
	was, noted := readMark(b.dir)
	if !noted {
		if err := distrust(b.dir); err != nil {
			return err
		}
	}
	s, x, lost, err := b.take(ctx, was, !noted)
	if err == nil && lost != "" {
		s.close()
		if !b.options.Salvage {
			return &DamagedError{Dir: b.dir, Lost: lost}
		}
		b.log.ErrorContext(ctx, "the store of incidents is damaged; going on with what is left", "directory", b.dir, "lost", lost)
		if err = distrust(b.dir); err == nil {
			s, x, _, err = b.take(ctx, was, true)
		}
	}
	if err != nil {
		return fmt.Errorf("open the store of incidents in %s: %w", b.dir, err)
	}
	b.mu.Lock()
	b.store, b.index, b.broken = s, x, nil
	if lost != "" {
		b.damage = lost
	}
	close(b.turn)
	b.turn = make(chan struct{})
	b.mu.Unlock()
	b.note(ctx, 0)
	// What was read to rebuild the index is garbage of 20 MB, as much as all the rest of the bus,
	// and would stay resident for minutes.
	debug.FreeOSMemory()
	return nil
}

// take opens the files and reads what a start needs. lost says in one line what cannot be read,
// unless that is accepted. After an error nothing is left open.
func (b *Bus) take(ctx context.Context, was mark, accept bool) (s *store, x *index, lost string, err error) {
	if s, err = openStore(ctx, b.dir, b.options, accept); err != nil {
		return nil, nil, "", err
	}
	if !accept {
		lost, err = inspect(ctx, s, was)
	}
	if err == nil && lost == "" {
		var missing uint64
		x, missing, err = replay(ctx, s, b.options.tune)
		if missing > 0 && !accept {
			lost = fmt.Sprintf("%d of its newest changes cannot be read", missing)
		}
	}
	if err != nil {
		s.close()
	}
	return s, x, lost, err
}

// Publish writes one change and returns when it is on disk, also if the power fails then. After an
// error it is not known whether the change was written: publish the same change again, it will be
// there once. Where the disk was full or read-only, a later call finds out that it no longer is.
func (b *Bus) Publish(ctx context.Context, c detectors.Change) error {
	return b.PublishAll(ctx, c)
}

// failed notes that the store must be opened again, unless it was the caller who gave up or the
// change that was wrong. A full disk is told as such: the server only falls silent.
func (b *Bus) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil || errors.Is(err, errRefused) {
		return err
	}
	if reason := probe(b.dir); reason != nil {
		err = reason
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.broken = err
	return err
}

// retryAfter is how long a store that failed is left alone.
const retryAfter = time.Second

// ready opens the store again after a failure: its server does not write on after a full disk,
// even when there is room again. The caller holds writing.
func (b *Bus) ready(ctx context.Context) error {
	b.mu.Lock()
	broken, tried, closed := b.broken, b.tried, b.closed
	b.mu.Unlock()
	switch {
	case closed:
		return ErrClosed
	case broken == nil:
		return nil
	case time.Since(tried) < retryAfter:
		return fmt.Errorf("the store failed: %w", broken)
	}
	b.mu.Lock()
	b.tried = time.Now()
	b.mu.Unlock()
	b.store.close()
	if err := b.makeRoom(ctx); err != nil {
		return err
	}
	if err := b.load(ctx); err != nil {
		return err
	}
	b.log.InfoContext(ctx, "the store of incidents works again", "directory", b.dir, "after", broken)
	return nil
}

// OpenIncidents returns the incidents that are open, of one feed or of all for "", the oldest
// first.
func (b *Bus) OpenIncidents(feed string) []detectors.Incident {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.index.opened(feed)
}

// LastSeq is the number of the newest change, 0 where there is none.
func (b *Bus) LastSeq() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.index.last
}

// Damage says what was lost of the store and accepted by Salvage, in one line; "" where nothing.
func (b *Bus) Damage() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.damage
}

// Close stops the server. Watchers end.
func (b *Bus) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	b.mu.Unlock()
	b.stop()
	b.running.Wait()
	b.writing.Lock() // a change on its way is written
	defer b.writing.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	b.note(ctx, 0)
	b.store.close()
	return b.lock.Close()
}
