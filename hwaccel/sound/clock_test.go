package sound

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
)

// TestBlocksAre20ms: times and lengths are exact, at rates that do not divide by 50 too.
func TestBlocksAre20ms(t *testing.T) {
	for _, rate := range []int{8000, 11025, 22050, 44100, 48000, 192000} {
		m, err := New(rate, "mono", 1)
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		var blocks []measured
		start := 3 * time.Hour
		feed(t, m, start, 1021, [][]float32{make([]float32, rate*2)}, &blocks)
		if len(blocks) != 100 {
			t.Errorf("%d Hz: got %d blocks in 2 s, want 100", rate, len(blocks))
		}
		for k, b := range blocks {
			first, next := k*rate/50, (k+1)*rate/50
			want := start + time.Duration(first)*time.Second/time.Duration(rate)
			if off := (b.at - want).Abs(); off > time.Microsecond {
				t.Errorf("%d Hz: block %d at %v, want %v", rate, k, b.at, want)
			}
			if want := time.Duration(next-first) * time.Second / time.Duration(rate); b.Duration != want {
				t.Errorf("%d Hz: block %d lasts %v, want %v", rate, k, b.Duration, want)
			}
		}
	}
}

// TestJumps: what happens to blocks where times jump.
func TestJumps(t *testing.T) {
	const ms = time.Millisecond
	type piece struct {
		at   time.Duration
		long int // ms
	}
	for _, c := range []struct {
		name   string
		pieces []piece
		want   []time.Duration
		broken int // index of the block that says so, -1 for none
	}{
		{"in a row", []piece{{0, 25}, {25 * ms, 25}, {50 * ms, 30}}, []time.Duration{0, 20 * ms, 40 * ms, 60 * ms}, -1},
		{"a gap drops what was begun", []piece{{0, 30}, {130 * ms, 40}}, []time.Duration{0, 130 * ms, 150 * ms}, 1},
		{"one lost Opus frame", []piece{{0, 20}, {20 * ms, 20}, {60 * ms, 20}}, []time.Duration{0, 20 * ms, 60 * ms}, 2},
		{"back: time goes on", []piece{{500 * ms, 40}, {100 * ms, 20}, {120 * ms, 20}, {140 * ms, 20}},
			[]time.Duration{500 * ms, 520 * ms, 540 * ms, 560 * ms, 580 * ms}, 2},
		{"back and forth", []piece{{500 * ms, 40}, {100 * ms, 20}, {900 * ms, 20}},
			[]time.Duration{500 * ms, 520 * ms, 540 * ms, 900 * ms}, 2},
		{"no times", []piece{{capture.NoTime, 20}, {capture.NoTime, 20}}, []time.Duration{0, 20 * ms}, -1},
		{"times end", []piece{{700 * ms, 20}, {capture.NoTime, 20}}, []time.Duration{700 * ms, 720 * ms}, -1},
		{"times begin", []piece{{capture.NoTime, 20}, {700 * ms, 20}}, []time.Duration{0, 700 * ms}, 1},
		{"nothing in it", []piece{{0, 20}, {10 * time.Second, 0}, {20 * ms, 20}}, []time.Duration{0, 20 * ms}, -1},
	} {
		m, err := New(8000, "mono", 1)
		if err != nil {
			t.Fatal(err)
		}
		var got []time.Duration
		broken := -1
		for _, p := range c.pieces {
			pcm := hwaccel.PCM{Rate: 8000, Layout: "mono", At: p.at, Channels: [][]float32{make([]float32, 8*p.long)}}
			err := m.Measure(&pcm, func(at time.Duration, s *detectors.Sound) {
				if s.Broken && broken < 0 {
					broken = len(got)
				}
				got = append(got, at)
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		m.Close()
		if len(got) != len(c.want) {
			t.Errorf("%s: got blocks at %v, want %v", c.name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: got blocks at %v, want %v", c.name, got, c.want)
				break
			}
		}
		if broken != c.broken {
			t.Errorf("%s: block %d is the first broken one, want %d", c.name, broken, c.broken)
		}
	}
}

// TestGapEndsRuns: what stands before a gap is no neighbour of what comes after.
func TestGapEndsRuns(t *testing.T) {
	m, err := New(48000, "mono", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var blocks []measured
	feed(t, m, 0, 960, [][]float32{make([]float32, 1920)}, &blocks)
	feed(t, m, time.Second, 960, [][]float32{make([]float32, 960)}, &blocks)
	for i, want := range []int{960, 1920, 960} {
		if got := blocks[i].Channels[0].ZeroRun; got != want {
			t.Errorf("block %d: got a run of %d zeros, want %d", i, got, want)
		}
	}
	if !blocks[2].Broken || blocks[1].Broken {
		t.Errorf("broken: got %v and %v, want false and true", blocks[1].Broken, blocks[2].Broken)
	}
}

// TestClockFollows: jitter and drift are neither gaps nor lost; times stay monotone.
func TestClockFollows(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	c := clock{rate: 48000}
	const drift = 200e-6
	last := time.Duration(-1)
	for i := range 200000 { // more than an hour
		sample := int64(i) * 1024
		exact := time.Duration(float64(sample) / 48000 * (1 + drift) * float64(time.Second))
		jitter := time.Duration(r.IntN(16)-8) * time.Millisecond
		if c.follow(max(0, exact+jitter).Truncate(time.Millisecond)) {
			t.Fatalf("a gap at %v", exact)
		}
		c.count(1024)
		for c.samples >= c.edge(c.blocks+1) {
			at := c.cut()
			if at <= last {
				t.Fatalf("block at %v after one at %v", at, last)
			}
			last = at
		}
		if off := (c.start + c.span(sample) - exact).Abs(); i > 500 && off > 6*time.Millisecond {
			t.Fatalf("%v off at %v", off, exact)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		rate, channels int
		layout, says   string
	}{
		{0, 2, "stereo", "sample rate 0 Hz"},
		{-48000, 2, "stereo", "sample rate -48000 Hz"},
		{768000, 2, "stereo", "resample"},
		{48000, 0, "", "0 channels"},
		{48000, 17, "", "17 channels"},
		{48000, 2, "5.1", `layout "5.1" has 6 channels, the sound 2`},
	} {
		m, err := New(c.rate, c.layout, c.channels)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("New(%d, %q, %d): got error %v, want one with %q", c.rate, c.layout, c.channels, err, c.says)
		}
		if m != nil {
			m.Close()
		}
	}

	m, err := New(48000, "stereo", 2)
	if err != nil {
		t.Fatal(err)
	}
	two := [][]float32{make([]float32, 960), make([]float32, 960)}
	refuse := func(says string, pcm hwaccel.PCM) {
		t.Helper()
		err := m.Measure(&pcm, func(time.Duration, *detectors.Sound) { t.Error("a block of refused sound") })
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got error %v, want one with %q", err, says)
		}
	}
	refuse("new meter", hwaccel.PCM{Rate: 44100, Layout: "stereo", Channels: two})
	refuse("new meter", hwaccel.PCM{Rate: 48000, Layout: "downmix", Channels: two})
	refuse("new meter", hwaccel.PCM{Rate: 48000, Layout: "stereo", Channels: two[:1]})
	refuse("channel 2 has 959 samples", hwaccel.PCM{Rate: 48000, Layout: "stereo", Channels: [][]float32{two[0], two[1][1:]}})
	m.Close()
	m.Close()
	refuse("closed", hwaccel.PCM{Rate: 48000, Layout: "stereo", Channels: two})
}
