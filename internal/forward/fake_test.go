package forward

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/status"
)

// memory is a store that lasts as long as a test, with the clock of the test.
type memory struct {
	mu      sync.Mutex
	turn    chan struct{}
	changes []bus.Event
	notes   []bus.Note
	dead    []bus.Note
	values  map[string][]byte
	cursors map[string]bus.Cursor
	state   bus.State
	broken  error
}

func newMemory() *memory {
	return &memory{turn: make(chan struct{}), values: map[string][]byte{}, cursors: map[string]bus.Cursor{}}
}

func (s *memory) grown() {
	close(s.turn)
	s.turn = make(chan struct{})
}

func (s *memory) publish(changes ...detectors.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range changes {
		s.changes = append(s.changes, bus.Event{Seq: uint64(len(s.changes) + 1), Stored: time.Now(), Change: c})
	}
	s.grown()
}

func (s *memory) Changes(_ context.Context, after uint64, most int) ([]bus.Event, uint64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.broken != nil {
		return nil, after, s.broken
	}
	from := min(after, uint64(len(s.changes)))
	events := slices.Clone(s.changes[from:min(from+uint64(most), uint64(len(s.changes)))])
	return events, after + uint64(len(events)), nil
}

func side(notes []bus.Note, after uint64, most int) []bus.Note {
	from := min(after, uint64(len(notes)))
	return slices.Clone(notes[from:min(from+uint64(most), uint64(len(notes)))])
}

func (s *memory) Notes(_ context.Context, after uint64, most int) ([]bus.Note, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return side(s.notes, after, most), nil
}

func (s *memory) Dead(_ context.Context, _ string, after uint64, most int) ([]bus.Note, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return side(s.dead, after, most), nil
}

func (s *memory) Turn() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.turn
}

func (s *memory) Ends(context.Context) (bus.Cursor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bus.Cursor{Change: uint64(len(s.changes)), Note: uint64(len(s.notes))}, nil
}

func (s *memory) State(context.Context) (bus.State, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state, nil
}

func (s *memory) Cursor(_ context.Context, reader string) (bus.Cursor, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.cursors[reader]
	return c, ok, nil
}

func (s *memory) PutCursor(_ context.Context, reader string, c bus.Cursor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cursors[reader] = c
	return nil
}

func (s *memory) PutNote(_ context.Context, _ string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, bus.Note{Seq: uint64(len(s.notes) + 1), Stored: time.Now(), Data: data})
	s.grown()
	return nil
}

func (s *memory) PutDead(_ context.Context, _, _ string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead = append(s.dead, bus.Note{Seq: uint64(len(s.dead) + 1), Stored: time.Now(), Data: data})
	return nil
}

func (s *memory) PutValue(_ context.Context, name string, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.values[name] = data
	return nil
}

func (s *memory) Value(_ context.Context, name string) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.values[name], nil
}

func (s *memory) OpenIncidents(string) []detectors.Incident {
	s.mu.Lock()
	defer s.mu.Unlock()
	var open []detectors.Incident
	for _, e := range s.changes {
		open = slices.DeleteFunc(open, func(i detectors.Incident) bool { return i.ID == e.Change.Incident.ID })
		if e.Change.Phase != detectors.Closed {
			open = append(open, e.Change.Incident)
		}
	}
	return open
}

// receiver is a sink whose answers a test decides.
type receiver struct {
	mu      sync.Mutex
	answer  func(p Parcel) error // nil takes everything
	takes   time.Duration
	got     []Message // that were taken
	at      []time.Time
	parcels int
	tries   []time.Time
	closed  bool
}

func (s *receiver) Render(batch []Message) ([]Draft, error) {
	return []Draft{draft(batch...)}, nil
}

func (s *receiver) Carry(ctx context.Context, p Parcel) (Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tries = append(s.tries, time.Now())
	if s.takes > 0 {
		pause(ctx, s.takes)
		if ctx.Err() != nil {
			return Receipt{}, errors.New("no answer in time")
		}
	}
	if s.answer != nil {
		if err := s.answer(p); err != nil {
			return Receipt{}, err
		}
	}
	s.parcels++
	for range p.Messages() {
		s.at = append(s.at, time.Now())
	}
	s.got = append(s.got, p.Messages()...)
	return Receipt{}, nil
}

func (s *receiver) Close() error {
	s.closed = true
	return nil
}

// ids are those of what was taken.
func (s *receiver) ids() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := []string{}
	for _, m := range s.got {
		ids = append(ids, m.ID())
	}
	return ids
}

func (s *receiver) set(answer func(Parcel) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

// started is a forwarder with its sinks, running until the test ends it.
type started struct {
	*Forwarder
	stop func()
}

func start(t *testing.T, store Store, limits Limits, sinks ...OpenedSink) *started {
	t.Helper()
	f, err := New(t.Context(), Options{Site: "s", Version: "1", Store: store, Sinks: sinks, Limits: limits,
		Feeds: func() []status.Feed { return []status.Feed{{Name: "a", State: status.Up, BitRate: 100}} }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	return &started{f, func() { cancel(); running.Wait() }}
}

func (f *started) state(t *testing.T, name string) SinkState {
	t.Helper()
	states, err := f.Sinks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range states {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no sink %s", name)
	return SinkState{}
}
