package feed

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/status"
)

// Live looks at one live source once, without a store: until ctx ends, or until the source does.
type Live struct {
	Program worker.Program
	Sources *Sources
	Config  config.Feed
	Armed   []detectors.Armed
	Log     *slog.Logger
	// Seen, Incident and Changed may be nil. Seen hears of the feed at each of its turns, Incident of
	// each incident as Clip's does, Changed of each change as it is told.
	Seen     func(status.Feed)
	Incident func(detectors.Incident)
	Changed  func(detectors.Change)
}

// settle is how long the last packets of a source that ended may take through the worker.
const settle = time.Second

// Watch looks at the source and returns what it saw. A source that ends before it gave anything is
// an error.
func (l Live) Watch(ctx context.Context) (Summary, error) {
	timeline := capture.NewTimeline(time.Now())
	opened, err := l.Sources.open(l.Config, timeline)
	if err != nil {
		return Summary{}, err
	}
	defer opened.release()
	once := &onceSource{Source: opened.Source, ended: make(chan error, 1)}
	ledger := &ledger{tell: l.Incident, changed: l.Changed, open: map[string]detectors.Incident{}}
	var f *Feed
	f = New(Options{
		Name: l.Config.Name, Shown: status.Redact(l.Config.Source),
		Source: once, Recordings: recordings(opened.Source), Timeline: timeline,
		Program: withThreads(l.Program, l.Config.Threads), Armed: l.Armed,
		Publish: ledger.publish, Log: l.Log,
		Beat: func() {
			if l.Seen != nil {
				l.Seen(f.Status())
			}
		},
	})
	watching, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() { f.Run(watching) })
	end := once.wait(ctx)
	cancel()
	running.Wait()

	last := f.Status()
	if end != nil && last.Packets == 0 {
		return Summary{}, end
	}
	ledger.finish()
	return Summary{
		Duration: timeline.Now(time.Now()), Pictures: last.Pictures,
		Incidents: ledger.count, Unmeasured: f.bank.Unmeasured(),
	}, nil
}

// onceSource is a source that is not tried again when it ends.
type onceSource struct {
	capture.Source
	ended chan error
}

// Run runs the source once, and then waits with whoever would try it again.
func (o *onceSource) Run(ctx context.Context, emit func(capture.Packet)) error {
	err := o.Source.Run(ctx, emit)
	if ctx.Err() == nil {
		o.ended <- fmt.Errorf("the source ended: %w", err)
	}
	<-ctx.Done()
	return err
}

// Facts passes on what the source tells of its link.
func (o *onceSource) Facts() capture.Facts {
	if teller, ok := o.Source.(capture.Teller); ok {
		return teller.Facts()
	}
	return capture.Facts{Up: true}
}

// wait returns when the source has ended and its last packets are measured, or when ctx ends.
func (o *onceSource) wait(ctx context.Context) error {
	select {
	case err := <-o.ended:
		select {
		case <-time.After(settle):
		case <-ctx.Done():
		}
		return err
	case <-ctx.Done():
		return nil
	}
}

// ledger stands in for the store: it tells of incidents when they have ended, and keeps the others.
// It belongs to the feed's judging loop until the feed has stopped.
type ledger struct {
	tell    func(detectors.Incident)
	changed func(detectors.Change)
	open    map[string]detectors.Incident
	count   int
}

func (l *ledger) publish(_ context.Context, c detectors.Change) error {
	if l.changed != nil {
		l.changed(c)
	}
	if c.Phase != detectors.Closed {
		l.open[c.Incident.ID] = c.Incident
		return nil
	}
	delete(l.open, c.Incident.ID)
	l.done(c.Incident)
	return nil
}

func (l *ledger) done(i detectors.Incident) {
	l.count++
	if l.tell != nil {
		l.tell(i)
	}
}

func (l *ledger) finish() {
	for _, i := range l.open {
		l.done(i)
	}
}
