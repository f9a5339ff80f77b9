package bus

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// TestOldestOpen holds the oldest open incident against a search of all, over changes in an order
// in which some come with the number that they were given before.
func TestOldestOpen(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	x := newIndex(1, time.Time{}, 5)
	newest := map[string]entry{} // by id
	for seq := uint64(1); seq < 5000; seq++ {
		e := entry{record: record{Change: opened(incident("a", "freeze", random.IntN(40)))}, seq: seq}
		if random.IntN(3) == 0 {
			e.Change.Phase = detectors.Closed
		}
		if random.IntN(10) == 0 {
			e.seq -= min(e.seq-1, uint64(random.IntN(20)))
		}
		x.apply(e)
		id := e.Change.Incident.ID
		if before, known := newest[id]; !known || before.seq < e.seq {
			newest[id] = e
		}
		if len(x.open) != x.waits.Len() || len(x.closed) != x.over.Len() || len(x.known) != len(x.open)+len(x.closed) || len(x.closed) > 5 {
			t.Fatalf("%d are open and %d closed, of %d", len(x.open), len(x.closed), len(x.known))
		}
		for _, but := range []string{"", id, "none"} {
			want := uint64(0)
			for other, e := range newest {
				if other != but && e.Change.Phase != detectors.Closed && (want == 0 || e.seq < want) {
					want = e.seq
				}
			}
			if _, got := x.oldestOpen(but); got != want {
				t.Fatalf("after change %d the oldest but %q is %d, want %d", seq, but, got, want)
			}
		}
	}
}

// BenchmarkOldestOpen looks for the oldest of 10,000 open incidents.
func BenchmarkOldestOpen(b *testing.B) {
	x := newIndex(1, time.Time{}, 5)
	for n := range 10_000 {
		x.apply(entry{record: record{Change: opened(incident("a", "freeze", n))}, seq: uint64(n + 1)})
	}
	for b.Loop() {
		if _, seq := x.oldestOpen(""); seq != 1 {
			b.Fatal(seq)
		}
	}
}
