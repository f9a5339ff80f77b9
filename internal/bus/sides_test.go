package bus

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// TestSides checks that notes, cursors and dead letters are there after a restart, and that none of
// them is taken for an incident.
func TestSides(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, Options{})
	publish(t, b, opened(incident("a", "freeze", 1)))
	for n := range 3 {
		if err := b.PutNote(t.Context(), fmt.Sprint("note ", n), fmt.Appendf(nil, "digest %d", n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.PutNote(t.Context(), "note 2", []byte("digest 2")); err != nil { // sent again
		t.Fatal(err)
	}
	if _, found, err := b.Cursor(t.Context(), "cloud.one"); found || err != nil {
		t.Errorf("a cursor that nobody has set: %v, %v", found, err)
	}
	for _, c := range []Cursor{{1, 1}, {1, 2}} {
		if err := b.PutCursor(t.Context(), "cloud.one", c); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.PutDead(t.Context(), "cloud.one", "x", []byte("refused")); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		notes, err := b.Notes(t.Context(), 1, 10)
		if err != nil || len(notes) != 2 || string(notes[0].Data) != "digest 1" || notes[1].Seq != 3 {
			t.Errorf("notes after 1: %v, %v", notes, err)
		}
		if c, found, err := b.Cursor(t.Context(), "cloud.one"); !found || err != nil || c != (Cursor{1, 2}) {
			t.Errorf("cursor: %v, %v, %v", c, found, err)
		}
		if dead, err := b.Dead(t.Context(), "cloud.one", 0, 10); err != nil || len(dead) != 1 || string(dead[0].Data) != "refused" {
			t.Errorf("dead letters: %v, %v", dead, err)
		}
		if dead, err := b.Dead(t.Context(), "other", 0, 10); err != nil || len(dead) != 0 {
			t.Errorf("dead letters of another: %v, %v", dead, err)
		}
		if ends, err := b.Ends(t.Context()); err != nil || ends != (Cursor{1, 3}) {
			t.Errorf("ends: %v, %v", ends, err)
		}
		events, last, err := b.Changes(t.Context(), 0, 10)
		if err != nil || len(events) != 1 || last != 1 {
			t.Errorf("changes: %v, %d, %v", events, last, err)
		}
	}
	check()
	b.Close()
	b = open(t, dir, Options{})
	check()
	if _, err := b.Notes(t.Context(), 3, 10); err != nil {
		t.Error(err)
	}
}

// TestAcknowledge checks that an acknowledgement is a change of its own and stays with the incident
// in what the bank, which knows nothing of it, tells later; also after a restart.
func TestAcknowledge(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, Options{})
	i := incident("a", "freeze", 1)
	publish(t, b, opened(i))
	acked, err := b.Acknowledge(t.Context(), i.ID, "mira", "calling the truck", epoch.Add(time.Hour))
	want := detectors.Ack{By: "mira", At: epoch.Add(time.Hour), Note: "calling the truck"}
	if err != nil || acked.Ack != want {
		t.Fatalf("got %+v, %v", acked, err)
	}
	b.Close()
	b = open(t, dir, Options{})
	publish(t, b, updated(i, 9*time.Second), closed(i))
	events, _, err := b.Changes(t.Context(), 0, 10)
	if err != nil || len(events) != 4 || events[1].Change.Phase != detectors.Acknowledged {
		t.Fatalf("got %+v, %v", events, err)
	}
	for n, e := range events[1:] {
		if e.Change.Incident.Ack != want {
			t.Errorf("change %d: %+v", n+1, e.Change.Incident.Ack)
		}
	}
	for _, id := range []string{i.ID, "none"} {
		if _, err := b.Acknowledge(t.Context(), id, "mira", "", epoch); !errors.Is(err, ErrNotOpen) {
			t.Errorf("%s: got %v", id, err)
		}
	}
}

// TestFullGivesUpDigests fills the disk: the digests make room for incidents, and go alone.
func TestFullGivesUpDigests(t *testing.T) {
	dir := small(t)
	store := filepath.Join(dir, "bus")
	tune := usual
	tune.lowRoom = 0
	b := open(t, store, Options{tune: tune})
	publish(t, b, opened(incident("a", "freeze", 1)))
	for n := range 100 {
		if err := b.PutNote(t.Context(), fmt.Sprint(n), []byte(strings.Repeat("x", 30<<10))); err != nil {
			t.Fatal(err)
		}
	}
	fill(t, dir)
	long := incident("b", "black", 2)
	long.Detail = strings.Repeat("x", 8000)
	refused := 0
	deadline := time.Now().Add(20 * time.Second)
	for err := b.Publish(t.Context(), opened(long)); err != nil; err = b.Publish(t.Context(), opened(long)) {
		if refused++; time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if refused == 0 {
		t.Error("the disk was not full")
	}
	if got := ids(b.OpenIncidents("")); got != "a freeze 1, b black 2" {
		t.Errorf("open: %s", got)
	}
	if notes, err := b.Notes(t.Context(), 0, 10); err != nil || len(notes) != 0 {
		t.Errorf("%d digests are left, %v", len(notes), err)
	}
}

// TestLowDisk refuses digests while there is little room, and drops the older half.
func TestLowDisk(t *testing.T) {
	tune := usual
	tune.lowRoom = 1 << 62
	b := open(t, t.TempDir(), Options{tune: tune})
	for n := range 10 {
		if err := b.PutNote(t.Context(), fmt.Sprint(n), []byte("digest")); err != nil {
			t.Fatal(err)
		}
	}
	b.spare(t.Context())
	if err := b.PutNote(t.Context(), "late", []byte("digest")); !errors.Is(err, ErrLow) {
		t.Errorf("got %v", err)
	}
	notes, err := b.Notes(t.Context(), 0, 10)
	if err != nil || len(notes) != 5 || notes[0].Seq != 6 {
		t.Errorf("left are %+v, %v", notes, err)
	}
	publish(t, b, opened(incident("a", "freeze", 1)))
	b.options.tune.lowRoom = 0
	b.spare(t.Context())
	if err := b.PutNote(t.Context(), "later", []byte("digest")); err != nil {
		t.Error(err)
	}
	if b.low {
		t.Error("still low")
	}
}
