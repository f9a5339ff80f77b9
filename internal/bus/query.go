package bus

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// defaultLimit is how many incidents are returned where the filter does not say.
const defaultLimit = 100

// Incidents returns the incidents that a filter wants, each once in its newest state, the one that
// began last first. What memory does not hold is read from disk, from the newest back, no further
// than the answer needs.
func (b *Bus) Incidents(ctx context.Context, f Filter) ([]detectors.Incident, error) {
	if f.Limit <= 0 {
		f.Limit = defaultLimit
	}
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil, ErrClosed
	}
	q := query{filter: f, known: make(map[string]bool, len(b.index.known)), taken: map[string]bool{}}
	for at := b.index.order.Front(); at != nil; at = at.Next() {
		e := at.Value.(entry)
		q.known[e.Change.Incident.ID] = true
		q.add(e)
	}
	s, from, since := b.store, b.index.covers, b.index.since
	b.mu.Unlock()
	if err := q.older(ctx, s, from, since); err != nil {
		return nil, err
	}
	return q.result(), nil
}

// query is a search on its way back through the stream.
type query struct {
	filter Filter
	known  map[string]bool // incidents whose newest state was seen, and whose first was not
	taken  map[string]bool // incidents in found
	found  []detectors.Incident
}

// older searches the changes before a place in the stream. since is when the change there was
// stored.
func (q *query) older(ctx context.Context, s *store, before uint64, since time.Time) error {
	if q.filter.Open != nil && *q.filter.Open {
		return nil // memory holds all that are open
	}
	first, _, err := bounds(ctx, s)
	if err != nil {
		return err
	}
	for before > first && !q.done(since) {
		from := max(first, before-min(before, chunk))
		entries, err := q.span(ctx, s, from, before)
		if err != nil {
			return err
		}
		for _, e := range slices.Backward(entries) {
			since = e.stored
			id := e.Change.Incident.ID
			if !q.known[id] {
				q.add(e)
			}
			// Before it was opened nothing of it is there, so it need not be remembered.
			if e.Change.Phase == detectors.Opened && !e.Kept {
				delete(q.known, id)
			} else {
				q.known[id] = true
			}
		}
		before = from
	}
	return nil
}

// span reads the changes numbered from up to, not including, before.
func (q *query) span(ctx context.Context, s *store, from, before uint64) ([]entry, error) {
	var all []entry
	for from < before {
		entries, err := s.read(ctx, from, int(before-from))
		if errors.Is(err, errNone) || err == nil && len(entries) == 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if e.seq < before {
				all = append(all, e)
			}
		}
		from = entries[len(entries)-1].seq + 1
	}
	return all, nil
}

// done tells that nothing stored before a moment can be part of the answer. An incident whose
// changes all lie before it began before it, and is closed, for the open ones are in memory.
func (q *query) done(before time.Time) bool {
	if before.IsZero() {
		return false
	}
	if !q.filter.Since.IsZero() && before.Before(q.filter.Since) {
		return true
	}
	if len(q.found) < q.filter.Limit {
		return false
	}
	newer := 0
	for _, i := range q.found {
		if !i.Began.Before(before) {
			newer++
		}
	}
	return newer >= q.filter.Limit
}

// add takes an incident up that the filter wants.
func (q *query) add(e entry) {
	i, open := e.Change.Incident, e.Change.Phase != detectors.Closed
	f := q.filter
	switch {
	case q.taken[i.ID]: // opened twice: sent again long after
	case f.Feed != "" && f.Feed != i.Feed, f.Kind != "" && f.Kind != i.Kind:
	case f.Open != nil && *f.Open != open:
	case !f.Since.IsZero() && !open && i.Ended.Before(f.Since) && i.Began.Before(f.Since):
	default:
		q.taken[i.ID] = true
		q.found = append(q.found, i)
	}
}

func (q *query) result() []detectors.Incident {
	slices.SortFunc(q.found, func(a, b detectors.Incident) int {
		return cmp.Or(b.Began.Compare(a.Began), cmp.Compare(b.ID, a.ID))
	})
	return q.found[:min(len(q.found), q.filter.Limit)]
}
