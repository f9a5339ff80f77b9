package api

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// stream is a reader of events.
type stream struct {
	t    *testing.T
	body io.ReadCloser
	text *bufio.Reader
}

func (d *daemon) follow(path, last string) *stream {
	d.t.Helper()
	request, err := http.NewRequest(http.MethodGet, "http://"+d.Addr().String()+path, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	if last != "" {
		request.Header.Set("Last-Event-ID", last)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" {
		d.t.Fatalf("%s: %s %v", path, response.Status, response.Header)
	}
	s := &stream{d.t, response.Body, bufio.NewReader(response.Body)}
	d.t.Cleanup(func() { s.body.Close() })
	if got := s.next(); got != "retry: 2000\n: site studio-4\n" {
		d.t.Fatalf("%s begins with %q", path, got)
	}
	return s
}

// next is the next block of lines.
func (s *stream) next() string {
	s.t.Helper()
	var block strings.Builder
	for {
		line, err := s.text.ReadString('\n')
		if err != nil {
			return block.String() + err.Error()
		}
		if line == "\n" {
			return block.String()
		}
		block.WriteString(line)
	}
}

func TestEvents(t *testing.T) {
	d := serve(t, nil)
	a, b := incident("main.programme", "freeze", 1), incident("second", "black", 2)
	d.publish(opened(a), opened(b))
	fresh := d.follow("/api/v1/events", "")
	all := d.follow("/api/v1/events?after=0", "")
	resumed := d.follow("/api/v1/events?after=0", "1") // what the browser says counts
	second := d.follow("/api/v1/events?after=0&feed=second&kind=black", "")
	d.publish(closed(a), closed(b))

	event := func(id, phase string) string {
		return "id: " + id + "\nevent: incident\ndata: {\"phase\":\"" + phase + "\""
	}
	for name, c := range map[string]struct {
		stream *stream
		want   []string
	}{
		"fresh":   {fresh, []string{event("3", "closed"), event("4", "closed")}},
		"all":     {all, []string{event("1", "opened"), event("2", "opened"), event("3", "closed"), event("4", "closed")}},
		"resumed": {resumed, []string{event("2", "opened"), event("3", "closed")}},
		"second":  {second, []string{event("2", "opened"), event("4", "closed")}},
	} {
		for _, want := range c.want {
			if got := c.stream.next(); !strings.HasPrefix(got, want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
}

func TestHeartbeat(t *testing.T) {
	d := serve(t, func(s *Server) { s.heartbeat = 10 * time.Millisecond })
	s := d.follow("/api/v1/events", "")
	for range 3 {
		if got := s.next(); got != ": alive\n" {
			t.Errorf("got %q", got)
		}
	}
}

// TestSlow checks that a client that takes nothing is dropped, and holds up neither the store nor
// other clients.
func TestSlow(t *testing.T) {
	d := serve(t, func(s *Server) { s.writeWithin = 100 * time.Millisecond })
	conn, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.(*net.TCPConn).SetReadBuffer(4096)
	io.WriteString(conn, "GET /api/v1/events HTTP/1.1\r\nHost: a\r\n\r\n")
	begin := make([]byte, len("HTTP/1.1 200 OK"))
	if _, err := io.ReadFull(conn, begin); err != nil || string(begin) != "HTTP/1.1 200 OK" {
		t.Fatalf("%q, %v", begin, err)
	}
	quick := d.follow("/api/v1/events", "")
	long := strings.Repeat("x", 30<<10)
	dropped := false
	for n := 0; n < 2000 && !dropped; n++ {
		i := incident("second", "black", n)
		i.Detail = long
		d.publish(opened(i))
		if got := quick.next(); !strings.Contains(got, i.ID) {
			t.Fatalf("another client got %.100q", got)
		}
		dropped = d.watchers.Load() == 1
	}
	if !dropped {
		t.Error("the client is still there")
	}
}

func TestTooManyReaders(t *testing.T) {
	d := serve(t, nil)
	for range mostWatchers {
		d.follow("/api/v1/events", "")
	}
	if code, _, body := d.ask("GET", "/api/v1/events"); code != 503 || !strings.Contains(body, "there are 64 readers of the events already") {
		t.Errorf("got %d %s", code, body)
	}
	if code, _, _ := d.ask("GET", "/api/v1/feeds"); code != 200 {
		t.Errorf("others get %d", code)
	}
}

// TestShutdown checks that an open stream does not hold up the end.
func TestShutdown(t *testing.T) {
	d := serve(t, nil)
	s := d.follow("/api/v1/events", "")
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	if err := d.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if _, err := s.text.ReadByte(); !errors.Is(err, io.EOF) {
		t.Errorf("the stream ended with %v", err)
	}
}
