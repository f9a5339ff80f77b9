package sound

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
)

// measured is a block as a test keeps it: with slices of its own.
type measured struct {
	at time.Duration
	detectors.Sound
}

// measure makes a meter, hands it sound in pieces of so many samples, and returns every block.
func measure(t testing.TB, rate int, layout string, piece int, channels ...[]float32) []measured {
	t.Helper()
	m, err := New(rate, layout, len(channels))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var blocks []measured
	feed(t, m, 0, piece, channels, &blocks)
	return blocks
}

// feed hands sound that begins at a moment to a meter, with exact times, and appends its blocks.
func feed(t testing.TB, m *Meter, at time.Duration, piece int, channels [][]float32, into *[]measured) {
	t.Helper()
	n := len(channels[0])
	for from := 0; from < n; from += piece {
		pcm := hwaccel.PCM{Rate: m.rate, Layout: m.layout, At: at + m.clock.span(int64(from))}
		for _, ch := range channels {
			pcm.Channels = append(pcm.Channels, ch[from:min(from+piece, n)])
		}
		err := m.Measure(&pcm, func(at time.Duration, s *detectors.Sound) {
			kept := measured{at, *s}
			kept.Channels = append([]detectors.Channel(nil), s.Channels...)
			kept.Pairs = append([]detectors.Pair(nil), s.Pairs...)
			*into = append(*into, kept)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// sine returns seconds of a sine whose peak has a level in dBFS.
func sine(rate int, hertz, level, seconds float64) []float32 {
	x := make([]float32, int(math.Round(seconds*float64(rate))))
	for i := range x {
		x[i] = float32(amplitude(level) * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
	}
	return x
}

// noise returns white Gaussian noise with a standard deviation.
func noise(seed uint64, deviation float64, n int) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(deviation * r.NormFloat64())
	}
	return x
}

func amplitude(level float64) float64 { return math.Pow(10, level/20) }
func decibels(a float64) float64      { return 20 * math.Log10(a) }

// near fails the test where got is further than by from want.
func near(t testing.TB, what string, got, want, by float64) {
	t.Helper()
	if !(math.Abs(got-want) <= by) {
		t.Errorf("%s: got %v, want %v within %v", what, got, want, by)
	}
}
