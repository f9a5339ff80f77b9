package sound

import (
	"math"
	"slices"
	"testing"
	"time"
)

// programme returns something like sound: falling spectrum, swelling, with onsets.
func programme(seed uint64, n int) []float32 {
	white := noise(seed, 1, n)
	x := make([]float32, n)
	var slow, slower float64
	for i, v := range white {
		slow += 0.1 * (float64(v) - slow)
		slower += 0.1 * (slow - slower)
		swell := 0.05 + 0.4*math.Pow(math.Abs(math.Sin(float64(i)/20000)), 4)
		x[i] = float32(swell*slower) + v*0.0002
	}
	return x
}

func TestClicks(t *testing.T) {
	const at, rate = 48000 + 311, 48000
	for _, c := range []struct {
		name   string
		damage func(x []float32)
		high   float64 // of the click, at least
	}{
		{"one wrong sample", func(x []float32) { x[at] += 0.1 }, 40},
		{"a sample lost", func(x []float32) { copy(x[at:], x[at+60:]); x[at] += 0.02 }, 10},
		{"a burst of 0.3 ms", func(x []float32) { copy(x[at:], noise(9, 0.1, 15)) }, 40},
		{"a step to silence", func(x []float32) { clear(x[at:]); x[at-1] = 0.1 }, 40},
	} {
		x := programme(3, 2*rate)
		clean := measure(t, rate, "mono", 1024, x)
		c.damage(x)
		moment := time.Duration(at) * time.Second / rate
		for i, b := range measure(t, rate, "mono", 1024, x) {
			from := b.at - 10*time.Millisecond
			got := b.Channels[0].Click
			if moment >= from && moment < from+20*time.Millisecond {
				if got < c.high {
					t.Errorf("%s: got %.1f in the block at %v, want at least %v", c.name, got, b.at, c.high)
				}
			} else if b.at < moment-time.Second/4 && got != clean[i].Channels[0].Click {
				t.Errorf("%s: got %.1f at %v, want as without it, %.1f", c.name, got, b.at, clean[i].Channels[0].Click)
			}
		}
	}
}

// TestNoClicks: noise, tones, onsets after silence and the start of sound are none.
func TestNoClicks(t *testing.T) {
	const rate = 48000
	silence := make([]float32, rate/2+100)
	loud := noise(5, 0.2, rate)
	for _, c := range []struct {
		name string
		x    []float32
		most float64
	}{
		{"white noise", noise(4, 0.1, 4*rate), 6},
		{"programme", programme(8, 4*rate), 7},
		{"a tone", sine(rate, 440, -6, 2), 3},
		{"an onset", slices.Concat(silence, loud), 8},
		{"digital silence", silence, 0},
	} {
		for _, b := range measure(t, rate, "mono", 1024, c.x) {
			if got := b.Channels[0].Click; got > c.most {
				t.Errorf("%s: got %.1f at %v, want at most %v", c.name, got, b.at, c.most)
			}
		}
	}
}

// TestClickIsToldOnce: wherever it lies in a block, a click is told by the block whose end is 10 to 30
// ms later, and by no other.
func TestClickIsToldOnce(t *testing.T) {
	const rate = 48000
	for ms := range 20 {
		x := noise(uint64(ms), 0.001, rate/2)
		at := rate/4 + ms*rate/1000 + rate/2000
		x[at] = 0.25
		moment := time.Duration(at) * time.Second / rate
		for _, b := range measure(t, rate, "mono", 1024, x) {
			late := b.at + b.Duration - moment
			got := b.Channels[0].Click
			if tells := late >= 10*time.Millisecond && late < 30*time.Millisecond; tells != (got > 40) || !tells && got > 6 {
				t.Errorf("click at %v: got %.1f in the block at %v", moment, got, b.at)
			}
		}
	}
}

// TestClickHeight: the height of a single wrong sample is found in quiet sound.
func TestClickHeight(t *testing.T) {
	for _, rate := range []int{8000, 11025, 44100, 48000, 96000} {
		x := noise(6, 0.001, rate)
		x[rate/2] = 0.25
		var most float64
		for _, b := range measure(t, rate, "mono", 1000, x) {
			most = max(most, b.Channels[0].ClickPeak)
		}
		near(t, "height", most, 0.25, 0.01)
	}
}

func TestHum(t *testing.T) {
	for _, rate := range []int{4000, 8000, 11025, 44100, 48000, 96000} {
		for _, c := range []struct {
			name           string
			tones          map[float64]float64 // RMS
			at50, at60     float64
			around, within float64
		}{
			{"50 Hz", map[float64]float64{50: 0.01, 100: 0.005}, math.Hypot(0.01, 0.005), 0, 0, 1e-4},
			{"60 Hz", map[float64]float64{60: 0.02, 180: 0.01}, 0, math.Hypot(0.02, 0.01), 0, 1e-4},
			{"50 Hz of a weak grid", map[float64]float64{49.9: 0.01}, 0.01, 0, 0, 2e-4},
			{"third harmonic alone", map[float64]float64{180: 0.02}, 0, 0.02, 0, 1e-4},
			{"speech range", map[float64]float64{220: 0.1, 440: 0.1, 1000: 0.1}, 0, 0, 0, 1e-3},
			{"what folds", map[float64]float64{1950: 0.1}, 0, 0, 0, 1e-3},
		} {
			x := make([]float32, 3*rate)
			for hertz, level := range c.tones {
				if hertz > float64(rate)/2 {
					continue
				}
				for i := range x {
					x[i] += float32(level * math.Sqrt2 * math.Sin(2*math.Pi*hertz*float64(i)/float64(rate)))
				}
			}
			blocks := measure(t, rate, "mono", 960, x)
			got := blocks[len(blocks)-1].Channels[0].Hum
			near(t, c.name+": at 50", got.At50, c.at50, c.within)
			near(t, c.name+": at 60", got.At60, c.at60, c.within)
			near(t, c.name+": around", got.Around, c.around, c.within)
			if t.Failed() {
				t.Fatalf("at %d Hz", rate)
			}
		}
	}
	// Without a tone, what is found at the mains is what is found beside it.
	blocks := measure(t, 48000, "mono", 960, noise(3, 0.1, 96000))
	got := blocks[len(blocks)-1].Channels[0].Hum
	if got.At50 > 4*got.Around || got.At60 > 4*got.Around {
		t.Errorf("noise: got hum %+v", got)
	}
}
