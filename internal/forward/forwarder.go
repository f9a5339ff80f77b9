package forward

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/status"
)

// Options is what a Forwarder stands on.
type Options struct {
	Site    string
	Version string
	Store   Store
	Feeds   func() []status.Feed // as they are now
	Sinks   []OpenedSink         // closed by Run
	Limits  Limits
	Log     *slog.Logger // nothing is logged where nil
}

// OpenedSink is a sink with how messages are given to it.
type OpenedSink struct {
	Policy Policy
	Sink   Sink
}

// Forwarder runs the sinks.
type Forwarder struct {
	options  Options
	gate     *Gate
	silences *Silences
	dropped  suppressions
	runners  []*runner
	began    time.Time
	warned   map[string]bool // sinks that the store may soon outrun
}

// New makes the forwarder of a daemon; Run works.
func New(ctx context.Context, o Options) (*Forwarder, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	silences, err := loadSilences(ctx, o.Store)
	if err != nil {
		return nil, err
	}
	f := &Forwarder{options: o, gate: NewGate(o.Limits), silences: silences, began: time.Now(), warned: map[string]bool{}}
	for _, s := range o.Sinks {
		p := s.Policy.filled()
		f.runners = append(f.runners, &runner{
			policy: p, sink: s.Sink, site: o.Site, store: o.Store, gate: f.gate, silences: silences, dropped: &f.dropped,
			beat: f.beat, log: o.Log.With("sink", p.Name), breaker: newBreaker(p), pace: pace{rate: p.Rate},
		})
	}
	return f, nil
}

// Run forwards until ctx ends and every sink has ended.
func (f *Forwarder) Run(ctx context.Context) {
	var running sync.WaitGroup
	for _, r := range f.runners {
		running.Go(func() { r.run(ctx) })
	}
	if len(f.runners) > 0 {
		running.Go(func() { f.tend(ctx) })
	}
	running.Wait()
}

// sampleEvery is how often the feeds are looked at for their digests.
const sampleEvery = time.Second

// tend makes the digests and watches that no sink falls too far behind.
func (f *Forwarder) tend(ctx context.Context) {
	tick, look := time.NewTicker(sampleEvery), time.NewTicker(time.Minute)
	defer tick.Stop()
	defer look.Stop()
	var digests *digester
	if f.options.Limits.Every > 0 {
		digests = newDigester(f.options, time.Now())
	}
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if digests != nil {
				digests.sample(ctx, now)
			}
		case <-look.C:
			f.look(ctx)
		}
	}
}

// look tells when the store is nearly full and what a sink has not sent yet is about to go.
func (f *Forwarder) look(ctx context.Context) {
	state, err := f.options.Store.State(ctx)
	if err != nil || state.Last <= state.First {
		return
	}
	for _, r := range f.runners {
		r.mu.Lock()
		done := r.state.cursor.Change
		r.mu.Unlock()
		oldest := state.First + (state.Last-state.First)/4
		risk := state.Bytes > state.Most/10*8 && done < oldest
		if risk && !f.warned[r.policy.Name] {
			text := fmt.Sprintf("the store of incidents is %d %% full, and sink %s has not sent the oldest: they will be dropped", state.Bytes*100/state.Most, r.policy.Name)
			f.options.Log.Error(text + ": raise bus.max_size, or mend the sink")
			r.notice(fmt.Sprintf("nearly-full/%s/%d", r.policy.Name, done), detectors.Major, text)
		}
		f.warned[r.policy.Name] = risk
	}
}

func (f *Forwarder) beat(now time.Time) Message {
	feeds := f.options.Feeds()
	h := Heartbeat{Version: f.options.Version, Uptime: int(now.Sub(f.began).Seconds()), Feeds: len(feeds)}
	for _, feed := range feeds {
		if feed.State == status.Up {
			h.Up++
		}
		h.Open += len(feed.Open)
	}
	return NewHeartbeat(f.options.Site, h, now)
}

// Sinks returns how the sinks are doing, in the order of the configuration.
func (f *Forwarder) Sinks(ctx context.Context) ([]SinkState, error) {
	states := []SinkState{}
	ends, err := f.options.Store.Ends(ctx)
	for _, r := range f.runners {
		states = append(states, r.snapshot(ends, time.Now()))
	}
	return states, err
}

// ErrNoSink is of a sink that is not there.
var ErrNoSink = errors.New("there is no such sink")

func (f *Forwarder) sink(name string) (*runner, error) {
	at := slices.IndexFunc(f.runners, func(r *runner) bool { return r.policy.Name == name })
	if at < 0 {
		return nil, ErrNoSink
	}
	return f.runners[at], nil
}

// Test sends a test message to a sink now and returns what the receiver said.
func (f *Forwarder) Test(ctx context.Context, name string) error {
	r, err := f.sink(name)
	if err != nil {
		return err
	}
	return r.test(ctx)
}

// Dead returns the last messages that the receiver of a sink would not take, the oldest first.
func (f *Forwarder) Dead(ctx context.Context, name string, most int) ([]DeadLetter, error) {
	if _, err := f.sink(name); err != nil {
		return nil, err
	}
	letters := []DeadLetter{}
	for after := uint64(0); ; {
		notes, err := f.options.Store.Dead(ctx, name, after, 100)
		if err != nil {
			return nil, err
		}
		if len(notes) == 0 {
			return letters, nil
		}
		for _, n := range notes {
			var d DeadLetter
			if err := json.Unmarshal(n.Data, &d); err == nil {
				letters = append(letters, d)
			}
			after = n.Seq
		}
		letters = letters[max(len(letters)-most, 0):]
	}
}

// Egress returns the last parcels exactly as they were sent, the oldest first, and the totals.
func (f *Forwarder) Egress() ([]Sent, Totals) { return f.gate.Egress() }

// Suppressed returns what was not told and why: the last, the oldest first, and the counts.
func (f *Forwarder) Suppressed() ([]Suppression, []SuppressedCount) {
	last, counts := f.dropped.list()
	slices.SortFunc(counts, func(a, b SuppressedCount) int {
		return cmp.Or(cmp.Compare(a.Sink, b.Sink), cmp.Compare(a.Reason, b.Reason))
	})
	return last, counts
}

// Silences are what operators do not want to be told.
func (f *Forwarder) Silences() *Silences { return f.silences }

var _ Store = (*bus.Bus)(nil)
