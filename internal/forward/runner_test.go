package forward

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
)

var errAway = errors.New("connection refused")

// numbered are changes of feeds a, b and c in turn.
func numbered(from, to int) []detectors.Change {
	var changes []detectors.Change
	for n := from; n < to; n++ {
		changes = append(changes, changed(detectors.Opened, fault(string(rune('a'+n%3)), "freeze", n)))
	}
	return changes
}

func idsOf(changes []detectors.Change) []string {
	ids := []string{}
	for _, c := range changes {
		ids = append(ids, NewChange("s", c, noon).ID())
	}
	return ids
}

// TestDelivered checks that all arrives at once, in order and once, and that a second start goes on
// where the first ended.
func TestDelivered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud", Batch: 10}, sink})
		synctest.Wait()
		began := time.Now()
		store.publish(numbered(0, 25)...)
		synctest.Wait()
		if got, want := sink.ids(), idsOf(numbered(0, 25)); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		if sink.parcels != 3 || time.Since(began) != 0 {
			t.Errorf("%d parcels, after %s", sink.parcels, time.Since(began))
		}
		f.stop()
		if !sink.closed {
			t.Error("the sink was not closed")
		}
		store.publish(numbered(25, 30)...)
		f = start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		if got, want := sink.ids(), idsOf(numbered(0, 30)); !slices.Equal(got, want) {
			t.Errorf("after a restart: got %v", got[25:])
		}
		f.stop()
	})
}

// TestNewSink begins with what is open, not with the past.
func TestNewSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		over, open := fault("a", "freeze", 1), fault("b", "black", 2)
		store.publish(changed(detectors.Opened, over), changed(detectors.Opened, open), changed(detectors.Closed, over))
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		if got, want := sink.ids(), idsOf([]detectors.Change{changed(detectors.Opened, open)}); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		f.stop()
	})
}

// TestOutage keeps a receiver away for three days: everything arrives in order when it is back, it
// was probed with one message and ever less often, and another sink was not held up.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, away, other := newMemory(), &receiver{answer: func(Parcel) error { return errAway }}, &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "away", Batch: 20, BackoffMax: time.Minute}, away}, OpenedSink{Policy{Name: "other"}, other})
		synctest.Wait()
		var all []detectors.Change
		for hour := range 72 {
			changes := numbered(10*hour, 10*hour+10)
			all = append(all, changes...)
			store.publish(changes...)
			synctest.Wait()
			if got := len(other.ids()); got < len(all) {
				t.Fatalf("hour %d: the other sink has %d of %d", hour, got, len(all))
			}
			time.Sleep(time.Hour)
			synctest.Wait()
		}
		if s := f.state(t, "away"); s.State != "probing" || s.Behind < 720 || s.Oldest < 71*3600 || s.LastError == "" || s.Delivered != 0 {
			t.Errorf("state %+v", s)
		}
		if tries := len(away.tries); tries < 72*60 || tries > 2*72*60+50 {
			t.Errorf("it was tried %d times in three days", tries)
		}
		for n := 10; n+1 < len(away.tries); n++ {
			if gap := away.tries[n+1].Sub(away.tries[n]); gap < 30*time.Second || gap > time.Minute {
				t.Fatalf("a gap of %s between tries", gap)
			}
		}
		away.set(nil)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		synctest.Wait()
		got := away.ids()
		notices := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return !strings.Contains(id, "/notice/") })
		got = slices.DeleteFunc(got, func(id string) bool { return strings.Contains(id, "/notice/") })
		if want := idsOf(all); !slices.Equal(got, want) {
			t.Errorf("%d arrived of %d, or not in order", len(got), len(want))
		}
		if len(notices) != 2 || !strings.Contains(notices[0], "failing/away") || !strings.Contains(notices[1], "back/away") {
			t.Errorf("notices %v", notices)
		}
		if s := f.state(t, "away"); s.State != "up" || s.Behind != 0 || s.Oldest != 0 {
			t.Errorf("state %+v", s)
		}
		f.stop()
	})
}

// TestSlowSink has a receiver that hangs: each try ends with its time, the other sink delivers at
// once, and the daemon ends within its grace.
func TestSlowSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, slow, other := newMemory(), &receiver{takes: time.Hour}, &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "slow", Timeout: 5 * time.Second}, slow}, OpenedSink{Policy{Name: "other"}, other})
		synctest.Wait()
		for n := range 100 {
			began := time.Now()
			store.publish(numbered(n, n+1)...)
			synctest.Wait()
			if len(other.got) != n+1 || !other.at[n].Equal(began) {
				t.Fatalf("message %d was held up", n)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		if s := f.state(t, "slow"); s.LastError != "no answer in time" || s.Behind != 100 {
			t.Errorf("state %+v", s)
		}
		began := time.Now()
		f.stop()
		if took := time.Since(began); took > graceAtEnd {
			t.Errorf("the end took %s", took)
		}
	})
}

// TestPoison has one message that the receiver refuses: it is tried three times alone and put aside
// with an alarm; those around it arrive in order.
func TestPoison(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		poison := idsOf(numbered(4, 5))[0]
		sink.answer = func(p Parcel) error {
			for _, m := range p.Messages() {
				if m.ID() == poison {
					return Refused(errors.New("400 Bad Request"))
				}
			}
			return nil
		}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		store.publish(numbered(0, 10)...)
		time.Sleep(time.Minute)
		synctest.Wait()
		want := slices.DeleteFunc(idsOf(numbered(0, 10)), func(id string) bool { return id == poison })
		got := sink.ids()
		if !slices.Equal(got[:9], want) || len(got) != 10 || !strings.Contains(got[9], "notice/dead/cloud") {
			t.Errorf("got %v", got)
		}
		letters, err := f.Dead(t.Context(), "cloud", 10)
		if err != nil || len(letters) != 1 || letters[0].Reason != "400 Bad Request" || !strings.Contains(string(letters[0].Message), poison) {
			t.Errorf("dead letters %+v, %v", letters, err)
		}
		if s := f.state(t, "cloud"); s.Dead != 1 || s.Delivered != 10 || s.Behind != 0 {
			t.Errorf("state %+v", s)
		}
		f.stop()
	})
}

// TestRetryAfter leaves the receiver alone for as long as it asks.
func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		busy := true
		sink.answer = func(Parcel) error {
			if busy {
				busy = false
				return Later(errors.New("429 Too Many Requests"), 7*time.Minute)
			}
			return nil
		}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		store.publish(numbered(0, 1)...)
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(sink.tries) != 2 || sink.tries[1].Sub(sink.tries[0]) != 7*time.Minute {
			t.Errorf("tried at %v", sink.tries)
		}
		f.stop()
	})
}

// TestRate sends a burst of one second and then no more than the rate.
func TestRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud", Batch: 1, Rate: 10}, sink})
		synctest.Wait()
		began := time.Now()
		store.publish(numbered(0, 110)...)
		time.Sleep(time.Minute)
		synctest.Wait()
		if took := sink.at[len(sink.at)-1].Sub(began); len(sink.at) != 110 || took < 9900*time.Millisecond || took > 10*time.Second {
			t.Errorf("%d messages took %s", len(sink.at), took)
		}
		f.stop()
	})
}

// TestKilled ends the sink at any moment without a word: what is sent again has the same id and the
// order stays.
func TestKilledBetweenSendAndCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud", Batch: 4}, sink})
		synctest.Wait()
		store.publish(numbered(0, 10)...)
		synctest.Wait()
		f.stop()
		c := store.cursors["cloud"]
		c.Change = 3 // as it was before the crash
		store.cursors["cloud"] = c
		f = start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud", Batch: 4}, sink})
		synctest.Wait()
		if got, want := sink.ids(), append(idsOf(numbered(0, 10)), idsOf(numbered(3, 10))...); !slices.Equal(got, want) {
			t.Errorf("got %v", got)
		}
		f.stop()
	})
}

// TestGroup has twelve feeds that lose their signal within two seconds: one message names all, also
// when it must be sent again after a crash.
func TestGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		policy := Policy{Name: "cloud", Group: 2 * time.Second}
		f := start(t, store, Limits{}, OpenedSink{policy, sink})
		synctest.Wait()
		for n := range 12 {
			store.publish(changed(detectors.Opened, fault(fmt.Sprintf("feed-%02d", n), "no-signal", 1)))
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(sink.got) != 1 || len(sink.got[0].Incidents()) != 12 || sink.got[0].Type() != GroupOpened {
			t.Fatalf("got %v", sink.ids())
		}
		if got := sink.got[0].Title(); !strings.HasPrefix(got, "[s] 12 feeds: no-signal major opened: feed-00, feed-01,") {
			t.Errorf("title %q", got)
		}
		f.stop()
		delete(store.cursors, "cloud")
		store.cursors["cloud"] = bus.Cursor{}
		store.publish(changed(detectors.Opened, fault("late", "no-signal", 2)))
		f = start(t, store, Limits{}, OpenedSink{policy, sink})
		time.Sleep(5 * time.Second)
		synctest.Wait()
		ids := sink.ids()
		if len(ids) != 3 || ids[0] != ids[1] || strings.Contains(ids[2], "group") {
			t.Errorf("after a crash: %v", ids)
		}
		f.stop()
	})
}

// TestGroupedKeepsOrder opens, closes and opens again within one window.
func TestGroupedKeepsOrder(t *testing.T) {
	a1, a2, b1, c1 := fault("a", "black", 1), fault("a", "black", 2), fault("b", "black", 1), fault("c", "black", 1)
	var messages []Message
	for _, c := range []detectors.Change{
		changed(detectors.Opened, a1), changed(detectors.Opened, b1), changed(detectors.Closed, a1),
		changed(detectors.Opened, a2), changed(detectors.Opened, c1), changed(detectors.Closed, b1),
	} {
		messages = append(messages, NewChange("s", c, noon))
	}
	var got []string
	for _, m := range grouped(messages) {
		text := m.Verb()
		for _, i := range m.Incidents() {
			text += fmt.Sprintf(" %s%d", i.Feed, i.Began.Minute())
		}
		got = append(got, text)
	}
	want := []string{"opened a1 b1 c1", "closed a1 b1", "opened a2"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestReminders tells again what stays open, until somebody takes it up.
func TestReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud", Repeat: time.Hour}, sink})
		synctest.Wait()
		i := fault("a", "black", 0)
		i.Began = time.Now()
		store.publish(changed(detectors.Opened, i))
		time.Sleep(3*time.Hour + time.Minute)
		synctest.Wait()
		i.Ack = detectors.Ack{By: "mira", At: time.Now()}
		store.publish(changed(detectors.Acknowledged, i))
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		var got []string
		for n, m := range sink.got {
			got = append(got, fmt.Sprint(m.Verb(), " ", sink.at[n].Sub(i.Began)))
		}
		want := []string{"opened 0s", "still open 1h0m0s", "still open 2h0m0s", "still open 3h0m0s", "acknowledged 3h1m0s"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		f.stop()
	})
}

// TestHeartbeat comes as often as it should, once each, and not to a receiver that is to be left
// alone.
func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud", Heartbeat: time.Minute, BackoffMax: time.Hour}, sink})
		time.Sleep(10*time.Minute + time.Second)
		synctest.Wait()
		if len(sink.got) != 11 || sink.got[10].Body().Heartbeat.Up != 1 {
			t.Fatalf("%d heartbeats", len(sink.got))
		}
		before := len(sink.tries)
		sink.set(func(Parcel) error { return errAway })
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		if tries := len(sink.tries) - before; tries < 24 || tries > 80 {
			t.Errorf("%d tries in a day", tries)
		}
		sink.set(nil)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if len(sink.got) < 11+60 {
			t.Errorf("%d heartbeats after it is back", len(sink.got))
		}
		f.stop()
	})
}

// TestBudget puts a feed that talks too much on a diet: updates are suppressed and counted, openings
// go on.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{Budget: 5000}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		for n := range 40 {
			i := fault("a", "freeze", 1)
			i.Worst = float64(n) / 40
			store.publish(changed(detectors.Updated, i))
		}
		store.publish(changed(detectors.Closed, fault("a", "freeze", 1)))
		synctest.Wait()
		got := sink.got[len(sink.got)-1]
		last, counts := f.Suppressed()
		if got.Type() != Closed || len(sink.got) > 15 || len(counts) != 1 || counts[0].Reason != "budget" || int(counts[0].Count) != 41-len(sink.got) || len(last) != 41-len(sink.got) {
			t.Errorf("%d arrived, suppressed %+v, the last is %s", len(sink.got), counts, got.Type())
		}
		f.stop()
	})
}

// TestBrokenStore waits for a store that cannot be read, and goes on.
func TestBrokenStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, sink := newMemory(), &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "cloud"}, sink})
		synctest.Wait()
		store.mu.Lock()
		store.broken = errors.New("the disk is full")
		store.mu.Unlock()
		store.publish(numbered(0, 3)...)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		store.mu.Lock()
		store.broken = nil
		store.mu.Unlock()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if got := sink.ids(); !slices.Equal(got, idsOf(numbered(0, 3))) {
			t.Errorf("got %v", got)
		}
		f.stop()
	})
}

// TestNearlyFull warns before the limits of the store take what a sink has not sent, and tells what
// they took.
func TestNearlyFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, away, other := newMemory(), &receiver{answer: func(Parcel) error { return errAway }}, &receiver{}
		f := start(t, store, Limits{}, OpenedSink{Policy{Name: "away", BackoffMax: time.Second}, away}, OpenedSink{Policy{Name: "other"}, other})
		synctest.Wait()
		store.publish(numbered(0, 100)...)
		store.mu.Lock()
		store.state = bus.State{First: 1, Last: 100, Bytes: 81, Most: 100}
		store.mu.Unlock()
		time.Sleep(3 * time.Minute)
		synctest.Wait()
		notices := 0
		for _, m := range other.got {
			if n := m.Body().Notice; n != nil && strings.Contains(n.Text, "81 % full, and sink away") {
				notices++
			}
		}
		if notices != 1 {
			t.Errorf("%d notices", notices)
		}
		f.stop()
	})
}
