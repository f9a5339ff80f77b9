package hls

import (
	"testing"
	"time"
)

var began = time.Unix(1_700_000_000, 0)

// Units that come in bursts are due in real time.
func TestPacerBursts(t *testing.T) {
	p, l := &pacer{}, &lane{}
	now := began
	for n := range 300 {
		dts := 77*time.Hour + time.Duration(n)*40*ms
		v := p.plan(l, dts, now)
		if want := began.Add(time.Duration(n) * 40 * ms); v.drop || v.stalled || !v.due.Equal(want) {
			t.Fatalf("unit %d: %+v, want due at %v", n, v, want.Sub(began))
		}
		now = v.due
	}
}

// A unit that comes too late puts off all that follow, once.
func TestPacerStall(t *testing.T) {
	p, picture, sound := &pacer{}, &lane{}, &lane{}
	p.plan(picture, 0, began)
	p.plan(sound, 0, began)
	late := began.Add(5 * time.Second)
	if v := p.plan(picture, 40*ms, late); !v.stalled || !v.due.Equal(late) {
		t.Errorf("the late unit: %+v, want it now", v)
	}
	for name, l := range map[string]*lane{"picture": picture, "sound": sound} {
		if v := p.plan(l, 80*ms, late); v.stalled || !v.due.Equal(late.Add(40*ms)) {
			t.Errorf("%s behind it: %+v, want 40ms later", name, v)
		}
	}
}

func TestPacerLateWithinTolerance(t *testing.T) {
	p, l := &pacer{}, &lane{}
	p.plan(l, 0, began)
	if v := p.plan(l, 40*ms, began.Add(900*ms)); v.stalled || v.drop || !v.due.Equal(began.Add(40*ms)) {
		t.Errorf("a unit that is 860ms late: %+v, want it caught up with", v)
	}
}

// Timestamps that begin anew follow at once, for both renditions by the same step.
func TestPacerBreaks(t *testing.T) {
	for name, by := range map[string]time.Duration{"ahead": 20 * time.Hour, "back": -time.Hour, "wrapped": -(1 << 33) * time.Second / 90_000} {
		t.Run(name, func(t *testing.T) {
			p, picture, sound := &pacer{}, &lane{}, &lane{}
			base := 30 * time.Hour
			now := began
			for n := range 100 {
				at := time.Duration(n) * 40 * ms
				dts := base + at
				if n >= 50 {
					dts += by
				}
				for _, l := range []*lane{picture, sound} {
					v := p.plan(l, dts, now)
					if d := v.due.Sub(began.Add(at)); v.drop || v.stalled || d.Abs() > ms {
						t.Fatalf("unit %d is %+v, %v off", n, v, d)
					}
				}
				now = began.Add(at)
			}
		})
	}
}

// What is missing leaves a hole as long as it was.
func TestPacerHole(t *testing.T) {
	p, l := &pacer{}, &lane{}
	p.plan(l, 0, began)
	p.plan(l, 40*ms, began)
	l.missing = 18 * time.Second
	if v := p.plan(l, 18*time.Second+80*ms, began.Add(40*ms)); !v.due.Equal(began.Add(18*time.Second + 80*ms)) {
		t.Errorf("behind a hole of 18s: %v, want it kept", v.due.Sub(began))
	}
	if v := p.plan(l, 60*time.Second, began.Add(18*time.Second+80*ms)); v.due.Sub(began) > 20*time.Second {
		t.Errorf("behind a leap that nothing explains: %v, want no wait", v.due.Sub(began))
	}
}

// A rendition that begins with what the other has played already drops it.
func TestPacerLateRendition(t *testing.T) {
	p, picture, sound := &pacer{}, &lane{}, &lane{}
	p.plan(picture, 10*time.Second, began)
	dropped := 0
	for n := range 200 {
		v := p.plan(sound, 6*time.Second+time.Duration(n)*40*ms, began)
		if v.drop {
			dropped++
		} else if want := began.Add(time.Duration(n)*40*ms - 4*time.Second); !v.due.Equal(want) || v.stalled {
			t.Fatalf("unit %d: %+v, want due %v from the beginning", n, v, want.Sub(began))
		}
	}
	if dropped < 90 || dropped > 100 {
		t.Errorf("%d dropped, want those of four seconds", dropped)
	}
}

// A rendition that falls behind does not hold up the others, and is not lost for ever.
func TestPacerRenditionFallsBehind(t *testing.T) {
	p, picture, sound := &pacer{}, &lane{}, &lane{}
	p.plan(sound, 0, began)
	now, heard := began, 0
	for n := range 100 * 25 {
		at := time.Duration(n) * 40 * ms
		if v := p.plan(picture, at, now); v.stalled || v.drop || !v.due.Equal(began.Add(at)) {
			t.Fatalf("picture %d: %+v, want it in time", n, v)
		}
		now = began.Add(at)
		if at > 20*time.Second {
			v := p.plan(sound, at-10*time.Second, now)
			if v.stalled {
				t.Fatalf("the sound holds up the picture at %v", at)
			}
			if !v.drop {
				heard++
			}
		}
	}
	if heard < 40*25 {
		t.Errorf("%d units of sound came, want it back after a while", heard)
	}
}

// A server whose clock is off is followed, and the reserve neither runs out nor grows.
func TestReserveFollowsDrift(t *testing.T) {
	for _, ppm := range []int{-200, 200} {
		var r reserve
		p, l := &pacer{}, &lane{}
		p.plan(l, 0, began)
		r.add(12 * time.Second)
		var first, last time.Duration
		for n := range 24 * 900 { // a day of segments of 4 s
			at := time.Duration(n) * 4 * time.Second
			now := began.Add(at + at/1_000_000*time.Duration(ppm))
			p.nudge(r.correct(p.position(now), 4*time.Second, now, true))
			last = r.listed - p.position(now)
			if n == 20 {
				first = last
			}
			r.add(4 * time.Second)
		}
		if d := (last - first).Abs(); d > 2*time.Second {
			t.Errorf("%d ppm: the reserve went from %v to %v in a day", ppm, first, last)
		}
	}
}

func FuzzPacer(f *testing.F) {
	f.Add([]byte{0, 0, 0, 40, 1, 9, 255, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := &pacer{}
		lanes := [2]lane{}
		now, dts := began, time.Duration(0)
		for ; len(b) >= 4; b = b[4:] {
			step := time.Duration(int8(b[1])) * time.Millisecond
			switch b[0] >> 4 {
			case 1:
				step *= 1000
			case 2:
				step *= 1 << 40
			case 3:
				lanes[b[0]&1].missing += time.Duration(b[2]) * time.Second
			}
			dts = min(max(dts+step, -1<<60), 1<<60)
			now = now.Add(time.Duration(b[3]) * 10 * time.Millisecond)
			l := &lanes[b[0]&1]
			missing := l.missing
			v := p.plan(l, dts, now)
			if v.drop {
				continue
			}
			if wait := v.due.Sub(now); wait > leap+missing+mostDropped || wait < -tolerated-stepBack {
				t.Fatalf("due in %v with %v missing", wait, missing)
			}
			if v.due.After(now) {
				now = v.due
			}
		}
	})
}
