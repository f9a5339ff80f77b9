// Package feed watches feeds: each is one [Feed], from its source to its incidents, and a [Set]
// keeps those that the configuration names running.
package feed

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/status"
)

// turnEvery is how often a feed looks at its link and its clock. It bounds how late anything that
// is told by silence can be told.
const turnEvery = 100 * time.Millisecond

// Options is what a feed is made of.
type Options struct {
	Name   string
	Shown  string // the source as operators may see it
	Source capture.Source
	// Recordings, where set, waits for the file that the feed is: a worker reads it by itself, and no
	// packets come of Source.
	Recordings func(context.Context) (*worker.Recording, bool)
	Timeline   *capture.Timeline
	Program    worker.Program
	Armed      []detectors.Armed
	Restored   []detectors.Incident // open when the feed was last watched
	// Publish puts a change on disk. It is called in order, and again with the same change after
	// an error.
	Publish func(context.Context, detectors.Change) error
	Beat    func() // called at each turn of the feed's loop
	Log     *slog.Logger
}

// Feed is one feed, watched.
type Feed struct {
	Options
	queue  *queue
	worker *worker.Supervisor
	report atomic.Pointer[worker.Report]
	status atomic.Pointer[status.Feed]

	judging sync.Mutex // samples and turns of the clock are judged one at a time; guards what follows
	bank    *detectors.Bank
	link    *link
	outbox  outbox
	logged  struct {
		state status.State
		at    time.Time
	}
}

// New makes a feed; Run watches it.
func New(o Options) *Feed {
	f := &Feed{
		Options: o,
		queue:   newQueue(),
		bank:    detectors.NewBank(o.Name, o.Timeline.Epoch(), o.Armed),
		link:    newLink(o.Source),
		outbox:  outbox{publish: o.Publish, log: o.Log},
	}
	f.link.recorded = o.Recordings != nil
	f.bank.Restore(o.Restored)
	f.status.Store(&status.Feed{
		Name: o.Name, Source: o.Shown, State: status.Starting, Since: time.Now(), Tracks: []status.Track{},
	})
	return f
}

// Run is the main path: the source hands over packets, the worker turns them into samples, the bank
// judges the samples, and what changes is on disk before anybody is told. It returns when ctx ends
// and all of it has stopped; incidents that are open then stay open.
func (f *Feed) Run(ctx context.Context) {
	f.worker = &worker.Supervisor{
		Program:       f.Program,
		Next:          f.queue.next,
		NextRecording: f.recorded(),
		Deliver:       func(s detectors.Sample) { f.sample(ctx, s) },
		Report:        func(r worker.Report) { f.report.Store(&r) },
		Log:           f.Log,
	}
	var parts sync.WaitGroup
	parts.Go(func() { f.capture(ctx) })    // source -> queue
	parts.Go(func() { f.worker.Run(ctx) }) // queue -> worker -> samples -> bank -> disk
	f.tick(ctx)                            // turns of the clock -> bank -> disk
	parts.Wait()
}

// sample judges a sample where it lies: its memory belongs to the conversation with the worker. The
// worker waits meanwhile, and the queue before the worker counts what is dropped.
func (f *Feed) sample(ctx context.Context, s detectors.Sample) {
	f.judging.Lock()
	defer f.judging.Unlock()
	f.link.measured(s)
	f.step(ctx, s)
}

func (f *Feed) tick(ctx context.Context) {
	turn := time.NewTicker(turnEvery)
	defer turn.Stop()
	for {
		select {
		case now := <-turn.C:
			f.turn(ctx, now)
		case <-ctx.Done():
			return
		}
	}
}

// turn looks at the link and tells the watchdog and the API how the feed is doing.
func (f *Feed) turn(ctx context.Context, now time.Time) {
	f.judging.Lock()
	defer f.judging.Unlock()
	at := f.Timeline.Now(now)
	f.step(ctx, detectors.Sample{At: at, Link: f.link.turn(now, f)})
	f.outbox.flush(ctx)
	snapshot := f.snapshot(now)
	f.status.Store(snapshot)
	f.logState(snapshot, now)
	f.Beat()
}

// logState logs where the feed stands when that has changed, once a second at most.
func (f *Feed) logState(s *status.Feed, now time.Time) {
	if s.State == f.logged.state || now.Sub(f.logged.at) < time.Second {
		return
	}
	f.logged.state, f.logged.at = s.State, now
	f.Log.Info("feed is "+string(s.State), "reason", s.Reason, "peer", s.Peer)
}

func (f *Feed) step(ctx context.Context, s detectors.Sample) {
	for _, change := range f.bank.Step(s) {
		f.outbox.send(ctx, change)
	}
}

// Status returns how the feed is doing, as of its last turn.
func (f *Feed) Status() status.Feed { return *f.status.Load() }
