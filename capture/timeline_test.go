package capture

import (
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// bench drives a Timeline with a sender and a network that the test describes.
type bench struct {
	t     *testing.T
	tl    *Timeline
	jumps int
}

func newBench(t *testing.T) *bench { return &bench{t: t, tl: NewTimeline(epoch)} }

// stamp sends one packet without reordering and returns its place.
func (b *bench) stamp(track int, dts, arrived time.Duration) time.Duration {
	at, jump := b.tl.Stamp(track, dts, dts, epoch.Add(arrived))
	if jump {
		b.jumps++
	}
	return at
}

// smooth sends a track at 25 packets a second, from..to by arrival, and asserts that the feed clock
// runs with it: no jump, no step but 40 ms (and what slewing may add to it).
func (b *bench) smooth(track int, first, from, to time.Duration, raw func(time.Duration) time.Duration) (last time.Duration) {
	b.t.Helper()
	before, jumps := time.Duration(-1), b.jumps
	for a := from; a < to; a += 40 * ms {
		last = b.stamp(track, raw(first+a-from), a)
		if before >= 0 && (last-before > 41*ms || last-before < 39*ms) {
			b.t.Fatalf("at arrival %v the clock stepped by %v, want 40ms", a, last-before)
		}
		before = last
	}
	if b.jumps != jumps {
		b.t.Fatalf("%d jumps, want none", b.jumps-jumps)
	}
	return last
}

func plain(d time.Duration) time.Duration { return d }

func TestTimelineWraps(t *testing.T) {
	for name, span := range map[string]time.Duration{
		"24 bit of ms":     16777216 * ms,
		"31 bit of ms":     2147483648 * ms,
		"32 bit of ms":     4294967296 * ms,
		"32 bit at 90 kHz": 47721858844444 * time.Nanosecond,
		"33 bit at 90 kHz": 95443717688888 * time.Nanosecond,
	} {
		t.Run(name, func(t *testing.T) {
			wrapped := func(d time.Duration) time.Duration { return d % span }
			for track := range 2 {
				b := newBench(t)
				last := b.smooth(track, span-2*time.Second, 0, 10*time.Second, wrapped)
				if want := 9960 * ms; last != want {
					t.Errorf("track %d ends at %v, want %v exactly", track, last, want)
				}
			}
		})
	}
}

func TestTimelineWrapBetweenTracksAndInPTS(t *testing.T) {
	span := 4294967296 * ms
	b := newBench(t)
	// Video stops just before the wrap, the first sound comes just after it.
	b.stamp(0, span-40*ms, 0)
	if at := b.stamp(1, 10*ms, 50*ms); at != 50*ms {
		t.Errorf("sound after the wrap at %v, want 50ms", at)
	}
	// The picture is decoded before and shown after the wrap.
	at, jump := b.tl.Stamp(0, 80*ms, span-20*ms, epoch.Add(60*ms))
	if at != 120*ms || jump {
		t.Errorf("picture over the wrap at %v jump %v, want 120ms and none", at, jump)
	}
	if b.jumps != 0 {
		t.Errorf("%d jumps, want none", b.jumps)
	}
}

func TestTimelineWrapDuringPause(t *testing.T) {
	b := newBench(t)
	span := 16777216 * ms
	b.stamp(0, span-time.Second, 0)
	if at := b.stamp(0, 59*time.Second, time.Minute); at != time.Minute || b.jumps != 0 {
		t.Errorf("at %v with %d jumps, want 1m and none", at, b.jumps)
	}
}

func TestTimelineJumps(t *testing.T) {
	for name, by := range map[string]time.Duration{
		"far ahead": 1000 * time.Hour, "ahead": 5 * time.Second, "back": -2 * time.Second,
		"restart": -20 * time.Second, "slightly back": -300 * ms,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			base := 20 * time.Second
			raw := func(d time.Duration) time.Duration {
				if d >= base {
					d += by
				}
				return base + d
			}
			for a := time.Duration(0); a < 2*base; a += 20 * ms {
				track := int(a / (20 * ms) % 2)
				if at := b.stamp(track, raw(a), a); at-a > 60*ms || a-at > 60*ms {
					t.Fatalf("track %d at %v for arrival %v, want the same", track, at, a)
				}
			}
			if b.jumps != 2 {
				t.Errorf("%d jumps, want one for each track", b.jumps)
			}
		})
	}
}

// After an encoder restarts, packets of the old timestamps may still come in from the other track.
func TestTimelineStragglersDoNotFlap(t *testing.T) {
	b := newBench(t)
	for a := time.Duration(0); a < 10*time.Second; a += 20 * ms {
		b.stamp(0, time.Hour+a, a)
		b.stamp(1, time.Hour+a, a)
	}
	for a := 10 * time.Second; a < 11*time.Second; a += 20 * ms {
		b.stamp(0, a-10*time.Second, a)
		b.stamp(1, time.Hour+a, a)
	}
	var video, sound time.Duration
	for a := 11 * time.Second; a < 13*time.Second; a += 20 * ms {
		video = b.stamp(0, a-10*time.Second, a)
		sound = b.stamp(1, a-10*time.Second, a)
	}
	if b.jumps != 2 {
		t.Errorf("%d jumps, want 2", b.jumps)
	}
	if video != sound {
		t.Errorf("video at %v, sound at %v: want the relation that the sender gives", video, sound)
	}
}

func TestTimelinePauseIsNoJump(t *testing.T) {
	b := newBench(t)
	b.smooth(0, 0, 0, 5*time.Second, plain)
	if at := b.stamp(0, 95*time.Second, 95*time.Second); at != 95*time.Second || b.jumps != 0 {
		t.Errorf("after the pause at %v with %d jumps, want 1m35s and none", at, b.jumps)
	}
}

func TestTimelineStallAndCatchUp(t *testing.T) {
	for _, stall := range []time.Duration{3 * time.Second, 15 * time.Second} {
		b := newBench(t)
		b.smooth(0, 0, 0, 20*time.Second, plain)
		resumed := 20*time.Second + stall
		var at time.Duration
		for dts := 20 * time.Second; dts < resumed; dts += 40 * ms {
			at = b.stamp(0, dts, resumed+(dts-20*time.Second)/100)
		}
		if d := resumed - at; d > 100*ms || b.jumps != 0 {
			t.Errorf("stall of %v: behind by %v with %d jumps, want caught up without", stall, d, b.jumps)
		}
	}
}

func TestTimelineDroppedFramesInCatchUp(t *testing.T) {
	b := newBench(t)
	b.smooth(0, 0, 0, 20*time.Second, plain)
	// Stalled for 5 s; a second of old frames, then what the encoder dropped is missing.
	for dts := 20 * time.Second; dts < 21*time.Second; dts += 40 * ms {
		b.stamp(0, dts, 25*time.Second)
	}
	if at := b.stamp(0, 25*time.Second, 25*time.Second+ms); b.jumps != 0 || at != 25*time.Second {
		t.Errorf("at %v with %d jumps, want 25s and none", at, b.jumps)
	}
}

func TestTimelineCachedGOP(t *testing.T) {
	b := newBench(t)
	for dts := time.Duration(0); dts < 4*time.Second; dts += 40 * ms {
		if at := b.stamp(0, dts, 0); at != dts {
			t.Fatalf("burst frame %v at %v, want the sender's spacing", dts, at)
		}
	}
	last := 4*time.Second - 40*ms
	for n := range time.Duration(250) { // ten seconds in real time
		at := b.stamp(0, 4*time.Second+n*40*ms, 10*ms+n*40*ms)
		if step := at - last; step < 30*ms || step > 40*ms {
			t.Fatalf("the clock stepped by %v while the lead was taken back, want 30 to 40 ms", step)
		}
		last = at
	}
	b.smooth(0, 14*time.Second, 10010*ms, 5*time.Minute, plain)
	if got := b.tl.Skew(); got > 100*ms || got < 0 {
		t.Errorf("skew %v after 5m, want it taken back", got)
	}
}

// An encoder that had to wait for its connection sends what it held back, and is prompt from then on:
// the feed clock is right within a second, and no step of it shows in a measurement.
func TestTimelineLateStart(t *testing.T) {
	b := newBench(t)
	for dts := time.Duration(0); dts < 200*ms; dts += 40 * ms {
		b.stamp(0, dts, 200*ms)
	}
	last := 360 * ms
	for dts := 200 * ms; dts < 2*time.Second; dts += 40 * ms {
		at := b.stamp(0, dts, dts)
		if step := at - last; step < 30*ms || step > 40*ms {
			t.Fatalf("the clock stepped by %v, want 30 to 40 ms", step)
		}
		last = at
	}
	if want := 2*time.Second - 40*ms; last != want {
		t.Errorf("the frame that came at %v was put at %v", want, last)
	}
}

func TestTimelineFasterThanRealTime(t *testing.T) {
	b := newBench(t)
	for dts := time.Duration(0); dts < 5*time.Minute; dts += 40 * ms {
		a := dts / 20
		if at := b.stamp(0, dts, a); at > a+strayLimit {
			t.Fatalf("at %v for arrival %v, want at most 10s ahead", at, a)
		}
	}
	b.smooth(0, 5*time.Minute, 15*time.Second, 30*time.Second, plain)
	if b.jumps != 0 {
		t.Errorf("%d jumps, want none", b.jumps)
	}
}

// A sender whose clock is off by 100 ppm is 8.6 s away after a day; the feed clock is not.
func TestTimelineFollowsDrift(t *testing.T) {
	for _, ppm := range []time.Duration{100, -100, 500} {
		b := newBench(t)
		var before, beforeArrival time.Duration
		for a := time.Duration(0); a < 24*time.Hour; a += time.Second {
			at := b.stamp(0, a+a/1_000_000*ppm, a+a/time.Second%7*10*ms)
			if step := at - before; a > 0 && (step < 998*ms || step > 1002*ms) {
				t.Fatalf("%d ppm: step %v after %v, want 1s within 2ms", ppm, step, a)
			}
			before, beforeArrival = at, a
		}
		if off := before - beforeArrival; off > 100*ms || off < -100*ms {
			t.Errorf("%d ppm: %v off arrival after a day, want less than 100ms", ppm, off)
		}
		if b.jumps != 0 {
			t.Errorf("%d ppm: %d jumps, want none", ppm, b.jumps)
		}
	}
}

// Media that the sender lost before stamping them leave its clock behind for good.
func TestTimelineLagEnds(t *testing.T) {
	b := newBench(t)
	b.smooth(0, 0, 0, 20*time.Second, plain)
	var at, a time.Duration
	for a = 25 * time.Second; a < time.Minute; a += 40 * ms {
		at = b.stamp(0, a-5*time.Second, a)
	}
	if d := a - at; d > 100*ms {
		t.Errorf("still %v behind arrival after %v", d, a)
	}
	if b.jumps != 1 {
		t.Errorf("%d jumps, want the one that ends the lag", b.jumps)
	}
}

func TestTimelineReordering(t *testing.T) {
	type frame struct{ pts, dts, want time.Duration }
	none := NoTime
	for name, frames := range map[string][]frame{
		"B-frames":    {{80 * ms, 0, 80 * ms}, {200 * ms, 40 * ms, 200 * ms}, {120 * ms, 80 * ms, 120 * ms}, {160 * ms, 120 * ms, 160 * ms}},
		"no dts":      {{80 * ms, none, 0}, {200 * ms, none, 120 * ms}, {120 * ms, none, 40 * ms}, {160 * ms, none, 80 * ms}},
		"no pts":      {{none, 5 * ms, 0}, {none, 45 * ms, 40 * ms}},
		"neither":     {{none, none, 0}, {none, none, 40 * ms}},
		"pts first":   {{0, 40 * ms, 0}, {40 * ms, 80 * ms, 0}, {80 * ms, 120 * ms, 40 * ms}},
		"absurd pts":  {{time.Hour, 0, 0}, {math.MaxInt64, 40 * ms, 40 * ms}, {-time.Hour, 80 * ms, 80 * ms}},
		"out of sane": {{math.MaxInt64, math.MaxInt64, 0}, {math.MinInt64 + 1, math.MinInt64 + 1, 40 * ms}},
	} {
		t.Run(name, func(t *testing.T) {
			tl := NewTimeline(epoch)
			for i, f := range frames {
				got, jump := tl.Stamp(0, f.pts, f.dts, epoch.Add(time.Duration(i)*40*ms))
				if got != f.want || jump {
					t.Errorf("frame %d at %v jump %v, want %v and none", i, got, jump, f.want)
				}
			}
		})
	}
}

func TestTimelineRestart(t *testing.T) {
	b := newBench(t)
	b.smooth(0, 0, 0, 5*time.Second, plain)
	// Sound runs a second ahead of arrival when the publisher is taken over at once.
	ahead := b.stamp(1, 6*time.Second, 5*time.Second)
	b.tl.Restart(epoch.Add(5 * time.Second))
	first := b.stamp(0, time.Hour, 5*time.Second)
	if first < ahead {
		t.Errorf("the new session begins at %v, before %v that was handed out", first, ahead)
	}
	b.tl.Restart(epoch.Add(25 * time.Second))
	if at := b.stamp(0, 3*ms, 25*time.Second); at != 25*time.Second {
		t.Errorf("after 20s without publisher at %v, want 25s", at)
	}
	if b.jumps != 0 {
		t.Errorf("%d jumps, want none: a new session is none", b.jumps)
	}
}

func TestTimelineTracksThatShareNoClock(t *testing.T) {
	b := newBench(t)
	for a := time.Duration(0); a < 30*time.Second; a += 20 * ms {
		for track, base := range []time.Duration{0, 50 * time.Hour} {
			if at := b.stamp(track, base+a, a); at != a {
				t.Fatalf("track %d at %v, want %v", track, at, a)
			}
		}
	}
	if b.jumps != 1 {
		t.Errorf("%d jumps, want one, for the second track's first packet", b.jumps)
	}
}

func TestTimelineNow(t *testing.T) {
	tl := NewTimeline(epoch)
	for _, c := range []struct {
		at   time.Time
		want time.Duration
	}{{epoch, 0}, {epoch.Add(-time.Hour), 0}, {epoch.Add(time.Hour), time.Hour}} {
		if got := tl.Now(c.at); got != c.want {
			t.Errorf("Now(%v) = %v, want %v", c.at, got, c.want)
		}
	}
	if !tl.Epoch().Equal(epoch) {
		t.Errorf("Epoch() = %v, want %v", tl.Epoch(), epoch)
	}
}

func BenchmarkTimelineStamp(b *testing.B) {
	tl := NewTimeline(epoch)
	b.ReportAllocs()
	for i := range b.N {
		at := time.Duration(i) * 20 * ms
		tl.Stamp(i&1, at+40*ms, at, epoch.Add(at))
	}
}
