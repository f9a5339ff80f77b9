package file

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

const none = capture.NoTime

func TestClock(t *testing.T) {
	const (
		s    = time.Second
		ms   = time.Millisecond
		wrap = 95443717688888 // 2^33 ticks of 90 kHz, in nanoseconds
	)
	type in struct {
		track    int
		pts, dts time.Duration
		at       time.Duration // want
		jump     bool
	}
	tests := []struct {
		name   string
		breaks bool
		list   []in
	}{
		{"in order", true, []in{{0, 5 * s, 5 * s, 5 * s, false}, {0, 5040 * ms, 5040 * ms, 5040 * ms, false}}},
		{"B pictures", true, []in{{0, 120 * ms, 0, 120 * ms, false}, {0, 80 * ms, 40 * ms, 80 * ms, false}}},
		{"no pts: counted from dts", true, []in{{0, none, 1 * s, 1 * s, false}}},
		{"no times at all", false, []in{{0, none, none, 0, false}, {0, none, none, 40 * ms, false}, {0, none, none, 80 * ms, false}}},
		{"a gap stays a gap", true, []in{{0, 0, 0, 0, false}, {0, 8 * s, 8 * s, 8 * s, false}}},
		{"a long gap in a file with reliable times", false, []in{{0, 0, 0, 0, false}, {0, 90 * s, 90 * s, 90 * s, false}}},
		{"a leap in a transport stream", true, []in{{0, 0, 0, 0, false}, {0, 90 * s, 90 * s, 40 * ms, true}, {0, 90*s + 40*ms, 90*s + 40*ms, 80 * ms, false}}},
		{"a fall", false, []in{{0, 90 * s, 90 * s, 90 * s, false}, {0, 0, 0, 90*s + 40*ms, true}, {0, 40 * ms, 40 * ms, 90*s + 80*ms, false}}},
		{"a wrap is no jump", true, []in{{0, wrap - 20*ms, wrap - 20*ms, wrap - 20*ms, false}, {0, 20 * ms, 20 * ms, wrap + 20*ms, false}}},
		{"two tracks cross a break at different packets", true, []in{
			{0, 50 * s, 50 * s, 50 * s, false}, {1, 50 * s, 50 * s, 50 * s, false},
			{0, 1 * s, 1 * s, 50*s + 40*ms, true},                // pictures first
			{1, 50*s + 30*ms, 50*s + 30*ms, 50*s + 30*ms, false}, // sound from before it
			{1, 1*s + 100*ms, 1*s + 100*ms, 50*s + 140*ms, true}, // sound from behind it
			{0, 1*s + 40*ms, 1*s + 40*ms, 50*s + 80*ms, false},
		}},
		{"the late track pushes the break back", true, []in{
			{0, 50 * s, 50 * s, 50 * s, false}, {1, 50 * s, 50 * s, 50 * s, false},
			{0, 1 * s, 1 * s, 50*s + 40*ms, true},
			{1, 50*s + 500*ms, 50*s + 500*ms, 50*s + 500*ms, false},
			{1, 1 * s, 1 * s, 50*s + 540*ms, true}, // not upon the sound that has been
		}},
		{"seconds of one track before the other begins", false, []in{
			{0, 0, 0, 0, false}, {0, 2 * s, 2 * s, 2 * s, false}, {0, 4 * s, 4 * s, 4 * s, false},
			{1, 0, -80 * ms, 0, false}, {1, 40 * ms, -40 * ms, 40 * ms, false},
		}},
		{"two tracks wrap", true, []in{
			{0, wrap - 20*ms, wrap - 20*ms, wrap - 20*ms, false}, {1, wrap - 10*ms, wrap - 10*ms, wrap - 10*ms, false},
			{0, 20 * ms, 20 * ms, wrap + 20*ms, false}, {1, 30 * ms, 30 * ms, wrap + 30*ms, false},
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock(2, tt.breaks)
			for i, p := range tt.list {
				got := c.place(stamps{track: p.track, pts: p.pts, dts: p.dts, duration: 40 * ms, wrap: wrap})
				if got.at != p.at || got.jump != p.jump || got.counted != (p.pts == none) {
					t.Errorf("packet %d: %+v, want at %v jump %v", i, got, p.at, p.jump)
				}
			}
		})
	}
}

// FuzzClock: whatever the timestamps, decoding time never falls back by more than the tolerance.
func FuzzClock(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 1, 200, 3, 7, 0, 255, 255, 9}, true)
	f.Fuzz(func(t *testing.T, b []byte, breaks bool) {
		c := newClock(2, breaks)
		last := map[int]time.Duration{}
		for ; len(b) >= 4; b = b[4:] {
			dts := time.Duration(int16(uint16(b[1])<<8|uint16(b[2]))) * time.Duration(b[3]) * 10 * time.Millisecond
			s := stamps{track: int(b[0] & 1), pts: dts, dts: dts, duration: 40 * time.Millisecond}
			if b[0]&2 != 0 {
				s.wrap = 100 * time.Second
			}
			p := c.place(s)
			if before, ok := last[s.track]; ok && p.decode < before-fallback {
				t.Fatalf("track %d falls from %v to %v", s.track, before, p.decode)
			}
			last[s.track] = p.decode
		}
	})
}
