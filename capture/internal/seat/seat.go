// Package seat is the place of the one peer that may feed a source at a time, on servers that peers
// come to by themselves. Who comes while another is there takes over: a rebooted encoder does not
// wait for its old connection to be missed.
package seat

import (
	"context"
	"sync"
)

// Seat is taken by one T after another. Make it with New.
type Seat[T any] struct {
	wake chan struct{}

	mu      sync.Mutex
	open    bool
	current *T
	waiting *T // takes over as soon as current is done
}

// New returns a seat that is closed.
func New[T any]() *Seat[T] { return &Seat[T]{wake: make(chan struct{}, 1)} }

// Open lets peers in, until the Run that follows has ended.
func (s *Seat[T]) Open() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
}

// IsOpen tells whether a peer would be let in.
func (s *Seat[T]) IsOpen() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// Offer gives the seat to a peer, and returns those that it replaces (nil where there are none),
// which the caller must hang up. ok is false where the seat is closed.
func (s *Seat[T]) Offer(peer *T) (current, waiting *T, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open {
		return nil, nil, false
	}
	current, waiting = s.current, s.waiting
	s.waiting = peer
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return current, waiting, true
}

// Run calls play with one peer after another until ctx ends; then it closes the seat and calls hangUp
// with each that is still there, which must make play return.
func (s *Seat[T]) Run(ctx context.Context, play, hangUp func(*T)) error {
	var watch sync.WaitGroup
	watch.Go(func() { <-ctx.Done(); s.close(hangUp) })
	defer watch.Wait() // or a late end of this run could hang up the next one
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.wake:
		}
		for peer := s.next(); peer != nil; peer = s.next() {
			play(peer)
		}
	}
}

// next makes the waiting peer the current one; nil where there is none.
func (s *Seat[T]) next() *T {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current, s.waiting = s.waiting, nil
	return s.current
}

func (s *Seat[T]) close(hangUp func(*T)) {
	s.mu.Lock()
	s.open = false
	peers := []*T{s.current, s.waiting}
	s.waiting = nil
	s.mu.Unlock()
	for _, peer := range peers {
		if peer != nil {
			hangUp(peer)
		}
	}
}
