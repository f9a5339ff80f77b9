package bus

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

var epoch = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// incident is the nth of a feed: they begin a minute apart.
func incident(feed, kind string, n int) detectors.Incident {
	began := epoch.Add(time.Duration(n) * time.Minute)
	return detectors.Incident{
		ID:   fmt.Sprintf("%s/%s/%s", feed, kind, began.Format("20060102T150405.000Z")),
		Feed: feed, Kind: kind, Severity: detectors.Major, Began: began,
		At: time.Duration(n) * time.Minute, Until: time.Duration(n)*time.Minute + time.Second,
		Worst: 0.75, Detail: "no change for 3.0 s",
	}
}

func opened(i detectors.Incident) detectors.Change {
	return detectors.Change{Phase: detectors.Opened, Incident: i, Told: i.At + 3*time.Second}
}

func updated(i detectors.Incident, after time.Duration) detectors.Change {
	i.Until = i.At + after
	return detectors.Change{Phase: detectors.Updated, Incident: i, Told: i.Until}
}

func closed(i detectors.Incident) detectors.Change {
	i.Ended, i.Until = i.Began.Add(10*time.Second), i.At+10*time.Second
	return detectors.Change{Phase: detectors.Closed, Incident: i, Told: i.Until + time.Second}
}

func open(t testing.TB, dir string, o Options) *Bus {
	t.Helper()
	b, err := Open(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func publish(t testing.TB, b *Bus, changes ...detectors.Change) {
	t.Helper()
	for _, c := range changes {
		if err := b.Publish(context.Background(), c); err != nil {
			t.Fatal(err)
		}
	}
}

func ids(incidents []detectors.Incident) string {
	var all []string
	for _, i := range incidents {
		all = append(all, fmt.Sprintf("%s %s %d", i.Feed, i.Kind, int(i.Began.Sub(epoch).Minutes())))
	}
	return strings.Join(all, ", ")
}

func TestPublishAndRestart(t *testing.T) {
	dir := t.TempDir()
	b := open(t, dir, Options{})
	lasting := incident("main.programme", "freeze", 1)
	over := incident("main.programme", "black", 2)
	publish(t, b, opened(lasting), opened(over), updated(lasting, 5*time.Second), closed(over))
	check := func() {
		t.Helper()
		want := []detectors.Incident{updated(lasting, 5*time.Second).Incident}
		if got := b.OpenIncidents("main.programme"); !reflect.DeepEqual(got, want) {
			t.Errorf("open: got %+v, want %+v", got, want)
		}
		if got := b.OpenIncidents("other"); len(got) != 0 {
			t.Errorf("open on another feed: %+v", got)
		}
		got, err := b.Incidents(context.Background(), Filter{})
		if want := []detectors.Incident{closed(over).Incident, want[0]}; err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		if got := b.LastSeq(); got != 4 {
			t.Errorf("last number %d, want 4", got)
		}
	}
	check()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if err := b.Publish(context.Background(), opened(over)); err == nil {
		t.Error("a closed bus takes a change")
	}
	b = open(t, dir, Options{})
	check()
}

// TestAnswerLost checks that a change that was written without our knowing is known once it is sent
// again, also when others came between.
func TestAnswerLost(t *testing.T) {
	b := open(t, t.TempDir(), Options{})
	i := incident("a", "freeze", 1)
	if _, err := b.store.append(t.Context(), record{Change: opened(i)}); err != nil {
		t.Fatal(err)
	}
	publish(t, b, opened(incident("a", "black", 2)), opened(i))
	if got := ids(b.OpenIncidents("a")); got != "a freeze 1, a black 2" || b.LastSeq() != 2 {
		t.Errorf("open %s of %d changes", got, b.LastSeq())
	}
}

// TestSentAgain checks that a change whose answer was lost can be sent again.
func TestSentAgain(t *testing.T) {
	b := open(t, t.TempDir(), Options{})
	i := incident("a", "freeze", 1)
	publish(t, b, opened(i), opened(i), updated(i, time.Second), updated(i, 2*time.Second), updated(i, time.Second))
	if got := b.LastSeq(); got != 3 {
		t.Errorf("%d changes were stored, want 3", got)
	}
	if got := b.OpenIncidents("a")[0]; got.Until != i.At+2*time.Second {
		t.Errorf("newest state lasts until %s", got.Until)
	}
	// It is the same change also when others were opened meanwhile.
	publish(t, b, opened(incident("a", "black", 2)), opened(i))
	if got := b.LastSeq(); got != 4 {
		t.Errorf("%d changes were stored, want 4", got)
	}
}

func TestRefused(t *testing.T) {
	b := open(t, t.TempDir(), Options{})
	long := incident("a", "freeze", 1)
	long.Detail = strings.Repeat("x", longestChange)
	for _, c := range []struct {
		change detectors.Change
		want   string
	}{
		{opened(long), "at most 32256 are kept"},
		{detectors.Change{}, "the incident has no id, feed or kind"},
	} {
		if err := b.Publish(context.Background(), c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	publish(t, b, opened(incident("a", "freeze", 2))) // and goes on
}

func TestFilter(t *testing.T) {
	b := open(t, t.TempDir(), Options{})
	for n := range 6 {
		feed, kind := []string{"a", "b"}[n%2], []string{"freeze", "black", "silence"}[n%3]
		i := incident(feed, kind, n)
		publish(t, b, opened(i))
		if n < 4 {
			publish(t, b, closed(i))
		}
	}
	yes, no := true, false
	for _, c := range []struct {
		filter Filter
		want   string
	}{
		{Filter{}, "b silence 5, a black 4, b freeze 3, a silence 2, b black 1, a freeze 0"},
		{Filter{Feed: "a"}, "a black 4, a silence 2, a freeze 0"},
		{Filter{Kind: "freeze"}, "b freeze 3, a freeze 0"},
		{Filter{Open: &yes}, "b silence 5, a black 4"},
		{Filter{Open: &no, Limit: 2}, "b freeze 3, a silence 2"},
		{Filter{Since: epoch.Add(3 * time.Minute)}, "b silence 5, a black 4, b freeze 3"},
		{Filter{Since: epoch.Add(2*time.Minute + 5*time.Second)}, "b silence 5, a black 4, b freeze 3, a silence 2"},
		{Filter{Feed: "c"}, ""},
	} {
		got, err := b.Incidents(context.Background(), c.filter)
		if err != nil || ids(got) != c.want {
			t.Errorf("%+v: got %s, %v, want %s", c.filter, ids(got), err, c.want)
		}
	}
}

// TestDeep checks answers from disk beyond what memory holds, against all that was published.
func TestDeep(t *testing.T) {
	dir := t.TempDir()
	options := Options{tune: tuning{remembered: 40, replayed: 300, keepWithin: 5000}}
	b := open(t, dir, options)
	const count = 900 // more changes than one chunk
	var all []detectors.Incident
	for n := range count {
		i := incident([]string{"a", "b"}[n%2], "freeze", n)
		publish(t, b, opened(i))
		if n != 5 {
			publish(t, b, closed(i))
			i = closed(i).Incident
		}
		all = append([]detectors.Incident{i}, all...)
	}
	check := func() {
		t.Helper()
		got, err := b.Incidents(context.Background(), Filter{Limit: count * 2})
		if err != nil || !reflect.DeepEqual(got, all) {
			t.Errorf("got %d incidents, %v, want %d", len(got), err, len(all))
		}
		got, err = b.Incidents(context.Background(), Filter{Feed: "a", Kind: "freeze", Limit: 3})
		if err != nil || ids(got) != "a freeze 898, a freeze 896, a freeze 894" {
			t.Errorf("of one feed: %s, %v", ids(got), err)
		}
		got, err = b.Incidents(context.Background(), Filter{Since: epoch.Add(100 * time.Minute), Feed: "a", Limit: 1000})
		if err != nil || len(got) != 400 {
			t.Errorf("since the hundredth: %d, %v", len(got), err)
		}
		if open := b.OpenIncidents(""); ids(open) != "b freeze 5" {
			t.Errorf("open: %s", ids(open))
		}
	}
	check()
	b.Close()
	b = open(t, dir, options)
	check()
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	open(t, dir, Options{})
	_, err := Open(context.Background(), dir, Options{})
	want := fmt.Sprintf("in %s is in use by process %d: stop it", dir, os.Getpid())
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnwritable(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), file, Options{}); err == nil || !strings.Contains(err.Error(), "a file is in the way: move it") {
		t.Errorf("a file: %v", err)
	}
	if os.Getuid() == 0 {
		t.Skip("root may write everywhere")
	}
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), filepath.Join(dir, "bus"), Options{}); err == nil || !strings.Contains(err.Error(), "let the user of this process write there") {
		t.Errorf("read-only: %v", err)
	}
}

// TestServerLog checks that the words of the server are told when debugging and only then.
func TestServerLog(t *testing.T) {
	for _, c := range []struct {
		level slog.Level
		want  bool
	}{{slog.LevelDebug, true}, {slog.LevelInfo, false}} {
		var text strings.Builder
		log := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: c.level}))
		b := open(t, t.TempDir(), Options{Log: log})
		b.Close()
		if got := strings.Contains(text.String(), "embedded server"); got != c.want {
			t.Errorf("at %s: %q", c.level, text.String())
		}
	}
}
