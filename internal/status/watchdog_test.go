package status

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func at(seconds float64) time.Time { return start.Add(time.Duration(seconds * float64(time.Second))) }

func TestWatchdog(t *testing.T) {
	w := NewWatchdog()
	if err := w.Check(at(1000)); err != nil {
		t.Errorf("watching nothing: %v", err)
	}
	a := w.Watch("feed a", 10*time.Second, at(0))
	b := w.Watch("feed b", 2*time.Second, at(0))
	for _, c := range []struct {
		name string
		do   func()
		now  float64
		want string
	}{
		{"new", func() {}, 2, ""},
		{"one late", func() {}, 2.5, "stuck: feed b for 2.5s (limit 2s)"},
		{"it turns", func() { b.Beat(at(2.5)) }, 4.5, ""},
		{"both late", func() {}, 11, "stuck: feed a for 11s (limit 10s), feed b for 8.5s (limit 2s)"},
		{"one is done", func() { b.Done(); b.Done() }, 11, "stuck: feed a for 11s (limit 10s)"},
		{"the other turns", func() { a.Beat(at(11)) }, 20, ""},
	} {
		c.do()
		got := ""
		if err := w.Check(at(c.now)); err != nil {
			got = err.Error()
			if stuck := new(StuckError); !errors.As(err, &stuck) {
				t.Errorf("%s: %T", c.name, err)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestWatchdogIsConcurrent(t *testing.T) {
	w := NewWatchdog()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			loop := w.Watch("loop", time.Hour, start)
			for n := range 200 {
				loop.Beat(at(float64(n)))
				if err := w.Check(at(float64(n))); err != nil {
					t.Error(err)
				}
			}
			loop.Done()
		})
	}
	all.Wait()
}

// manager is systemd's end of the socket.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

func newManager(t *testing.T) *manager {
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	t.Setenv("NOTIFY_SOCKET", path)
	return &manager{t, conn}
}

// told returns all that was sent; a datagram is there when the sender returns.
func (m *manager) told() []string {
	var all []string
	buf := make([]byte, 4096)
	for {
		m.conn.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := m.conn.Read(buf)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return all
		}
		if err != nil {
			m.t.Fatal(err)
		}
		all = append(all, string(buf[:n]))
	}
}

func TestNotifier(t *testing.T) {
	m := newManager(t)
	t.Setenv("WATCHDOG_USEC", "3000000")
	t.Setenv("WATCHDOG_PID", strconv.Itoa(os.Getpid()))
	var logged bytes.Buffer
	n, err := NewNotifier(slog.New(slog.NewTextHandler(&logged, nil)))
	if err != nil {
		t.Fatal(err)
	}
	if n.Every() != time.Second {
		t.Errorf("every %s, want 1s", n.Every())
	}
	w := NewWatchdog()
	loop := w.Watch("feed a", 2*time.Second, at(0))
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"ready", func() { n.Ready("2 feeds") }, "READY=1\nSTATUS=2 feeds"},
		{"same status", func() { n.Status("2 feeds") }, ""},
		{"status", func() { n.Status("2 feeds,\n1 up") }, "STATUS=2 feeds, 1 up"},
		{"turns", func() { n.Turn(at(1), w) }, "WATCHDOG=1"},
		{"stuck", func() { n.Turn(at(3), w); n.Turn(at(4), w) }, ""},
		{"turns again", func() { loop.Beat(at(5)); n.Turn(at(5), w) }, "WATCHDOG=1"},
		{"stopping", n.Stopping, "STOPPING=1\nSTATUS=stopping"},
	} {
		c.do()
		if got := strings.Join(m.told(), " | "); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
	if got := strings.Count(logged.String(), "not every loop turns"); got != 1 || !strings.Contains(logged.String(), "feed a for 3s") {
		t.Errorf("logged %q", logged.String())
	}
	n.Reloading()
	told := m.told()
	stamp, _ := strings.CutPrefix(told[0], "RELOADING=1\nMONOTONIC_USEC=")
	if usec, err := strconv.ParseInt(stamp, 10, 64); err != nil || usec <= 0 {
		t.Errorf("reloading: %q", told)
	}
}

func TestNotifierWithoutSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	var logged bytes.Buffer
	log := slog.New(slog.NewTextHandler(&logged, nil))
	n, err := NewNotifier(log)
	if err != nil {
		t.Fatal(err)
	}
	n.Ready("")
	n.Turn(start, NewWatchdog())
	if logged.Len() > 0 {
		t.Errorf("logged %q", logged.String())
	}
	// A socket that is gone is told once.
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "gone"))
	n.Status("a")
	n.Status("b")
	if got := strings.Count(logged.String(), "cannot be notified"); got != 1 {
		t.Errorf("logged %d times: %s", got, logged.String())
	}
	t.Setenv("WATCHDOG_USEC", "soon")
	if _, err := NewNotifier(log); err == nil {
		t.Error("a watchdog limit that is no number was taken")
	}
	// The limit is meant for another process.
	t.Setenv("WATCHDOG_USEC", "3000000")
	t.Setenv("WATCHDOG_PID", "1")
	if n, err := NewNotifier(log); err != nil || n.limit != 0 {
		t.Errorf("limit %s, %v", n.limit, err)
	}
}

func TestRun(t *testing.T) {
	m := newManager(t)
	t.Setenv("WATCHDOG_USEC", "30000000")
	synctest.Test(t, func(t *testing.T) {
		n, err := NewNotifier(slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 35*time.Second)
		defer cancel()
		n.Run(ctx, NewWatchdog(), func() string { return "up" })
	})
	if got, want := strings.Join(m.told(), " | "), "WATCHDOG=1 | STATUS=up | WATCHDOG=1 | WATCHDOG=1"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
