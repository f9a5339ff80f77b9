package forward_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/sinks"
	"github.com/vedette-av/vedette/internal/status"
)

// The outage of the test: three days in which 100 feeds open and close 25,000 incidents while the
// link is down most of the time and the process is killed again and again.
const (
	outageFeeds   = 100
	outageChanges = 50_000
	outageKills   = 100
	outageSeed    = 20260301
	outageTime    = 72 * time.Hour
)

// TestMain makes the test binary the daemon of the outage where it is told so.
func TestMain(m *testing.M) {
	if dir := os.Getenv("FORWARD_TEST_DAEMON_IN"); dir != "" {
		if err := outageDaemon(dir, os.Getenv("FORWARD_TEST_SINKS")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// outageChange is the nth change of all: feeds take turns, each opens and closes in turn, and the
// simulated time goes on evenly over the three days.
func outageChange(n int) detectors.Change {
	feed, turn := n%outageFeeds, n/outageFeeds
	opened := n - turn%2*outageFeeds // the change that opened it
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(outageTime / outageChanges * time.Duration(opened))
	name := fmt.Sprintf("feed-%02d", feed)
	i := detectors.Incident{ID: fmt.Sprintf("%s/freeze/%s", name, began.Format("2006-01-02T15:04:05.000Z")), Feed: name, Kind: "freeze",
		Severity: detectors.Major, Began: began, At: began.Sub(time.Unix(0, 0)), Worst: 0.9, Detail: "no change for 5.0 s"}
	i.Until = i.At + time.Minute
	c := detectors.Change{Phase: detectors.Opened, Incident: i, Told: i.At + 5*time.Second}
	if turn%2 == 1 {
		c.Phase, c.Incident.Ended, c.Told = detectors.Closed, i.Began.Add(time.Minute), i.Until
	}
	return c
}

// outageDaemon publishes what is not stored yet and forwards until it is killed. It says on its
// output when all is stored.
func outageDaemon(dir, urls string) error {
	ctx := context.Background()
	b, err := bus.Open(ctx, dir, bus.Options{})
	if err != nil {
		return err
	}
	var wanted []config.Sink
	for n, url := range strings.Split(urls, " ") {
		wanted = append(wanted, config.Sink{Name: fmt.Sprint("sink-", n), Type: "cloudevents", Batch: 200, Timeout: time.Second,
			Settings: &config.CloudEvents{Mode: "batched", Web: config.Web{URL: url}}})
	}
	opened, err := sinks.Open(wanted, "edge", "1", config.Secret)
	if err != nil {
		return err
	}
	for i := range opened { // three days in less than three minutes
		opened[i].Policy.BackoffMin, opened[i].Policy.BackoffMax = 2*time.Millisecond, 100*time.Millisecond
	}
	f, err := forward.New(ctx, forward.Options{Site: "edge", Version: "1", Store: b, Sinks: opened, Limits: forward.Limits{Budget: 1 << 40},
		Feeds: func() []status.Feed { return nil }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	go f.Run(ctx)
	for { // so that no sink misses the first
		known := 0
		for n := range opened {
			if _, ok, err := b.Cursor(ctx, fmt.Sprint("sink-", n)); ok && err == nil {
				known++
			}
		}
		if known == len(opened) {
			break
		}
		time.Sleep(time.Millisecond)
	}
	for n := int(b.LastSeq()); n < outageChanges; {
		var some []detectors.Change
		for ; n < outageChanges && len(some) < outageFeeds; n++ {
			some = append(some, outageChange(n))
		}
		if err := b.PublishAll(ctx, some...); err != nil {
			return err
		}
	}
	fmt.Println("stored")
	select {}
}

// outageReceiver is a receiver of which the link is down most of the time.
type outageReceiver struct {
	mu   sync.Mutex
	up   bool
	ids  map[string]int // of what was taken, and how often
	feed map[string][]string
}

func (o *outageReceiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	o.mu.Lock()
	defer o.mu.Unlock()
	var events []struct{ ID, Subject, Type string }
	if !o.up || err != nil || json.Unmarshal(body, &events) != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	for _, e := range events {
		if !strings.Contains(e.Type, "incident.") {
			continue
		}
		if o.ids[e.ID]++; o.ids[e.ID] == 1 {
			o.feed[e.Subject] = append(o.feed[e.Subject], e.ID)
		}
	}
}

func (o *outageReceiver) set(up bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.up = up
}

func (o *outageReceiver) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.ids)
}

// TestOutage72h: after the link returns every message is at every sink, in the order of its feed, none
// is missing, and what came twice has the same id.
func TestOutage72h(t *testing.T) {
	if testing.Short() {
		t.Skip("kills a process a hundred times")
	}
	random := rand.New(rand.NewPCG(outageSeed, 1))
	dir := t.TempDir()
	receivers := []*outageReceiver{{ids: map[string]int{}, feed: map[string][]string{}}, {ids: map[string]int{}, feed: map[string][]string{}}}
	var urls []string
	for _, o := range receivers {
		server := httptest.NewServer(o)
		defer server.Close()
		urls = append(urls, server.URL)
	}
	run := func(wait func(stored <-chan struct{})) {
		t.Helper()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), "FORWARD_TEST_DAEMON_IN="+dir, "FORWARD_TEST_SINKS="+strings.Join(urls, " "))
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		stored := make(chan struct{})
		go func() {
			_, _ = io.ReadFull(out, make([]byte, len("stored")))
			close(stored)
		}()
		wait(stored)
		_ = cmd.Process.Kill()
		<-stored
		if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the process ended by itself: %v", err)
		}
	}
	for range outageKills {
		for _, o := range receivers {
			o.set(random.IntN(5) == 0) // the link is down four times of five
		}
		run(func(<-chan struct{}) { time.Sleep(time.Duration(100+random.IntN(500)) * time.Millisecond) })
	}
	t.Logf("after %d kills %d and %d of %d have arrived", outageKills, receivers[0].count(), receivers[1].count(), outageChanges)
	for _, o := range receivers {
		o.set(true)
	}
	run(func(stored <-chan struct{}) {
		<-stored
		for deadline := time.Now().Add(time.Minute); receivers[0].count() < outageChanges || receivers[1].count() < outageChanges; time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Errorf("%d and %d of %d have arrived", receivers[0].count(), receivers[1].count(), outageChanges)
				return
			}
		}
	})
	for n, o := range receivers {
		checkOutage(t, n, o)
	}
}

func checkOutage(t *testing.T, number int, o *outageReceiver) {
	t.Helper()
	want := map[string][]string{}
	for n := range outageChanges {
		m := forward.NewChange("edge", outageChange(n), time.Now())
		want[m.Feed()] = append(want[m.Feed()], m.ID())
	}
	twice := 0
	for _, times := range o.ids {
		twice += times - 1
	}
	if len(o.ids) != outageChanges {
		t.Errorf("sink %d has %d messages, want %d", number, len(o.ids), outageChanges)
	}
	for feed, ids := range want {
		for i, id := range ids {
			if i >= len(o.feed[feed]) || o.feed[feed][i] != id {
				t.Fatalf("sink %d: message %d of %s is missing or out of order", number, i, feed)
			}
		}
	}
	t.Logf("sink %d: %d messages, %d of them came again with the same id", number, len(o.ids), twice)
}
