package otlp_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/otlp"
)

// collector reads requests strictly with the protocol's own definition, and says once that it is
// busy.
type collector struct {
	mu      sync.Mutex
	busy    bool
	events  []string
	metrics map[string]float64
	wrong   []error
}

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	body, err := io.ReadAll(r.Body)
	if c.busy {
		c.busy = false
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	switch r.URL.Path {
	case "/otel/v1/logs":
		var request logs.LogsData // of the same form as the request
		if err == nil {
			err = protojson.Unmarshal(body, &request)
		}
		for _, resource := range request.GetResourceLogs() {
			for _, scope := range resource.GetScopeLogs() {
				for _, record := range scope.GetLogRecords() {
					c.events = append(c.events, record.GetEventName()+" "+record.GetSeverityText()+" "+record.GetBody().GetStringValue())
				}
			}
		}
	case "/otel/v1/metrics":
		var request metrics.MetricsData
		if err == nil {
			err = protojson.Unmarshal(body, &request)
		}
		for _, resource := range request.GetResourceMetrics() {
			for _, scope := range resource.GetScopeMetrics() {
				for _, metric := range scope.GetMetrics() {
					c.metrics[metric.GetName()] = metric.GetGauge().GetDataPoints()[0].GetAsDouble()
				}
			}
		}
	default:
		w.WriteHeader(http.StatusNotFound)
	}
	if err != nil {
		c.wrong = append(c.wrong, err)
	}
}

func TestCollector(t *testing.T) {
	c := &collector{busy: true, metrics: map[string]float64{}}
	server := httptest.NewServer(c)
	defer server.Close()
	sink, err := otlp.New(&config.OTLP{Web: config.Web{URL: server.URL + "/otel/"}}, nil, "1")
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{Heartbeat: time.Second})
	i := forwardtest.Incident("main", "freeze", 1)
	r.Publish(forwardtest.Change(detectors.Opened, i), forwardtest.Change(detectors.Closed, i))
	level := -23.0
	digest := forward.NewDigest("studio-4", "main", forward.Digest{From: forwardtest.Noon, To: forwardtest.Noon.Add(time.Minute), Availability: 99.5,
		Loudness: &level, Faults: []forward.Fault{{Kind: "freeze", Opened: 2, Worst: 1}}})
	if err := r.Bus.PutNote(t.Context(), digest.ID(), digest.JSON()); err != nil {
		t.Fatal(err)
	}
	r.Until("all came", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.events) == 2 && c.metrics["vedette.feed.loudness"] == -23 && c.metrics["vedette.feeds.up"] == 1
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, err := range c.wrong {
		t.Error(err)
	}
	want := []string{"vedette.incident.opened critical [studio-4] main: freeze critical opened", "vedette.incident.closed critical [studio-4] main: freeze critical closed after 1m0s"}
	if !slices.Equal(c.events, want) || c.metrics["vedette.feed.incidents.opened"] != 2 || c.metrics["vedette.feed.availability"] != 99.5 {
		t.Errorf("events %q, metrics %v", c.events, c.metrics)
	}
}
