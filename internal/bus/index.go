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
	open   map[string]*list.Element // of waits, by id
	waits  *list.List               // of standing: the open ones, as order
	closed map[string]*list.Element // of over, by id; at most remembered
	over   *list.List               // of standing: the closed ones, as order
	covers uint64
	since  time.Time // when the change at covers was stored
	last   uint64    // number of the newest change

	remembered int
}

// standing is an incident with the number of its newest change.
type standing struct {
	id  string
	seq uint64
}

func newIndex(covers uint64, since time.Time, remembered int) *index {
	return &index{
		known: map[string]*list.Element{}, order: list.New(), open: map[string]*list.Element{}, waits: list.New(),
		closed: map[string]*list.Element{}, over: list.New(),
		covers: covers, since: since, remembered: remembered,
	}
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
		if x.closed[id] = insert(x.over, standing{id, e.seq}); len(x.closed) > x.remembered {
			x.forget()
		}
	} else {
		x.open[id] = insert(x.waits, standing{id, e.seq})
	}
}

// insert puts an incident where it belongs, which but for one sent again is the front.
func insert(into *list.List, p standing) *list.Element {
	at := into.Front()
	for at != nil && at.Value.(standing).seq > p.seq {
		at = at.Next()
	}
	if at == nil {
		return into.PushBack(p)
	}
	return into.InsertBefore(p, at)
}

// drop takes out what is superseded.
func (x *index) drop(at *list.Element) {
	id := x.order.Remove(at).(entry).Change.Incident.ID
	delete(x.known, id)
	if at, open := x.open[id]; open {
		x.waits.Remove(at)
		delete(x.open, id)
	} else {
		x.over.Remove(x.closed[id])
		delete(x.closed, id)
	}
}

// forget drops the closed incident that changed longest ago.
func (x *index) forget() {
	at := x.known[x.over.Back().Value.(standing).id]
	e := at.Value.(entry)
	x.covers, x.since = max(x.covers, e.seq+1), e.stored
	x.drop(at)
}

// purged drops what is gone from disk.
func (x *index) purged(first uint64) {
	for at := x.over.Back(); at != nil && at.Value.(standing).seq < first; at = x.over.Back() {
		x.drop(x.known[at.Value.(standing).id])
	}
}

// oldestOpen is the incident that is open and changed longest ago, but for one id.
func (x *index) oldestOpen(but string) (id string, seq uint64) {
	at := x.waits.Back()
	if at != nil && at.Value.(standing).id == but {
		at = at.Prev()
	}
	if at == nil {
		return "", 0
	}
	oldest := at.Value.(standing)
	return oldest.id, oldest.seq
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
