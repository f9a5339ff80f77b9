// Package forwardtest is what the tests of the sinks share: a sink run by the real engine over a real
// store, certificates, and programs that play the receiver.
package forwardtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/status"
)

// Noon is when the incidents of the tests begin.
var Noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// Incident is the nth of a feed: they begin a minute apart.
func Incident(feed, kind string, n int) detectors.Incident {
	began := Noon.Add(time.Duration(n) * time.Minute)
	return detectors.Incident{
		ID: fmt.Sprintf("%s/%s/%s", feed, kind, began.Format("2006-01-02T15:04:05.000Z")), Feed: feed, Kind: kind,
		Severity: detectors.Critical, Began: began, At: time.Minute, Until: 2 * time.Minute, Worst: 0.75, Detail: `no change for "3.0 s" ]\ äß`,
	}
}

// Change is one change of an incident.
func Change(phase detectors.Phase, i detectors.Incident) detectors.Change {
	if phase == detectors.Closed {
		i.Ended = i.Began.Add(10 * time.Second)
	}
	return detectors.Change{Phase: phase, Incident: i, Told: i.Until}
}

// Run is a sink that works until the test ends.
type Run struct {
	*forward.Forwarder
	Bus *bus.Bus
	Log *Log
	t   testing.TB
}

// Start runs a sink, which gets what is published from now on. Its failures are tried again soon.
func Start(t testing.TB, sink forward.Sink, p forward.Policy) *Run {
	t.Helper()
	b, err := bus.Open(context.Background(), t.TempDir(), bus.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name == "" {
		p.Name = "sink"
	}
	p.BackoffMin, p.BackoffMax = 50*time.Millisecond, 200*time.Millisecond
	log := &Log{}
	f, err := forward.New(context.Background(), forward.Options{Site: "studio-4", Version: "1", Store: b, Sinks: []forward.OpenedSink{{Policy: p, Sink: sink}},
		Feeds: func() []status.Feed { return []status.Feed{{Name: "main", State: status.Up}} },
		Log:   slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { f.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
		b.Close()
	})
	r := &Run{f, b, log, t}
	r.Until("the sink has begun", func() bool {
		_, known, err := b.Cursor(context.Background(), p.Name)
		return known && err == nil
	})
	return r
}

// Publish stores changes.
func (r *Run) Publish(changes ...detectors.Change) {
	r.t.Helper()
	if err := r.Bus.PublishAll(context.Background(), changes...); err != nil {
		r.t.Fatal(err)
	}
}

// State is how the sink is doing.
func (r *Run) State() forward.SinkState {
	r.t.Helper()
	states, err := r.Sinks(context.Background())
	if err != nil {
		r.t.Fatal(err)
	}
	return states[0]
}

// Delivered waits until so many messages were taken.
func (r *Run) Delivered(n int) {
	r.t.Helper()
	r.Until(fmt.Sprintf("%d messages delivered", n), func() bool { return r.State().Delivered >= uint64(n) })
}

// Until waits for something to be so.
func (r *Run) Until(what string, holds func() bool) {
	r.t.Helper()
	Until(r.t, what+"\n"+r.Log.String(), holds)
}

// Until waits for something to be so, and ends the test where it does not come.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not so within 20 s: %s", what)
		}
	}
}

// Peer runs a program until the test ends, or skips the test where it is not installed. What it
// says is in the log. stop ends it before.
func Peer(t testing.TB, program string, args ...string) (said *Log, stop func()) {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/" + program); err != nil {
			t.Skipf("%s is not installed", program)
		}
	}
	said = &Log{}
	cmd := exec.CommandContext(context.Background(), path, args...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
	}
	t.Cleanup(stop)
	return said, stop
}

// Port is one that is free, for TCP and UDP.
func Port(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Listens waits until somebody listens on a port of TCP.
func Listens(t testing.TB, port string) {
	t.Helper()
	Until(t, "somebody listens on "+port, func() bool {
		conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// Secrets gives credentials from a table.
func Secrets(known map[string]string) func(string) (string, error) {
	return func(name string) (string, error) {
		if secret, ok := known[name]; ok {
			return secret, nil
		}
		return "", fmt.Errorf("credential %s: systemd provided no such one", name)
	}
}

// Log is what was written, by several at once.
type Log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write takes text up.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Has tells whether a text was written.
func (l *Log) Has(text string) bool { return strings.Contains(l.String(), text) }
