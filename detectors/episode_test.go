package detectors

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// play steps an episode with a series such as "C P*5s U P", one sample every 100 ms, and returns
// what happened in words.
func play(t *testing.T, e *Episode, from time.Duration, series string) string {
	t.Helper()
	const interval = 100 * time.Millisecond
	at := from
	var told []string
	for item := range strings.FieldsSeq(series) {
		name, times, repeated := strings.Cut(item, "*")
		count := 1
		if repeated {
			d, err := time.ParseDuration(times)
			if err != nil {
				t.Fatalf("series %q: %v", series, err)
			}
			count = int(d / interval)
		}
		state := map[string]State{"U": Unknown, "C": Clear, "P": Present}[name]
		for range count {
			turn := e.Step(at, state, 0)
			if turn&Ended != 0 {
				word := "ended"
				if turn&Lapsed != 0 {
					word = "lapsed"
				}
				told = append(told, fmt.Sprintf("%v %s %v-%v", at, word, e.Last().Began, e.Last().Ended))
			}
			if turn&Started != 0 {
				flapping := ""
				if e.Flapping() {
					flapping = " flapping"
				}
				told = append(told, fmt.Sprintf("%v began %v%s", at, e.Began(), flapping))
			}
			at += interval
		}
	}
	return strings.Join(told, ", ")
}

func TestEpisode(t *testing.T) {
	for _, c := range []struct {
		name   string
		hold   Hold
		series string
		want   string
	}{
		{"opens when For is reached", Hold{2 * time.Second, time.Second}, "C*1s P*3s", "3s began 1s"},
		{"one sample less does not open", Hold{2 * time.Second, time.Second}, "C*1s P*2s C*5s", ""},
		{"a clear sample starts over", Hold{2 * time.Second, time.Second}, "P*1.9s C P*1.9s C P*2.1s", "6s began 4s"},
		{"begins and ends at the samples", Hold{time.Second, 2 * time.Second}, "C*1s P*3s C*5s", "2s began 1s, 6s ended 1s-4s"},
		{"present while closing starts over", Hold{time.Second, 2 * time.Second}, "P*3s C*1.5s P C*5s", "1s began 0s, 6.6s ended 0s-4.6s"},
		{"zero dwells work at once", Hold{}, "C P P C C P C", "100ms began 100ms, 300ms ended 100ms-300ms, 500ms began 500ms, 600ms ended 500ms-600ms"},
		{"zero For, some Keep", Hold{0, time.Second}, "P C*2s", "0s began 0s, 1.1s ended 0s-100ms"},
		{"unknown does not add to opening", Hold{2 * time.Second, time.Second}, "P*1s U*5s P*2s", "7s began 0s"},
		{"unknown does not open", Hold{time.Second, time.Second}, "P*1s U*9s C*1s", ""},
		{"unknown does not add to closing", Hold{time.Second, 2 * time.Second}, "P*2s C*1s U*9s C*2s", "1s began 0s, 13s ended 0s-2s"},
		{"unknown does not close", Hold{time.Second, time.Second}, "P*2s U*59s", "1s began 0s"},
		{"unknown for long drops what is pending", Hold{2 * time.Second, time.Second}, "P*1.9s U*61s P*1.9s C", ""},
		{"unknown for long ends at the last bad sample", Hold{time.Second, time.Second}, "P*2s U*62s", "1s began 0s, 1m2s lapsed 0s-1.9s"},
		{"unknown for long while closing ends at the first good one", Hold{time.Second, 9 * time.Second}, "P*2s C*1s U*62s", "1s began 0s, 1m3s lapsed 0s-2s"},
		{"lapses and starts again in one step", Hold{}, "P U*60s P", "0s began 0s, 1m0.1s lapsed 0s-0s, 1m0.1s began 1m0.1s"},
		{"begins at the first sample of all", Hold{}, "P*2s", "0s began 0s"},
		{"negative dwells are none", Hold{-time.Second, -time.Second}, "P C", "0s began 0s, 100ms ended 0s-100ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := play(t, NewEpisode(c.hold), 0, c.series); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestEpisodeLasted(t *testing.T) {
	e := NewEpisode(Hold{For: 2 * time.Second, Keep: time.Second})
	steps := []struct {
		at     time.Duration
		state  State
		lasted time.Duration
		want   Turn
	}{
		{0, Clear, 0, 0},
		{3 * time.Second, Present, time.Second, 0}, // since 2 s
		{3900 * time.Millisecond, Present, 0, 0},
		{4 * time.Second, Present, 0, Started},
		{6 * time.Second, Clear, 500 * time.Millisecond, 0}, // since 5.5 s
		{6500 * time.Millisecond, Clear, time.Minute, Ended},
		{6600 * time.Millisecond, Present, 5 * time.Second, 0}, // not before the end of the one before
		{7500 * time.Millisecond, Present, 0, Started},
	}
	for _, s := range steps {
		if got := e.Step(s.at, s.state, s.lasted); got != s.want {
			t.Fatalf("at %v: turn %d, want %d", s.at, got, s.want)
		}
	}
	if got, want := e.Last(), (Span{2 * time.Second, 5500 * time.Millisecond}); got != want {
		t.Errorf("last episode %v, want %v", got, want)
	}
	if got, want := e.Began(), 5500*time.Millisecond; got != want {
		t.Errorf("the next began at %v, want %v", got, want)
	}
}

func TestEpisodeToleratesTimeGoingBackwards(t *testing.T) {
	e := NewEpisode(Hold{For: time.Second, Keep: time.Second})
	for _, at := range []time.Duration{10, 10.5e9, 9e9, 2e9, 10.9e9} {
		e.Step(at, Present, 0)
	}
	if !e.Open() || e.Began() != 10 || e.LastBad() != 10.9e9 {
		t.Errorf("open %v, began %v, last bad %v", e.Open(), e.Began(), e.LastBad())
	}
}

func TestEpisodeFlapping(t *testing.T) {
	e := NewEpisode(Hold{For: time.Second, Keep: time.Second})
	got := play(t, e, 0, strings.Repeat("P*2s C*2s ", 12)+"C*60s P*2s C*2s")
	want := "1s began 0s, 3s ended 0s-2s, 5s began 4s, 7s ended 4s-6s, 9s began 8s, 11s ended 8s-10s, " +
		"13s began 12s, 15s ended 12s-14s, 17s began 16s flapping, 1m46s ended 16s-46s, " +
		"1m49s began 1m48s, 1m51s ended 1m48s-1m50s"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestEpisodeSlowRepetitionIsNotFlapping(t *testing.T) {
	e := NewEpisode(Hold{For: time.Second, Keep: time.Second})
	got := play(t, e, 0, strings.Repeat("P*4s C*12s ", 20))
	if strings.Contains(got, "flapping") || strings.Count(got, "ended") != 20 {
		t.Errorf("got %s", got)
	}
}

func TestEpisodeResume(t *testing.T) {
	for _, c := range []struct {
		name, series, want string
	}{
		{"goes on", "P*5s C*3s", "7s ended -10s-5s"},
		{"is over", "C*3s", "2s ended -10s-0s"},
		{"nobody can tell", "U*59s", ""},
		{"nobody could ever tell", "U*61s", "1m0.1s lapsed -10s--5s"},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := NewEpisode(Hold{For: 3 * time.Second, Keep: 2 * time.Second})
			e.Resume(-10*time.Second, -5*time.Second, false)
			if got := play(t, e, 0, c.series); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestEpisodeResumedFlapping(t *testing.T) {
	e := NewEpisode(Hold{})
	e.Resume(-time.Minute, -time.Second, true)
	if got, want := play(t, e, 0, "C*10s P C*70s"), "1m10.1s ended -1m0s-10.1s"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// FuzzHold plays any series of answers and holds the episodes against what they promise.
func FuzzHold(f *testing.F) {
	f.Add(uint16(1000), uint16(500), []byte("\x02\x0a\x02\x0a\x01\x0a"))
	f.Add(uint16(0), uint16(0), []byte("\x02\x00\x01\x00\x02\x01\x01\x00"))
	f.Add(uint16(100), uint16(100), []byte(strings.Repeat("\x42\x20\x41\x20", 40)))
	f.Fuzz(func(t *testing.T, opens, keeps uint16, series []byte) {
		hold := Hold{time.Duration(opens) * time.Millisecond, time.Duration(keeps) * time.Millisecond}
		e := NewEpisode(hold)
		at, ended := -time.Minute, -time.Minute
		var started []time.Duration
		isOpen, bad, good := false, map[time.Duration]bool{}, map[time.Duration]bool{}
		now := at // no sample comes before this one
		for i := 0; i+1 < len(series); i += 2 {
			state := State(series[i] % 3)
			step := time.Duration(int8(series[i+1])) * 10 * time.Millisecond
			if series[i]&0x80 != 0 {
				step *= 100
			}
			if i > 0 {
				at += step
			}
			now = max(now, at)
			switch state {
			case Present:
				bad[now] = true
			case Clear:
				good[now] = true
			}
			turn := e.Step(at, state, 0)
			if turn&Ended != 0 {
				last := e.Last()
				if !isOpen {
					t.Fatal("ended what was not open")
				}
				if last.Began > last.Ended || last.Ended > now {
					t.Fatalf("ended at %v: %v", now, last)
				}
				if turn&Lapsed == 0 && !good[last.Ended] {
					t.Fatalf("ended at %v, where nothing was clear", last.Ended)
				}
				if turn&Lapsed == 0 && now-last.Ended < hold.Keep {
					t.Fatalf("ended after %v, want %v", now-last.Ended, hold.Keep)
				}
				if turn&Lapsed != 0 && !bad[last.Ended] && !good[last.Ended] {
					t.Fatalf("lapsed at %v, where there was no evidence", last.Ended)
				}
				isOpen, ended = false, last.Ended
			}
			if turn&Started != 0 {
				if isOpen {
					t.Fatal("started twice")
				}
				if state != Present || !bad[e.Began()] {
					t.Fatalf("started by %v, began at %v, where nothing was present", state, e.Began())
				}
				if e.Began() < ended || now-e.Began() < hold.For {
					t.Fatalf("began %v, started %v, the one before ended %v", e.Began(), now, ended)
				}
				isOpen = true
				started = append(started, now)
				if n := len(started) - FlapOpenings - 2; n >= 0 && now-started[n] < FlapWindow {
					t.Fatalf("%d openings in %v", FlapOpenings+2, now-started[n])
				}
			}
			if isOpen != e.Open() {
				t.Fatalf("open %v, want %v", e.Open(), isOpen)
			}
		}
	})
}
