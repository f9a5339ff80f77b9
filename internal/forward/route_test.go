package forward

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/status"
)

func TestRoute(t *testing.T) {
	opened := func(feed, kind string, s detectors.Severity) Message {
		i := fault(feed, kind, 1)
		i.Severity = s
		return NewChange("s", changed(detectors.Opened, i), noon)
	}
	digest := NewDigest("s", "studio-1", Digest{From: noon, To: noon})
	for _, c := range []struct {
		name  string
		route Route
		m     Message
		want  bool
	}{
		{"everything", Route{}, opened("a", "freeze", detectors.Info), true},
		{"a pattern", Route{Feeds: []string{"studio-*"}}, opened("studio-1", "freeze", detectors.Info), true},
		{"another pattern", Route{Feeds: []string{"studio-*", "b"}}, opened("a", "freeze", detectors.Info), false},
		{"a kind", Route{Kinds: []string{"black"}}, opened("a", "freeze", detectors.Info), false},
		{"too small", Route{Minimum: detectors.Major}, opened("a", "freeze", detectors.Minor), false},
		{"grave enough", Route{Minimum: detectors.Major}, opened("a", "freeze", detectors.Critical), true},
		{"another change", Route{Changes: []string{"closed"}}, opened("a", "freeze", detectors.Major), false},
		{"this change", Route{Changes: []string{"closed", "opened"}}, opened("a", "freeze", detectors.Major), true},
		{"a digest", Route{Minimum: detectors.Critical}, digest, true},
		{"no digest", Route{NoDigests: true}, digest, false},
		{"a digest of another feed", Route{Feeds: []string{"a"}}, digest, false},
		{"a heartbeat", Route{Feeds: []string{"a"}}, NewHeartbeat("s", Heartbeat{}, noon), true},
	} {
		if got := c.route.wants(c.m); got != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
}

func TestWindow(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	night := Window{Days: []time.Weekday{time.Saturday}, From: 23 * time.Hour, To: 4 * time.Hour, Zone: berlin}
	morning := Window{From: 2 * time.Hour, To: 4 * time.Hour, Zone: berlin}
	at := func(text string) time.Time {
		m, err := time.ParseInLocation("2006-01-02 15:04", text, berlin)
		if err != nil {
			t.Fatal(err)
		}
		return m.UTC()
	}
	for _, c := range []struct {
		w    Window
		at   string
		want bool
	}{
		{night, "2026-02-28 22:59", false}, // a Saturday
		{night, "2026-02-28 23:00", true},
		{night, "2026-03-01 03:59", true},
		{night, "2026-03-01 04:00", false},
		{night, "2026-03-01 23:30", false},
		{morning, "2026-03-29 03:30", true}, // the clock goes from 2 to 3
		{morning, "2026-03-29 04:00", false},
		{morning, "2026-03-30 02:00", true},
		{Window{From: 0, To: 24 * time.Hour, Zone: berlin}, "2026-03-29 12:00", true},
	} {
		if got := c.w.holds(at(c.at)); got != c.want {
			t.Errorf("%s: got %v", c.at, got)
		}
	}
}

// TestSilenced keeps back what is silenced, counts and lists it, and goes on after the end; of an
// incident that was told, the close is told too.
func TestSilenced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		at := func(feed string) detectors.Incident {
			i := fault(feed, "black", 0)
			i.Began = time.Now()
			i.ID = feed + "/black/" + i.Began.Format(time.RFC3339Nano)
			return i
		}
		before := at("a")
		store.publish(changed(detectors.Opened, before))
		time.Sleep(time.Minute)
		s, err := f.Silences().Add(t.Context(), Silence{Author: "mira", Until: time.Now().Add(time.Hour), Feeds: []string{"a"}}, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		during, other := at("a"), at("b")
		store.publish(changed(detectors.Opened, during), changed(detectors.Opened, other), changed(detectors.Closed, during), changed(detectors.Closed, before))
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		after := at("a")
		store.publish(changed(detectors.Opened, after))
		synctest.Wait()
		want := idsOf([]detectors.Change{changed(detectors.Opened, before), changed(detectors.Opened, other), changed(detectors.Closed, before), changed(detectors.Opened, after)})
		if got := sink.ids(); !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		last, counts := f.Suppressed()
		if len(last) != 2 || len(counts) != 1 || counts[0].Count != 2 || counts[0].Reason != "silence "+s.ID || !strings.HasSuffix(last[1].ID, "/closed") {
			t.Errorf("suppressed %+v, %+v", last, counts)
		}
		f.stop()
		again, err := loadSilences(t.Context(), store)
		if err != nil || len(again.List()) != 1 || again.List()[0].Author != "mira" {
			t.Errorf("after a restart: %+v, %v", again.List(), err)
		}
	})
}

// TestPlanned keeps back what is stored in a break that was told before, and nothing before it.
func TestPlanned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		defer f.stop()
		synctest.Wait()
		from := time.Now().Add(time.Hour)
		planned := Silence{Author: "playout", From: from, Until: from.Add(3 * time.Minute), Kinds: []string{"black"}}
		if _, err := f.Silences().Add(t.Context(), Silence{Author: "playout", From: from, Until: from}, time.Now()); err == nil {
			t.Error("a break without length was taken")
		}
		if got, err := f.Silences().Add(t.Context(), planned, time.Now()); err != nil || !got.From.Equal(from.Truncate(time.Millisecond)) {
			t.Fatalf("%+v, %v", got, err)
		}
		var want []detectors.Change
		for minute := range 65 {
			if i := fault("a", "black", minute); minute%2 == 1 {
				store.publish(changed(detectors.Opened, i))
				if minute != 61 {
					want = append(want, changed(detectors.Opened, i))
				}
			}
			time.Sleep(time.Minute)
		}
		synctest.Wait()
		if got := sink.ids(); !slices.Equal(got, idsOf(want)) {
			t.Errorf("got %q, want %q", got, idsOf(want))
		}
	})
}

// TestDigest sums up a feed that is up for three quarters of the time and measured for half of it.
func TestDigest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newMemory()
		level := -23.04
		f := status.Feed{Name: "a", State: status.Up, BitRate: 4000, Loudness: &level, Packets: 10, Lost: 5}
		d := newDigester(Options{Site: "s", Store: store, Limits: Limits{Every: 80 * time.Second}, Feeds: func() []status.Feed { return []status.Feed{f} }}, time.Now())
		for second := 1; second <= 80; second++ {
			time.Sleep(time.Second)
			f.Packets++
			switch {
			case second <= 40:
				f.Pictures++
				f.BitRate = 4000
			case second <= 60:
				f.BitRate = 1000
				f.Lost++
			default:
				f.State, f.BitRate = status.Down, 0
			}
			if second == 30 {
				store.publish(changed(detectors.Opened, fault("a", "freeze", 1)), changed(detectors.Closed, fault("a", "freeze", 1)))
			}
			d.sample(t.Context(), time.Now())
		}
		if len(store.notes) != 1 {
			t.Fatalf("%d digests", len(store.notes))
		}
		m, err := parse(store.notes[0].Data)
		if err != nil {
			t.Fatal(err)
		}
		g := *m.Body().Digest
		if g.Availability != 75 || g.Measured != 39 || g.NotMeasured != 41 /* the first second has none before it */ || g.BitRate != 3000 || g.LowestRate != 1000 || g.Lost != 20 || *g.Loudness != -23 ||
			!slices.Equal(g.Faults, []Fault{{"freeze", 1, 0.75}}) {
			t.Errorf("got %+v", g)
		}
	})
}
