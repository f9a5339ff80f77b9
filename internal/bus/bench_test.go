package bus

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// BenchmarkPublish is one change, written and synced.
func BenchmarkPublish(b *testing.B) {
	bus := open(b, b.TempDir(), Options{})
	n := 0
	for b.Loop() {
		n++
		publish(b, bus, opened(incident("a", "freeze", n)), closed(incident("a", "freeze", n)))
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(2*b.N), "µs/change")
}

// BenchmarkOpen is a start on a store of 50,000 changes, after an end in order and after a crash.
func BenchmarkOpen(b *testing.B) {
	dir := b.TempDir()
	bus := open(b, dir, Options{})
	for n := range 25_000 {
		publish(b, bus, opened(incident("a", "freeze", n)), closed(incident("a", "freeze", n)))
	}
	bus.Close()
	for _, c := range []struct {
		name    string
		prepare func()
	}{

		{"after an end in order", func() {}},
		{"after a loss of the index", func() {
			if err := distrust(dir); err != nil {
				b.Fatal(err)
			}
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				c.prepare()
				b.StartTimer()
				bus, err := Open(context.Background(), dir, Options{})
				if err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				bus.Close()
				b.StartTimer()
			}
		})
	}
}

// BenchmarkOpenNew is a start with no store.
func BenchmarkOpenNew(b *testing.B) {
	for b.Loop() {
		bus, err := Open(context.Background(), b.TempDir(), Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		bus.Close()
		b.StartTimer()
	}
}

// BenchmarkDeepQuery reads 50,000 changes back from disk.
func BenchmarkDeepQuery(b *testing.B) {
	bus := open(b, b.TempDir(), Options{})
	for n := range 25_000 {
		publish(b, bus, opened(incident("a", "freeze", n)), closed(incident("a", "freeze", n)))
	}
	for b.Loop() {
		found, err := bus.Incidents(context.Background(), Filter{Kind: "black"})
		if err != nil || len(found) != 0 {
			b.Fatal(len(found), err)
		}
	}
}

// BenchmarkResident tells the resident memory of this process with an open store that has taken
// 20,000 changes.
func BenchmarkResident(b *testing.B) {
	for b.Loop() {
		bus := open(b, b.TempDir(), Options{})
		started := resident(b)
		for n := range 10_000 {
			publish(b, bus, opened(incident("a", "freeze", n)), closed(incident("a", "freeze", n)))
		}
		b.ReportMetric(started, "MB-opened")
		b.ReportMetric(resident(b), "MB-busy")
		time.Sleep(10 * time.Second) // the store lets go of its buffers when idle
		b.ReportMetric(resident(b), "MB-idle")
		bus.Close()
	}
}

func resident(b *testing.B) float64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	var kB float64
	fmt.Sscan(rest, &kB)
	return kB / 1000
}
