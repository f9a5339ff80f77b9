package bus

import (
	"cmp"
	"container/list"
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// index is the newest state of all open incidents and of those that were closed last. What it
// forgets is still on disk: it knows every incident whose newest change is numbered covers or
// higher.
type index struct {
	known  map[string]*list.Element // of entry, by id
	order  *list.List               // by number of the newest change, the newest in front
	open   map[string]uint64        // id to that number
	closed int                      // in memory, at most remembered
	covers uint64
	since  time.Time // when the change at covers was stored
	last   uint64    // number of the newest change

	remembered int
}

func newIndex(covers uint64, since time.Time, remembered int) *index {
	return &index{known: map[string]*list.Element{}, order: list.New(), open: map[string]uint64{}, covers: covers, since: since, remembered: remembered}
}

// apply takes up a change. They come in the order of their numbers, but for one whose answer was
// lost: sent again, it comes with the number that it was given the first time.
func (x *index) apply(e entry) {
	id := e.Change.Incident.ID
	if old, ok := x.known[id]; ok {
		if old.Value.(entry).seq >= e.seq {
			return
		}
		x.drop(old)
	}
	x.last = max(x.last, e.seq)
	x.known[id] = x.order.PushFront(e)
	if e.Change.Phase == detectors.Closed {
		if x.closed++; x.closed > x.remembered {
			x.forget()
		}
	} else {
		x.open[id] = e.seq
	}
}

// drop takes out what is superseded.
func (x *index) drop(at *list.Element) {
	e := x.order.Remove(at).(entry)
	delete(x.known, e.Change.Incident.ID)
	if _, open := x.open[e.Change.Incident.ID]; open {
		delete(x.open, e.Change.Incident.ID)
	} else {
		x.closed--
	}
}

// forget drops the closed incident that changed longest ago.
func (x *index) forget() {
	for at := x.order.Back(); at != nil; at = at.Prev() {
		if e := at.Value.(entry); e.Change.Phase == detectors.Closed {
			x.covers, x.since = max(x.covers, e.seq+1), e.stored
			x.drop(at)
			return
		}
	}
}

// purged drops what is gone from disk.
func (x *index) purged(first uint64) {
	for at := x.order.Back(); at != nil; {
		before := at.Prev()
		if e := at.Value.(entry); e.seq < first && e.Change.Phase == detectors.Closed {
			x.drop(at)
		}
		at = before
	}
}

// oldestOpen is the incident that is open and changed longest ago, but for one id.
func (x *index) oldestOpen(but string) (id string, seq uint64) {
	for other, at := range x.open {
		if other != but && (seq == 0 || at < seq) {
			id, seq = other, at
		}
	}
	return id, seq
}

// opened returns the open incidents of a feed, or of all for "", the oldest first.
func (x *index) opened(feed string) []detectors.Incident {
	var open []detectors.Incident
	for id := range x.open {
		if i := x.known[id].Value.(entry).Change.Incident; feed == "" || i.Feed == feed {
			open = append(open, i)
		}
	}
	slices.SortFunc(open, func(a, b detectors.Incident) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.ID, b.ID))
	})
	return open
}
