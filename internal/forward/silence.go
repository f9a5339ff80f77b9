package forward

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

// Silence is what an operator does not want to be told for a while.
type Silence struct {
	ID     string    `json:"id"`
	Author string    `json:"author"`
	Note   string    `json:"note,omitempty"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Feeds  []string  `json:"feeds,omitempty"` // patterns; all where empty
	Kinds  []string  `json:"kinds,omitempty"`
}

func (s Silence) holds(t time.Time) bool { return !t.Before(s.From) && t.Before(s.Until) }

func (s Silence) covers(i Incident) bool { return matches(s.Feeds, i.Feed) && matches(s.Kinds, i.Kind) }

const (
	mostSilences = 64
	silencesName = "silences"
	// silenceKept is how long a silence is remembered after its end: a sink whose receiver was away
	// still has to know what it covers.
	silenceKept = 7 * 24 * time.Hour
)

// Silences are kept in the store. They are safe for concurrent use.
type Silences struct {
	store Store
	mu    sync.Mutex
	all   []Silence
}

// ErrNoSilence is of a silence that is not there.
var ErrNoSilence = errors.New("there is no such silence")

func loadSilences(ctx context.Context, store Store) (*Silences, error) {
	s := &Silences{store: store}
	data, err := store.Value(ctx, silencesName)
	if err == nil && data != nil {
		err = json.Unmarshal(data, &s.all)
	}
	if err != nil {
		return nil, fmt.Errorf("read the silences: %w", err)
	}
	return s, nil
}

// List returns all that are remembered, also those that are over.
func (s *Silences) List() []Silence {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

// Add begins a silence, now or at its From where that lies ahead: for a planned break. It covers what
// is stored from then on.
func (s *Silences) Add(ctx context.Context, wanted Silence, now time.Time) (Silence, error) {
	now = now.UTC().Truncate(time.Millisecond)
	if wanted.From = wanted.From.UTC().Truncate(time.Millisecond); wanted.From.Before(now) {
		wanted.From = now
	}
	switch {
	case wanted.Author == "":
		return wanted, errors.New("a silence needs an author")
	case !wanted.Until.After(now):
		return wanted, errors.New("a silence needs an end (until) that lies ahead")
	case !wanted.Until.After(wanted.From):
		return wanted, errors.New("a silence ends (until) after it begins (from)")
	case wanted.Until.Sub(now) > 366*24*time.Hour:
		return wanted, errors.New("a silence lasts at most a year")
	case len(wanted.Feeds)+len(wanted.Kinds) > 32:
		return wanted, errors.New("a silence has at most 32 patterns")
	}
	wanted.Author, wanted.Note = clean(wanted.Author, longestName), clean(wanted.Note, 100)
	for _, pattern := range slices.Concat(wanted.Feeds, wanted.Kinds) {
		if len(pattern) > longestName {
			return wanted, errors.New("a pattern has at most 64 characters")
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted.ID = fmt.Sprintf("s%d", now.UnixMilli())
	all := slices.DeleteFunc(slices.Clone(s.all), func(o Silence) bool { return now.Sub(o.Until) > silenceKept })
	if slices.ContainsFunc(all, func(o Silence) bool { return o.ID == wanted.ID }) {
		return wanted, errors.New("another silence was begun in the same moment: try again")
	}
	if len(all) >= mostSilences {
		return wanted, fmt.Errorf("there are %d silences already: end one", mostSilences)
	}
	return wanted, s.keep(ctx, append(all, wanted))
}

// End ends a silence now.
func (s *Silences) End(ctx context.Context, id string, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.all)
	at := slices.IndexFunc(all, func(o Silence) bool { return o.ID == id && o.Until.After(now) })
	if at < 0 {
		return ErrNoSilence
	}
	all[at].Until = now.UTC().Truncate(time.Millisecond)
	return s.keep(ctx, all)
}

func (s *Silences) keep(ctx context.Context, all []Silence) error {
	data, err := json.Marshal(all)
	if err == nil {
		err = s.store.PutValue(ctx, silencesName, data)
	}
	if err != nil {
		return fmt.Errorf("keep the silences: %w", err)
	}
	s.all = all
	return nil
}
