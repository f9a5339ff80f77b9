package detectors

import (
	"cmp"
	"slices"
	"time"
)

// Armed is one detector as configured for one feed.
type Armed struct {
	Kind     Kind
	Detector Detector
	Hold     Hold
	Severity Severity
}

// Bank is the detectors of one feed: samples in, incidents out. It belongs to one goroutine.
type Bank struct {
	feed    string
	epoch   time.Time // wall clock at 0 on the feed's clock
	now     time.Duration
	started bool
	watches []*watch
	orphans []Incident // restored, but nobody watches for them any more
}

// NewBank makes the bank of one feed. epoch is the wall clock at 0 on the feed's clock.
func NewBank(feed string, epoch time.Time, armed []Armed) *Bank {
	b := &Bank{feed: feed, epoch: epoch}
	for _, a := range armed {
		b.watches = append(b.watches, &watch{Armed: a, episode: NewEpisode(a.Hold)})
	}
	return b
}

// Step asks every detector about one sample and returns what changed by it, in the order of the
// table.
func (b *Bank) Step(s Sample) []Change {
	if !b.started || s.At > b.now {
		b.now, b.started = s.At, true
	}
	changes := b.closeOrphans()
	for _, w := range b.watches {
		at, verdict, ok := w.ask(s, b.now)
		if ok {
			changes = b.step(w, at, verdict, changes)
		}
	}
	return changes
}

// step gives one answer to the episode of a detector and appends what is to be told of it.
func (b *Bank) step(w *watch, at time.Duration, v Verdict, changes []Change) []Change {
	fresh := w.episode.Calm()
	turn := w.episode.Step(at, v.State, v.Lasted)
	if turn&Ended != 0 {
		changes = append(changes, b.told(Closed, w.close(b.epoch, turn&Lapsed != 0)))
		fresh = true
	}
	w.note(v, fresh)
	switch {
	case turn&Started != 0:
		w.open(b.feed, b.epoch)
		w.toldNow(b.now)
		changes = append(changes, b.told(Opened, w.incident))
	case w.episode.Open():
		w.refresh()
		if w.worthTelling(b.now) {
			w.toldNow(b.now)
			changes = append(changes, b.told(Updated, w.incident))
		}
	}
	return changes
}

func (b *Bank) told(phase Phase, i Incident) Change {
	return Change{Phase: phase, Incident: i, Told: b.now}
}

// Finish ends the feed at a moment on its clock and returns the incidents that are still open,
// each with Until at that moment, or at the first good sample if there was one that did not
// suffice yet to close it. They are not closed: nobody saw their end. Episodes that did not last
// long enough to be told are not told now either.
func (b *Bank) Finish(at time.Duration) []Incident {
	var open []Incident
	for _, w := range b.watches {
		if !w.episode.Open() {
			continue
		}
		i := w.incident
		i.Until = max(at, i.Until)
		if good, ok := w.episode.GoodSince(); ok {
			i.Until = good
		}
		open = append(open, i)
	}
	return append(open, b.orphans...)
}

// Restore takes up the incidents of this feed that were open when it was last watched. It is
// called before the first Step; they stay open, under their id, until there is evidence that they
// ended. At and Until are moved to this bank's clock, so they are usually negative. Those of
// detectors that are no longer armed are closed by the first Step, which says so.
func (b *Bank) Restore(open []Incident) {
	// If two of a kind were ever left open, the later one is the one that can still be going on.
	open = slices.SortedStableFunc(slices.Values(open), func(a, c Incident) int {
		return cmp.Or(c.Began.Compare(a.Began), cmp.Compare(a.ID, c.ID))
	})
	for _, i := range open {
		lasted := i.Until - i.At
		i.At = i.Began.Sub(b.epoch)
		i.Until = i.At + max(lasted, 0)
		if w := b.watching(i.Kind); w != nil && !w.episode.Open() {
			w.resume(i)
		} else {
			b.orphans = append(b.orphans, i)
		}
	}
}

func (b *Bank) watching(kind string) *watch {
	for _, w := range b.watches {
		if w.Kind.Name == kind {
			return w
		}
	}
	return nil
}

func (b *Bank) closeOrphans() []Change {
	var changes []Change
	for _, i := range b.orphans {
		reason := "closed: the detector " + i.Kind + " is no longer in use"
		if b.watching(i.Kind) != nil {
			reason = "closed: a later incident of this kind is open"
		}
		i.Ended, i.Detail = wall(b.epoch, i.Until), join(i.Detail, reason)
		changes = append(changes, b.told(Closed, i))
	}
	b.orphans = nil
	return changes
}

// wall is the wall clock of a moment on the feed's clock, as incidents carry it.
func wall(epoch time.Time, at time.Duration) time.Time {
	return epoch.Add(at).UTC().Truncate(time.Millisecond)
}
