package bus

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vedette-av/vedette/detectors"
)

// TestFlushed holds the server to what a sync by us stands on: a change that was acknowledged is
// in the file that is synced.
func TestFlushed(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, Options{})
	for n := range 50 {
		i := incident("a", "freeze", n)
		i.Detail = fmt.Sprintf("mark-%d-%s", n, strings.Repeat("x", 20<<10))
		publish(t, b, opened(i))
		if b.store.file == nil {
			t.Fatal("nothing was synced")
		}
		name := filepath.Join(b.store.blocks, filepath.Base(b.store.file.Name()))
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(text, fmt.Appendf(nil, "mark-%d-", n)) {
			t.Fatalf("change %d is not in %s", n, name)
		}
	}
	if held, _ := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", streamName, "msgs", "*.blk")); len(held) == 0 || filepath.Dir(held[0]) != b.store.blocks {
		t.Errorf("files at %v, synced are those in %s", held, b.store.blocks)
	}
}

// TestGroup publishes from many goroutines at once: every change is there once, those of a feed in
// order, and one that cannot be stored costs only its own caller.
func TestGroup(t *testing.T) {
	b := open(t, t.TempDir(), Options{})
	const feeds, each = 40, 25
	var all sync.WaitGroup
	for f := range feeds {
		all.Go(func() {
			name := fmt.Sprintf("feed-%d", f)
			for n := range each {
				i := incident(name, "freeze", n)
				if err := b.PublishAll(t.Context(), opened(i), closed(i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	var after uint64
	seen := map[string]int{}
	for {
		events, last, err := b.Changes(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(events) == 0 {
			break
		}
		for _, e := range events {
			n := seen[e.Change.Incident.Feed]
			want := opened(incident(e.Change.Incident.Feed, "freeze", n/2))
			if n%2 == 1 {
				want = closed(want.Incident)
			}
			if e.Change != want {
				t.Fatalf("change %d of %s: %+v", n, e.Change.Incident.Feed, e.Change)
			}
			seen[e.Change.Incident.Feed]++
		}
		after = last
	}
	if len(seen) != feeds || seen["feed-0"] != 2*each {
		t.Errorf("seen %d feeds, %d changes of the first", len(seen), seen["feed-0"])
	}
}

// BenchmarkPublishMany is many feeds that publish at once, every change synced.
func BenchmarkPublishMany(b *testing.B) {
	bus := open(b, b.TempDir(), Options{})
	const feeds = 100
	work := make(chan detectors.Change)
	var all sync.WaitGroup
	for range feeds {
		all.Go(func() {
			for c := range work {
				publish(b, bus, c)
			}
		})
	}
	n := 0
	for b.Loop() {
		n++
		work <- opened(incident(fmt.Sprint("feed-", n%feeds), "freeze", n/feeds))
	}
	close(work)
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}
