package sound

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if n := Alive(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d meters were never closed\n", n)
		code = 1
	}
	os.Exit(code)
}

func TestAlive(t *testing.T) {
	before := Alive()
	m, err := New(48000, "stereo", 2)
	if err != nil {
		t.Fatal(err)
	}
	if got := Alive(); got != before+1 {
		t.Errorf("with one more meter: got %d, want %d", got, before+1)
	}
	m.Close()
	if got := Alive(); got != before {
		t.Errorf("after Close: got %d, want %d", got, before)
	}
}

// TestNothingIsAllocated: not one object a call, once the meter stands.
func TestNothingIsAllocated(t *testing.T) {
	m, pcm := track(t, "5.1", 6)
	defer m.Close()
	blocks := 0
	emit := func(time.Duration, *detectors.Sound) { blocks++ }
	allocs := testing.AllocsPerRun(100, func() {
		if err := m.Measure(pcm, emit); err != nil {
			t.Fatal(err)
		}
		pcm.At += frame * time.Second / 48000
	})
	if allocs != 0 || blocks < 100 {
		t.Errorf("got %v allocations a call over %d blocks, want none", allocs, blocks)
	}
}

// frame is as much sound as an AAC packet holds.
const frame = 1024

// track returns a meter at 48 kHz and one frame of noise for it.
func track(t testing.TB, layout string, channels int) (*Meter, *hwaccel.PCM) {
	m, err := New(48000, layout, channels)
	if err != nil {
		t.Fatal(err)
	}
	pcm := &hwaccel.PCM{Rate: 48000, Layout: layout}
	for c := range channels {
		pcm.Channels = append(pcm.Channels, noise(uint64(c), 0.1, frame))
	}
	return m, pcm
}

func BenchmarkMeasure(b *testing.B) {
	for _, l := range []struct {
		layout   string
		channels int
	}{{"mono", 1}, {"stereo", 2}, {"5.1", 6}, {"16 channels", 16}} {
		b.Run(l.layout, func(b *testing.B) {
			m, pcm := track(b, l.layout, l.channels)
			defer m.Close()
			emit := func(time.Duration, *detectors.Sound) {}
			b.ReportAllocs()
			for b.Loop() {
				if err := m.Measure(pcm, emit); err != nil {
					b.Fatal(err)
				}
				pcm.At += frame * time.Second / 48000
			}
			b.ReportMetric(float64(b.N)*frame/48000/b.Elapsed().Seconds(), "x_realtime")
		})
	}
}
