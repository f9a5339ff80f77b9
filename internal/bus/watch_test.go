package bus

import (
	"context"
	"testing"
	"time"
)

func next(t *testing.T, events <-chan Event) Event {
	t.Helper()
	select {
	case e, ok := <-events:
		if !ok {
			t.Fatal("the channel is closed")
		}
		return e
	case <-time.After(10 * time.Second):
		t.Fatal("no event")
	}
	return Event{}
}

func TestWatch(t *testing.T) {
	b := open(t, t.TempDir(), Options{})
	i, j := incident("a", "freeze", 1), incident("b.c", "black", 2)
	publish(t, b, opened(i), opened(j))

	ctx, cancel := context.WithCancel(context.Background())
	all, err := b.Watch(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	fresh, _ := b.Watch(ctx, b.LastSeq())
	resumed, _ := b.Watch(ctx, 1)
	beyond, _ := b.Watch(ctx, 1000)
	stalled, _ := b.Watch(ctx, 0) // nobody takes its events, and nobody waits for it
	publish(t, b, closed(i))

	for n, want := range []string{i.ID, j.ID, i.ID} {
		if e := next(t, all); e.Seq != uint64(n+1) || e.Change.Incident.ID != want || time.Since(e.Stored) > time.Minute {
			t.Errorf("event %d: %+v", n, e)
		}
	}
	if e := next(t, fresh); e.Seq != 3 || e.Change != closed(i) {
		t.Errorf("fresh: %+v", e)
	}
	if e := next(t, resumed); e.Seq != 2 {
		t.Errorf("resumed: %+v", e)
	}
	if e := next(t, beyond); e.Seq != 3 {
		t.Errorf("beyond the end: %+v", e)
	}
	cancel()
	if _, ok := <-all; ok {
		t.Error("the channel is open after its context")
	}
	again, _ := b.Watch(context.Background(), 3)
	b.Close()
	if _, ok := <-again; ok {
		t.Error("the channel is open after the bus")
	}
	for range stalled {
	}
	if _, err := b.Watch(context.Background(), 0); err == nil {
		t.Error("a closed bus is watched")
	}
}
