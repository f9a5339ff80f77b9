package forward_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/cloudevents"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
)

func receiverOf(b *testing.B, handler http.HandlerFunc) *cloudevents.Sink {
	server := httptest.NewServer(handler)
	b.Cleanup(server.Close)
	sink, err := cloudevents.New(&config.CloudEvents{Mode: "batched", Web: config.Web{URL: server.URL}}, config.Secret, "1")
	if err != nil {
		b.Fatal(err)
	}
	return sink
}

// BenchmarkThroughput is changes of 100 feeds through the store, synced, and to a receiver by HTTP.
func BenchmarkThroughput(b *testing.B) {
	r := forwardtest.Start(b, receiverOf(b, func(http.ResponseWriter, *http.Request) {}), forward.Policy{Batch: 200})
	for b.Loop() {
		before := int(r.State().Delivered)
		var feeds sync.WaitGroup
		for f := range 100 {
			feeds.Go(func() {
				for n := range 50 {
					r.Publish(forwardtest.Change(detectors.Phase(1+2*(n%2)), forwardtest.Incident(fmt.Sprint("feed-", f), "freeze", before+n/2)))
				}
			})
		}
		feeds.Wait()
		r.Delivered(before + 5000)
	}
	b.ReportMetric(5000*float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkLatency is the time from a change that is told to its arrival, one at a time.
func BenchmarkLatency(b *testing.B) {
	arrived := make(chan time.Time, 10)
	r := forwardtest.Start(b, receiverOf(b, func(http.ResponseWriter, *http.Request) { arrived <- time.Now() }), forward.Policy{})
	var took []time.Duration
	n := 0
	for b.Loop() {
		n++
		began := time.Now()
		r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", n)))
		took = append(took, (<-arrived).Sub(began))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-p99")
}

// BenchmarkDeadSink tells the resident memory with a receiver that is away while 50,000 changes come.
func BenchmarkDeadSink(b *testing.B) {
	for b.Loop() {
		r := forwardtest.Start(b, receiverOf(b, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }), forward.Policy{})
		resident := func() float64 {
			text, err := os.ReadFile("/proc/self/status")
			if err != nil {
				b.Skip(err)
			}
			_, rest, _ := strings.Cut(string(text), "VmRSS:")
			var kB float64
			_, _ = fmt.Sscan(rest, &kB)
			return kB / 1000
		}
		var at []float64
		for part := range 5 {
			var changes []detectors.Change
			for n := range 10_000 {
				changes = append(changes, forwardtest.Change(detectors.Phase(1+2*(n%2)), forwardtest.Incident("main", "freeze", part*10_000+n/2)))
			}
			r.Publish(changes...)
			at = append(at, resident())
		}
		b.ReportMetric(at[0], "MB-at-10000")
		b.ReportMetric(at[4], "MB-at-50000")
	}
}
