package ffmpeg

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

const ms = time.Millisecond

func TestClock(t *testing.T) {
	type in struct {
		sent   time.Duration // At of a packet without PTS sent before, or 0
		at     time.Duration
		again  bool
		repeat int
		want   time.Duration
	}
	const none = capture.NoTime
	tests := []struct {
		name           string
		nominal, coded time.Duration
		pictures       []in
	}{
		{"stamped", 40 * ms, 0, []in{{at: 0, want: 0}, {at: 40 * ms, want: 40 * ms}, {at: 500 * ms, want: 500 * ms}}},
		{"one stamp missing", 40 * ms, 0, []in{{at: 80 * ms, want: 80 * ms}, {at: none, want: 120 * ms}, {at: 160 * ms, want: 160 * ms}}},
		{"the stream's own rate", 0, 20 * ms, []in{{at: 80 * ms, want: 80 * ms}, {at: none, want: 100 * ms}}},
		{"no rate at all", 0, 0, []in{{at: none, want: none}, {at: 80 * ms, want: 80 * ms}, {at: none, want: none}}},
		{"two pictures of one packet", 40 * ms, 0, []in{{at: 80 * ms, want: 80 * ms}, {at: 80 * ms, again: true, want: 120 * ms}}},
		{"repeated field", 40 * ms, 0, []in{{at: 0, repeat: 1, want: 0}, {at: none, want: 60 * ms}}},
		{"counted", 40 * ms, 0, []in{{sent: 40 * ms, at: none, want: 40 * ms}, {sent: 80 * ms, at: none, want: 80 * ms}}},
		{"counted past a gap", 40 * ms, 0, []in{{sent: 40 * ms, at: none, want: 40 * ms}, {sent: 9 * time.Second, at: none, want: 9 * time.Second}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock(tt.nominal)
			for i, p := range tt.pictures {
				if p.sent != 0 {
					c.unstamped(p.sent)
				}
				if got, _ := c.picture(p.at, tt.coded, p.repeat, p.again); got != p.want {
					t.Errorf("picture %d at %v, want %v", i, got, p.want)
				}
			}
		})
	}
}

func TestGate(t *testing.T) {
	type in struct{ key, packetKey, corrupt, show, damaged bool }
	tests := []struct {
		name  string
		codec capture.Codec
		seen  []in
	}{
		{"h264 from a key", capture.H264, []in{{key: true, show: true}, {show: true}, {corrupt: true, show: true, damaged: true}}},
		{"h264 from the middle", capture.H264, []in{{corrupt: true, damaged: true}, {corrupt: true, damaged: true}, {show: true}}},
		{"hevc from the middle", capture.HEVC, []in{{}, {}, {key: true, show: true}, {show: true}}},
		{"key by the packet's word", capture.VP9, []in{{packetKey: true, show: true}, {show: true}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := newGate(tt.codec)
			for i, p := range tt.seen {
				if show, damaged := g.picture(p.key, p.packetKey, p.corrupt); show != p.show || damaged != p.damaged {
					t.Errorf("picture %d: show %v damaged %v, want %v %v", i, show, damaged, p.show, p.damaged)
				}
			}
		})
	}
}

// TestGatePatience: a stream without any recovery point is seen in the end, and not called corrupt
// for ever, but for what libavcodec finds once it has recovered.
func TestGatePatience(t *testing.T) {
	for _, codec := range []capture.Codec{capture.H264, capture.HEVC} {
		g := newGate(codec)
		for i := range patience - 1 {
			if show, _ := g.picture(false, false, codec == capture.H264); show {
				t.Fatalf("%s: picture %d is shown", codec, i)
			}
		}
		for range 10 {
			if show, damaged := g.picture(false, false, codec == capture.H264); !show || damaged {
				t.Errorf("%s: show %v damaged %v after %d pictures", codec, show, damaged, patience)
			}
		}
		g.picture(true, true, false)
		if _, damaged := g.picture(false, false, true); !damaged {
			t.Errorf("%s: later damage is not told", codec)
		}
	}
}
