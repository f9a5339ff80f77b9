package cloudevents_test

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/cloudevents"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
)

// counted counts what is read from a connection.
type counted struct {
	net.Conn
	bytes *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.bytes.Add(int64(n))
	return n, err
}

type counting struct {
	net.Listener
	bytes atomic.Int64
}

func (l *counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return counted{conn, &l.bytes}, err
}

func carry(t *testing.T, sink *cloudevents.Sink, messages ...forward.Message) {
	t.Helper()
	drafts, err := sink.Render(messages)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range drafts {
		p, err := forward.NewGate(forward.Limits{}).Admit(d, forwardtest.Noon)
		if err == nil {
			_, err = sink.Carry(t.Context(), p)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestCost measures on a real socket what a healthy feed costs, with all headers: the heartbeat of
// each minute and a fifth of a digest are at most 1 KB.
func TestCost(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	wire := &counting{Listener: server.Listener}
	server.Listener = wire
	server.Start()
	defer server.Close()
	sink, err := cloudevents.New(&config.CloudEvents{Mode: "batched", Web: config.Web{URL: server.URL, TokenCredential: "x", SignatureCredential: "x"}},
		func(string) (string, error) { return "0123456789abcdef0123456789abcdef", nil }, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	defer sink.Close()
	level := -23.0
	carry(t, sink, forward.NewHeartbeat("studio-4", forward.Heartbeat{Version: "1.2.3", Uptime: 1e6, Feeds: 1, Up: 1}, forwardtest.Noon))
	beat := wire.bytes.Load()
	carry(t, sink, forward.NewDigest("studio-4", "main-programme", forward.Digest{From: forwardtest.Noon, To: forwardtest.Noon, Availability: 100, Measured: 300,
		Loudness: &level, TruePeak: &level, BitRate: 6000.123, LowestRate: 5900.123}))
	digest := wire.bytes.Load() - beat
	t.Logf("a heartbeat is %d bytes, a digest %d: %d a minute", beat, digest, beat+digest/5)
	if beat+digest/5 > 1000 {
		t.Error("that is more than 1 KB")
	}
}

// TestForms holds both forms against the specification.
func TestForms(t *testing.T) {
	type request struct {
		media string
		body  []byte
	}
	got := make(chan request, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var body bytes.Buffer
		_, _ = body.ReadFrom(r.Body)
		got <- request{r.Header.Get("Content-Type"), body.Bytes()}
	}))
	defer server.Close()
	i := forwardtest.Incident("main", "freeze", 1)
	messages := []forward.Message{
		forward.NewChange("a/b", forwardtest.Change(detectors.Opened, i), forwardtest.Noon),
		forward.NewChange("a/b", forwardtest.Change(detectors.Closed, i), forwardtest.Noon),
	}
	check := func(event map[string]any, m forward.Message) {
		t.Helper()
		want := map[string]any{"specversion": "1.0", "id": m.ID(), "source": "/vedette/a%2Fb", "type": "dev.vedette." + string(m.Type()), "subject": "main", "time": "2026-03-01T12:00:00Z"}
		for name, value := range want {
			if event[name] != value {
				t.Errorf("%s is %v, want %v", name, event[name], value)
			}
		}
		data, err := json.Marshal(event["data"])
		schema, err2 := forward.LoadSchema()
		if err != nil || err2 != nil || schema.Check(data) != nil || len(event) != len(want)+1 {
			t.Errorf("event %v", event)
		}
	}
	for _, mode := range []string{"structured", "batched"} {
		sink, err := cloudevents.New(&config.CloudEvents{Mode: mode, Web: config.Web{URL: server.URL}}, nil, "1")
		if err != nil {
			t.Fatal(err)
		}
		carry(t, sink, messages...)
		if mode == "structured" {
			for _, m := range messages {
				r := <-got
				var event map[string]any
				if err := json.Unmarshal(r.body, &event); err != nil || r.media != "application/cloudevents+json; charset=utf-8" {
					t.Fatal(err, r.media)
				}
				check(event, m)
			}
			continue
		}
		r := <-got
		var events []map[string]any
		if err := json.Unmarshal(r.body, &events); err != nil || len(events) != 2 || r.media != "application/cloudevents-batch+json; charset=utf-8" {
			t.Fatal(err, r.media)
		}
		for n, m := range messages {
			check(events[n], m)
		}
	}
}
