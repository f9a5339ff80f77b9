package bus

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

func held(t *testing.T, b *Bus) (first, last, count uint64) {
	t.Helper()
	info, err := b.store.stream.Info(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return info.State.FirstSeq, info.State.LastSeq, info.State.Msgs
}

// TestRetainByAge checks that what is older than the limit goes, but for what is open and all
// after it.
func TestRetainByAge(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, Options{MaxAge: time.Hour})
	old, lasting, young := incident("a", "freeze", 1), incident("a", "black", 2), incident("a", "silence", 3)
	publish(t, b, opened(old), closed(old), opened(lasting), opened(young), closed(young))

	b.retain(t.Context(), time.Now())
	if first, _, count := held(t, b); first != 1 || count != 5 {
		t.Errorf("young ones went: first %d of %d", first, count)
	}
	later := time.Now().Add(2 * time.Hour)
	b.retain(t.Context(), later)
	if first, last, _ := held(t, b); first != 3 || last != 5 {
		t.Errorf("held %d to %d, want 3 to 5", first, last)
	}
	got, err := b.Incidents(t.Context(), Filter{})
	if err != nil || ids(got) != "a silence 3, a black 2" {
		t.Errorf("left %s, %v", ids(got), err)
	}
	b.Close()

	b = open(t, dir, Options{MaxAge: time.Hour}) // a cut is no damage
	if got := ids(b.OpenIncidents("")); got != "a black 2" {
		t.Errorf("open after a restart: %s", got)
	}
	publish(t, b, closed(lasting))
	b.retain(t.Context(), later)
	if first, last, _ := held(t, b); first != 6 || last != 6 {
		t.Errorf("held %d to %d, want the last alone", first, last)
	}
	b.Close()
	b = open(t, dir, Options{MaxAge: time.Hour})
	if got := b.LastSeq(); got != 6 || len(b.OpenIncidents("")) != 0 {
		t.Errorf("last %d, open %s", got, ids(b.OpenIncidents("")))
	}
}

// TestRetainBySize floods a small store: what is open stays, however long ago it changed.
func TestRetainBySize(t *testing.T) {
	dir := t.TempDir()
	options := Options{MaxBytes: 200_000, tune: tuning{remembered: 20, replayed: 50, keepWithin: 60}}
	b := open(t, dir, options)
	lasting, other := incident("a", "freeze", 1), incident("b", "black", 2)
	publish(t, b, opened(lasting), opened(other))
	watcher, err := b.Watch(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	const count = 600
	flood := func(n int) detectors.Incident {
		i := incident("a", "silence", n+10)
		i.Detail = strings.Repeat("x", 200)
		return i
	}
	for n := range count {
		publish(t, b, opened(flood(n)), closed(flood(n)))
	}
	first, last, _ := held(t, b)
	if first < count {
		t.Errorf("nothing was dropped: first %d", first)
	}
	if kept := last - 2*count - 2; kept < 20 || kept > 60 {
		t.Errorf("the open ones were written again %d times", kept)
	}
	check := func() {
		t.Helper()
		if got := ids(b.OpenIncidents("")); got != "a freeze 1, b black 2" {
			t.Errorf("open: %s", got)
		}
		got, err := b.Incidents(t.Context(), Filter{Kind: "freeze"})
		if err != nil || ids(got) != "a freeze 1" {
			t.Errorf("found %s, %v", ids(got), err)
		}
	}
	check()
	// Who watches is not told again of what did not change.
	told := map[string]int{}
	for e := next(t, watcher); e.Change != closed(flood(count-1)); e = next(t, watcher) {
		told[e.Change.Incident.ID]++
	}
	if told[lasting.ID] > 1 || told[other.ID] > 1 {
		t.Errorf("told of an open incident %d and %d times", told[lasting.ID], told[other.ID])
	}
	b.Close()
	b = open(t, dir, options)
	check()
	publish(t, b, closed(lasting), closed(other))
	if got := b.OpenIncidents(""); len(got) != 0 {
		t.Errorf("open: %s", ids(got))
	}
}
