package sound

import (
	"math"
	"slices"
	"testing"
)

// TestTone: a sine is found with its frequency whatever the rate, and nothing else is one.
func TestTone(t *testing.T) {
	for _, rate := range []int{8000, 11025, 44100, 48000, 96000, 192000} {
		for _, hertz := range []float64{400, 440, 880, 997, 1000, 1320, 2000, 3000} {
			for i, b := range measure(t, rate, "mono", 1000, sine(rate, hertz, -18, 0.3)) {
				if i == 0 {
					continue // its beginning is no sine
				}
				tone := b.Channels[0].Tone
				if tone.Rest > 0.01 || math.Abs(tone.Frequency-hertz) > 0.005*hertz {
					t.Errorf("%d Hz, sine of %v Hz: got %+v", rate, hertz, tone)
				}
			}
		}
	}
	chord := sine(48000, 440, -12, 1)
	for i, v := range sine(48000, 660, -12, 1) {
		chord[i] += v
	}
	tainted := sine(48000, 1000, -18, 1)
	for i, v := range noise(3, amplitude(-21)/10, 48000) { // 20 dB below the sine's RMS
		tainted[i] += v
	}
	for _, c := range []struct {
		name        string
		x           []float32
		least, most float64
	}{
		{"white noise", noise(1, 0.1, 48000), 1.2, 1.6},
		{"smooth noise", programme(1, 48000), 0.1, 1.6},
		{"a fifth", chord, 0.2, 1.6},
		{"a sine with noise 20 dB below", tainted, 0.1, 0.2},
		{"digital silence", make([]float32, 48000), 0, 0},
	} {
		for _, b := range measure(t, 48000, "mono", 1000, c.x)[1:] {
			if got := b.Channels[0].Tone.Rest; got < c.least || got > c.most {
				t.Errorf("%s: got %.3f at %v, want %v to %v", c.name, got, b.at, c.least, c.most)
			}
		}
	}
}

// TestSlices: the course of a block is told to half a decibel and a millisecond.
func TestSlices(t *testing.T) {
	for _, rate := range []int{4000, 8000, 48000} {
		// A square wave at half the sample rate has its amplitude for its RMS in every slice.
		x := make([]float32, rate/5)
		for i := range x {
			ms := i * 1000 / rate
			level := map[bool]float64{true: -20, false: -20.0 - float64(ms%20)*5}[ms < 100]
			x[i] = float32(amplitude(level)) * float32(1-2*(i%2))
		}
		clear(x[rate/50*8 : rate/50*9])
		for i, b := range measure(t, rate, "mono", 1000, x) {
			for s, got := range b.Channels[0].Slices {
				want := 255 - 2*20
				switch {
				case i == 8:
					want = 0
				case i >= 5:
					want = max(255-2*(20+5*s), 0)
				}
				if math.Abs(float64(int(got)-want)) > 1 {
					t.Errorf("%d Hz, block %d, slice %d: got %d, want %d", rate, i, s, got, want)
				}
			}
		}
	}
	over := measure(t, 48000, "mono", 960, slices.Repeat([]float32{3}, 960))[0].Channels[0].Slices
	if slices.Min(over[:]) != 255 {
		t.Errorf("over full scale: got %v, want 255 throughout", over)
	}
}
