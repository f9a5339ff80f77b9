package forward

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"math"
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/status"
)

// digester sums up each feed. The feeds are looked at once a second: that is how exact the times
// of a digest are.
type digester struct {
	site  string
	every time.Duration
	store Store
	now   func() []status.Feed
	log   *slog.Logger

	from, last time.Time
	read       uint64 // number of the last change that was counted
	feeds      map[string]*tally
	refused    bool // the store takes no digests, and that was logged
}

// tally is what was seen of a feed since the last digest.
type tally struct {
	seen, up, measured time.Duration
	bits, lowest       float64 // kbit/s times seconds up; the least of a second
	before, first      status.Feed
	faults             map[string]*Fault
}

func newDigester(o Options, now time.Time) *digester {
	d := &digester{site: o.Site, every: o.Limits.Every, store: o.Store, now: o.Feeds, log: o.Log, from: now, last: now, feeds: map[string]*tally{}}
	if ends, err := o.Store.Ends(context.Background()); err == nil {
		d.read = ends.Change
	}
	return d
}

// sample looks at the feeds, and stores the digests when it is time.
func (d *digester) sample(ctx context.Context, now time.Time) {
	passed := now.Sub(d.last)
	d.last = now
	feeds := d.now()
	for _, f := range feeds {
		d.tally(f.Name).add(f, passed)
	}
	d.count(ctx)
	if now.Sub(d.from) < d.every {
		return
	}
	for _, f := range feeds {
		t := d.feeds[f.Name]
		m := NewDigest(d.site, f.Name, t.digest(f, d.from, now))
		err := d.store.PutNote(ctx, m.ID(), m.text)
		switch {
		case err == nil:
			d.refused = false
		case !d.refused && ctx.Err() == nil:
			d.refused = true
			if !errors.Is(err, bus.ErrLow) { // which the store has told by itself
				d.log.Error("digests are not stored and will be missing", "error", err)
			}
		}
		before := t.before
		d.feeds[f.Name] = &tally{before: before, first: before, lowest: -1}
	}
	d.from = now
	for name := range d.feeds { // of feeds that are gone
		if !slices.ContainsFunc(feeds, func(f status.Feed) bool { return f.Name == name }) {
			delete(d.feeds, name)
		}
	}
}

func (d *digester) tally(feed string) *tally {
	t, ok := d.feeds[feed]
	if !ok {
		t = &tally{lowest: -1}
		d.feeds[feed] = t
	}
	return t
}

// add takes up how a feed is at the end of a time.
func (t *tally) add(f status.Feed, passed time.Duration) {
	if t.before.Name == "" || f.Packets < t.before.Packets { // new, or started again
		t.before, t.first = f, f
	}
	t.seen += passed
	if f.State == status.Up {
		t.up += passed
		t.bits += f.BitRate * passed.Seconds()
		if t.lowest < 0 || f.BitRate < t.lowest {
			t.lowest = f.BitRate
		}
	}
	if f.Pictures > t.before.Pictures || f.Sounds > t.before.Sounds {
		t.measured += passed
	}
	t.before = f
}

// count takes up the changes since the last time.
func (d *digester) count(ctx context.Context) {
	for {
		events, last, err := d.store.Changes(ctx, d.read, 500)
		if err != nil || last == d.read {
			return
		}
		d.read = last
		for _, e := range events {
			i := e.Change.Incident
			t := d.tally(i.Feed)
			if t.faults == nil {
				t.faults = map[string]*Fault{}
			}
			fault, ok := t.faults[i.Kind]
			if !ok {
				fault = &Fault{Kind: clean(i.Kind, longestName)}
				t.faults[i.Kind] = fault
			}
			if e.Change.Phase == detectors.Opened {
				fault.Opened++
			}
			fault.Worst = max(fault.Worst, min(tidy(i.Worst), 1))
		}
	}
}

// mostFaults bounds the kinds in a digest.
const mostFaults = 64

func (t *tally) digest(f status.Feed, from, to time.Time) Digest {
	seconds := func(d time.Duration) float64 { return tidy(d.Seconds()) }
	g := Digest{From: from, To: to, Measured: seconds(t.measured), NotMeasured: seconds(max(to.Sub(from)-t.measured, 0)), Open: len(f.Open),
		Loudness: level(f.Loudness), TruePeak: level(f.TruePeak), LowestRate: tidy(t.lowest),
		Lost: f.Lost - t.first.Lost, Dropped: f.Dropped - t.first.Dropped, DecodeErrors: f.DecodeErrors - t.first.DecodeErrors}
	if t.seen > 0 {
		g.Availability = tidy(100 * t.up.Seconds() / t.seen.Seconds())
	}
	if t.up > 0 {
		g.BitRate = tidy(t.bits / t.up.Seconds())
	}
	for _, fault := range t.faults {
		g.Faults = append(g.Faults, *fault)
	}
	slices.SortFunc(g.Faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(b.Opened, a.Opened), cmp.Compare(a.Kind, b.Kind))
	})
	g.Faults = g.Faults[:min(len(g.Faults), mostFaults)]
	return g
}

// level is a level in decibels that was measured, or nothing.
func level(x *float64) *float64 {
	if x == nil || math.IsNaN(*x) || math.Abs(*x) > 200 {
		return nil
	}
	return new(math.Round(*x*10) / 10)
}
