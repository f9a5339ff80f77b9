package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/status"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// fleet is feeds as they stand in a test.
type fleet []status.Feed

func (f fleet) Feeds() []status.Feed { return f }

func (f fleet) Feed(name string) (status.Feed, bool) {
	for _, feed := range f {
		if feed.Name == name {
			return feed, true
		}
	}
	return status.Feed{}, false
}

func twoFeeds() fleet {
	return fleet{
		{
			Name: "main.programme", Source: "rtmp://:1935/live/***", State: status.Up, Since: epoch, Peer: "192.0.2.7:5000",
			Tracks: []status.Track{
				{Media: "video", Codec: "h264", Path: "h264 (software)", Width: 1920, Height: 1080, FrameRate: 25},
				{Media: "audio", Codec: "aac", Path: "aac (software)", SampleRate: 48000, Channels: 2},
			},
			Packets: 7500, Bytes: 1 << 40, Lost: 1, Dropped: 2, Jumps: 3, DecodeErrors: 4, Pictures: 5000, Sounds: 9000,
			BitRate: 6000.5, FrameRate: 25, LastPicture: epoch, Behind: status.Seconds(40 * time.Millisecond),
			Worker:    status.Worker{PID: 4711, Restarts: 1, Placement: "cpu"},
			Detectors: []status.Detector{{Kind: "freeze", State: "present", Score: 0.98, Detail: "no change for 4.0 s", Open: true}, {Kind: "black", State: "clear"}},
			Open:      []string{"main.programme/freeze/20260301T120000.000Z"},
		},
		{Name: "second", Source: "rtmp://:1935/live/***", State: status.Waiting, Reason: "no publisher yet", Since: epoch},
	}
}

func incident(feed, kind string, n int) detectors.Incident {
	began := epoch.Add(time.Duration(n) * time.Minute)
	return detectors.Incident{ID: fmt.Sprintf("%s/%s/%d", feed, kind, n), Feed: feed, Kind: kind, Severity: detectors.Major,
		Began: began, At: time.Minute, Until: 2 * time.Minute, Worst: 0.5, Detail: "<b>no change</b>"}
}

func opened(i detectors.Incident) detectors.Change {
	return detectors.Change{Phase: detectors.Opened, Incident: i, Told: i.At}
}

func closed(i detectors.Incident) detectors.Change {
	i.Ended = i.Began.Add(10 * time.Second)
	return detectors.Change{Phase: detectors.Closed, Incident: i, Told: i.Until}
}

// daemon is a server on a free port that stands on a real store.
type daemon struct {
	*Server
	t      *testing.T
	bus    *bus.Bus
	health error
	ready  error
}

// serve starts one; prepare may change the server before it answers.
func serve(t *testing.T, prepare func(*Server)) *daemon {
	t.Helper()
	b, err := bus.Open(t.Context(), t.TempDir(), bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d := &daemon{t: t, bus: b}
	forwarder, err := forward.New(t.Context(), forward.Options{Site: "studio-4", Version: "1.2.3", Store: b, Feeds: twoFeeds().Feeds, Sinks: []forward.OpenedSink{
		{Policy: forward.Policy{Name: "good", Type: "mailbox"}, Sink: mailbox{}}, {Policy: forward.Policy{Name: "bad", Type: "mailbox"}, Sink: mailbox{full: true}},
	}})
	if err != nil {
		t.Fatal(err)
	}
	d.Server, err = New(Options{
		Forwarding: forwarder,
		Listen:     "127.0.0.1:0", Site: "studio-4", Version: "1.2.3", Feeds: twoFeeds(), Incidents: b,
		Listeners: func() []status.Listener {
			return []status.Listener{{Protocol: "rtmp", Address: ":1935", Events: []status.Event{{Name: "wrong_key", Count: 7}}}}
		},
		Health: func(time.Time) error { return d.health },
		Ready:  func() error { return d.ready },
	})
	if err != nil {
		t.Fatal(err)
	}
	if prepare != nil {
		prepare(d.Server)
	}
	ended := make(chan error, 1)
	go func() { ended <- d.Serve() }()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := d.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		b.Close()
	})
	return d
}

func (d *daemon) publish(changes ...detectors.Change) {
	d.t.Helper()
	for _, c := range changes {
		if err := d.bus.Publish(context.Background(), c); err != nil {
			d.t.Fatal(err)
		}
	}
}

// ask sends a request and returns what came back.
func (d *daemon) ask(method, path string) (code int, header http.Header, body string) {
	d.t.Helper()
	return d.send(method, path, "", nil)
}

// send asks with a body, which is JSON unless the header says otherwise.
func (d *daemon) send(method, path, text string, header http.Header) (code int, answered http.Header, body string) {
	d.t.Helper()
	request, err := http.NewRequest(method, "http://"+d.Addr().String()+path, strings.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	if text != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	all, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(all)
}

// mailbox is a sink that takes everything, or refuses it.
type mailbox struct{ full bool }

func (mailbox) Render(batch []forward.Message) (drafts []forward.Draft, err error) {
	for _, m := range batch {
		drafts = append(drafts, forward.Draft{Messages: []forward.Message{m}, Body: m.JSON(), Media: "application/json"})
	}
	return drafts, nil
}

func (m mailbox) Carry(context.Context, forward.Parcel) (forward.Receipt, error) {
	if m.full {
		return forward.Receipt{}, forward.Refused(errors.New("the mailbox is full"))
	}
	return forward.Receipt{}, nil
}

func (mailbox) Close() error { return nil }

func TestErrors(t *testing.T) {
	d := serve(t, nil)
	d.publish(opened(incident("second", "black", 1)))
	for _, c := range []struct {
		method, path string
		code         int
		want         string
	}{
		{"GET", "/nowhere", 404, `there is no \"/nowhere\": see /api/v1/openapi.json`},
		{"GET", "/api/v1/feeds/", 404, `there is no \"/api/v1/feeds/\"`},
		{"GET", "/api/v1/feeds/third", 404, `there is no feed \"third\": see /api/v1/feeds`},
		{"GET", "/api/v1/feeds/second/more", 404, `there is no`},
		{"POST", "/api/v1/feeds", 405, `POST is not possible here: GET, HEAD is`},
		{"DELETE", "/metrics", 405, `DELETE is not possible here`},
		{"GET", "/api/v1/incidents/acknowledge", 405, `GET is not possible here: POST is`},
		{"POST", "/api/v1/silences", 415, `send JSON`},
		{"GET", "/api/v1/feeds?x=1", 400, `unknown parameter \"x\": there are none here`},
		{"GET", "/api/v1/incidents?fed=a", 400, `unknown parameter \"fed\": known are feed, kind, since, open, limit`},
		{"GET", "/api/v1/incidents?feed=a&feed=b", 400, `parameter \"feed\" is given 2 times`},
		{"GET", "/api/v1/incidents?feed=%zz", 400, `the parameters cannot be read`},
		{"GET", "/api/v1/incidents?open=yes", 400, `open=yes is neither true nor false`},
		{"GET", "/api/v1/incidents?limit=0", 400, `limit=0 is not a number from 1 to 1000`},
		{"GET", "/api/v1/incidents?limit=1e9", 400, `limit=1e9 is not a number`},
		{"GET", "/api/v1/incidents?since=yesterday", 400, `since=yesterday is neither a time such as 2026-03-01T12:00:00Z nor a duration such as 2h`},
		{"GET", "/api/v1/incidents?since=2026-03-01T12:00:00+01:00", 400, `write %2B`},
		{"GET", "/api/v1/incidents?since=-2h", 400, `since=-2h is neither`},
		{"GET", "/api/v1/events?after=x", 400, `\"x\" is not the id of an event: it is a number`},
		{"GET", "/" + strings.Repeat("a", 500), 404, strings.Repeat("a", 79) + "…"},
		{"GET", "/api/v1/incidents?limit=5&open=true&since=7d", 200, `"incidents":`},
		{"HEAD", "/api/v1/feeds", 200, ""},
		{"HEAD", "/api/v1/events", 200, ""},
	} {
		code, header, body := d.ask(c.method, c.path)
		if code != c.code || !strings.Contains(body, c.want) {
			t.Errorf("%s %s: got %d %s, want %d %s", c.method, c.path, code, body, c.code, c.want)
		}
		if kind := header.Get("Content-Type"); code >= 400 && (kind != "application/json" || !strings.HasPrefix(body, `{"error":"`)) {
			t.Errorf("%s %s: an error as %s: %s", c.method, c.path, kind, body)
		}
		if allow := header.Get("Allow"); code == 405 && !strings.Contains(body, "here: "+allow+" is") {
			t.Errorf("%s %s: Allow: %s", c.method, c.path, allow)
		}
	}
}

func TestIncidents(t *testing.T) {
	d := serve(t, nil)
	a, b := incident("main.programme", "freeze", 1), incident("second", "black", 2)
	d.publish(opened(a), opened(b), closed(a))
	for path, want := range map[string]string{
		"":                                       b.ID + " " + a.ID,
		"?open=true":                             b.ID,
		"?open=false":                            a.ID,
		"?feed=main.programme":                   a.ID,
		"?kind=black":                            b.ID,
		"?kind=none":                             "",
		"?limit=1":                               b.ID,
		"?since=2026-03-01T12:01:05Z&open=false": a.ID,
		"?since=2026-03-01T12:01:15Z":            b.ID,
		"?since=1s":                              b.ID,
	} {
		_, _, body := d.ask("GET", "/api/v1/incidents"+path)
		var got []string
		for _, part := range strings.Split(body, `"id":"`)[1:] {
			id, _, _ := strings.Cut(part, `"`)
			got = append(got, id)
		}
		if strings.Join(got, " ") != want || !strings.HasPrefix(body, `{"incidents":[`) {
			t.Errorf("%s: got %s, want %s", path, body, want)
		}
	}
	d.bus.Close()
	if code, _, body := d.ask("GET", "/api/v1/incidents"); code != 500 || !strings.Contains(body, "reading the incidents failed: see the log") {
		t.Errorf("without the store: %d %s", code, body)
	}
}

func TestHealth(t *testing.T) {
	d := serve(t, nil)
	check := func(path string, code int, want string) {
		t.Helper()
		if got, _, body := d.ask("GET", path); got != code || !strings.Contains(body, want) {
			t.Errorf("%s: got %d %s, want %d %s", path, got, body, code, want)
		}
	}
	check("/healthz", 200, `{"status":"ok"}`)
	check("/readyz", 200, `{"status":"ok"}`)
	d.ready = errors.New("starting")
	check("/healthz", 200, `"ok"`)
	check("/readyz", 503, `{"status":"unavailable","error":"starting"}`)
	d.ready, d.health = nil, errors.New("stuck: feed second for 12s (limit 10s)")
	check("/healthz", 503, "stuck: feed second")
	check("/readyz", 503, "stuck: feed second")
}

func TestPortInUse(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	for listen, want := range map[string]string{
		other.Addr().String(): "another process has that port: stop it, or set api.listen to another",
		"192.0.2.1:8650":      "this machine has no such address",
		"nonsense":            "the API cannot listen on nonsense",
	} {
		if _, err := New(Options{Listen: listen}); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", listen, err, want)
		}
	}
}

// TestRude checks that what is no request is answered or dropped, and others go on.
func TestRude(t *testing.T) {
	d := serve(t, func(s *Server) { s.http.ReadHeaderTimeout = 50 * time.Millisecond })
	for name, text := range map[string]string{
		"binary":      "\x16\x03\x01\x02\x00\x01\x00",
		"half":        "GET / HT",
		"big header":  "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 64<<10) + "\r\n\r\n",
		"no host":     "GET / HTTP/1.1\r\n\r\n",
		"bad version": "GET / HTTP/9.9\r\n\r\n",
	} {
		conn, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.Write([]byte(text))
		conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		answer, err := io.ReadAll(conn)
		if errors.Is(err, context.DeadlineExceeded) || strings.HasPrefix(string(answer), "HTTP/1.1 200") {
			t.Errorf("%s: got %q, %v", name, answer, err)
		}
		conn.Close()
	}
	if code, _, _ := d.ask("GET", "/healthz"); code != 200 {
		t.Errorf("afterwards: %d", code)
	}
}

func tomorrow() string { return time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339) }

// TestForbidden checks that no page of another site can do what an operator may.
func TestForbidden(t *testing.T) {
	d := serve(t, nil)
	body := `{"author":"mira","until":"` + tomorrow() + `"}`
	for _, c := range []struct {
		header http.Header
		text   string
		code   int
	}{
		{http.Header{"Sec-Fetch-Site": {"cross-site"}}, body, 403},
		{http.Header{"Origin": {"https://evil.example"}}, body, 403},
		{http.Header{"Content-Type": {"text/plain"}}, body, 415},
		{nil, body + body, 400},
		{nil, `{"author":"mira","until":"` + tomorrow() + `","colour":1}`, 400},
		{nil, `{"author":"` + strings.Repeat("x", 20<<10) + `"}`, 400},
		{nil, body, 201},
	} {
		if code, _, text := d.send("POST", "/api/v1/silences", c.text, c.header); code != c.code {
			t.Errorf("%v %.60s: got %d %s, want %d", c.header, c.text, code, text, c.code)
		}
	}
}

// TestSilenceEnds begins a silence and ends it.
func TestSilenceEnds(t *testing.T) {
	d := serve(t, nil)
	_, _, text := d.send("POST", "/api/v1/silences", `{"author":"mira","until":"`+tomorrow()+`","kinds":["black"]}`, nil)
	var begun forward.Silence
	if err := json.Unmarshal([]byte(text), &begun); err != nil || begun.ID == "" {
		t.Fatalf("%s, %v", text, err)
	}
	for _, want := range []int{200, 404} {
		if code, _, text := d.send("DELETE", "/api/v1/silences/"+begun.ID, "", nil); code != want {
			t.Errorf("got %d %s, want %d", code, text, want)
		}
	}
}
