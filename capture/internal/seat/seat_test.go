package seat

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
)

// peer plays until it is hung up.
type peer struct {
	name string
	gone chan struct{}
	once sync.Once
}

func newPeer(name string) *peer { return &peer{name: name, gone: make(chan struct{})} }

func (p *peer) hangUp() { p.once.Do(func() { close(p.gone) }) }

func TestSeatIsTakenOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New[peer]()
		if _, _, ok := s.Offer(newPeer("early")); ok {
			t.Error("a closed seat let a peer in")
		}
		s.Open()
		ctx, cancel := context.WithCancel(t.Context())
		var played []string
		ended := make(chan error, 1)
		go func() {
			ended <- s.Run(ctx, func(p *peer) { played = append(played, p.name); <-p.gone }, (*peer).hangUp)
		}()
		first, second, third := newPeer("first"), newPeer("second"), newPeer("third")
		s.Offer(first)
		synctest.Wait()
		if current, waiting, ok := s.Offer(second); current != first || waiting != nil || !ok {
			t.Errorf("second replaces %v and %v, %v", current, waiting, ok)
		}
		if current, waiting, ok := s.Offer(third); current != first || waiting != second || !ok {
			t.Errorf("third replaces %v and %v, %v", current, waiting, ok)
		}
		first.hangUp()
		synctest.Wait()
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("run ended with %v", err)
		}
		if want := []string{"first", "third"}; !slices.Equal(played, want) {
			t.Errorf("played %v, want %v", played, want)
		}
		if s.IsOpen() {
			t.Error("the seat is open after its run")
		}
		s.Open()
		if _, _, ok := s.Offer(newPeer("late")); !ok {
			t.Error("a seat that was opened again lets nobody in")
		}
	})
}
