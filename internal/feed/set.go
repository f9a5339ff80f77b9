package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/status"
)

// Store is where incidents are kept.
type Store interface {
	Publish(context.Context, detectors.Change) error
	OpenIncidents(feed string) []detectors.Incident // of every feed where the name is empty
}

// loopLimit is how long a feed's loop may take for one turn before the daemon counts as stuck. A
// store on a slow disk may hold it up for a while.
const loopLimit = 10 * time.Second

// Set is the feeds that the configuration names, running.
type Set struct {
	Kinds    []detectors.Kind
	Store    Store
	Sources  *Sources
	Watchdog *status.Watchdog
	Log      *slog.Logger

	applying sync.Mutex // one change at a time
	mu       sync.Mutex // guards running
	running  map[string]*running
}

// running is one feed with what ends it.
type running struct {
	feed   *Feed
	config config.Feed
	worker worker.Program
	end    func() // stops it and waits
}

// Apply makes the running feeds those of the configuration. A feed whose settings are the same is
// not touched; one whose settings changed goes on with its open incidents. An error names every
// feed that could not be started; the others run.
func (s *Set) Apply(ctx context.Context, feeds []config.Feed, program worker.Program) error {
	s.applying.Lock()
	defer s.applying.Unlock()
	wanted := map[string]config.Feed{}
	for _, f := range feeds {
		wanted[f.Name] = f
	}
	for name, r := range s.snapshot() {
		f, keep := wanted[name]
		if keep && reflect.DeepEqual(f, r.config) && r.worker == program {
			delete(wanted, name)
			continue
		}
		s.stop(name, r)
	}
	s.retire(ctx, feeds)
	var failed []error
	for _, f := range feeds {
		if _, new := wanted[f.Name]; new {
			failed = append(failed, s.start(f, program))
		}
	}
	return errors.Join(failed...)
}

// start begins to watch one feed.
func (s *Set) start(f config.Feed, program worker.Program) error {
	if f.Placement == config.GPU {
		return fmt.Errorf("feed %s: placement gpu: this version decodes on the CPU: set placement to auto or cpu", f.Name)
	}
	armed, err := f.Arm(s.Kinds)
	if err != nil {
		return fmt.Errorf("feed %s: %w", f.Name, err)
	}
	timeline := capture.NewTimeline(time.Now())
	opened, err := s.Sources.open(f, timeline)
	if err != nil {
		return err
	}
	loop := s.Watchdog.Watch("feed "+f.Name, loopLimit, time.Now())
	feed := New(Options{
		Name: f.Name, Shown: status.Redact(f.Source),
		Source: opened.Source, Recordings: recordings(opened.Source), Timeline: timeline,
		Program: withThreads(program, f.Threads), Armed: armed,
		Restored: s.Store.OpenIncidents(f.Name),
		Publish:  s.Store.Publish,
		Beat:     func() { loop.Beat(time.Now()) },
		Log:      s.Log.With("feed", f.Name),
	})
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { feed.Run(ctx) })
	end := func() {
		cancel()
		done.Wait()
		loop.Done()
		opened.release()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		s.running = map[string]*running{}
	}
	s.running[f.Name] = &running{feed: feed, config: f, worker: program, end: end}
	return nil
}

func withThreads(program worker.Program, threads int) worker.Program {
	program.Threads = threads
	return program
}

func (s *Set) stop(name string, r *running) {
	r.end()
	s.mu.Lock()
	delete(s.running, name)
	s.mu.Unlock()
}

// retire closes the incidents of feeds that are no longer watched: nobody would ever see their end.
func (s *Set) retire(ctx context.Context, feeds []config.Feed) {
	for _, i := range s.Store.OpenIncidents("") {
		if slices.ContainsFunc(feeds, func(f config.Feed) bool { return f.Name == i.Feed }) {
			continue
		}
		now := time.Now().UTC().Truncate(time.Millisecond)
		i.Until += now.Sub(i.Began) - (i.Until - i.At)
		i.Ended = now
		i.Detail = "no longer watched: the feed was removed from the configuration"
		if err := s.Store.Publish(ctx, detectors.Change{Phase: detectors.Closed, Incident: i, Told: i.Until}); err != nil {
			s.Log.Error("incident of a removed feed not closed", "id", i.ID, "err", err)
		}
	}
}

// Close stops every feed, all at once, and waits for them. Their open incidents stay open.
func (s *Set) Close() {
	s.applying.Lock()
	defer s.applying.Unlock()
	var stopping sync.WaitGroup
	all := s.snapshot()
	for _, r := range all {
		stopping.Go(r.end)
	}
	stopping.Wait()
	s.mu.Lock()
	s.running = nil
	s.mu.Unlock()
}

func (s *Set) snapshot() map[string]*running {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]*running, len(s.running))
	for name, r := range s.running {
		all[name] = r
	}
	return all
}

// Feeds returns how every feed is doing, by name.
func (s *Set) Feeds() []status.Feed {
	feeds := []status.Feed{}
	for _, r := range s.snapshot() {
		feeds = append(feeds, r.feed.Status())
	}
	slices.SortFunc(feeds, func(a, b status.Feed) int { return cmp.Compare(a.Name, b.Name) })
	return feeds
}

// Feed returns how one feed is doing.
func (s *Set) Feed(name string) (status.Feed, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.running[name]
	if !ok {
		return status.Feed{}, false
	}
	return r.feed.Status(), true
}
