package sound

import (
	"fmt"
	"math"
	"testing"
)

// wave returns two seconds at 48 kHz of a sine of a frequency as a share of the sample rate, a phase
// in degrees and an amplitude, faded in and out.
func wave(share, degrees, height float64) []float32 {
	const n, fade = 96000, 960
	x := make([]float32, n)
	for i := range x {
		gain := min(1, float64(i)/fade, float64(n-1-i)/fade)
		x[i] = float32(gain * height * math.Sin(2*math.Pi*share*float64(i)+degrees*math.Pi/180))
	}
	return x
}

// burst returns a sine at a sixth of the sample rate with one period of twice its height, at a quarter
// of the sample rate, in the middle. It is drawn at four times the rate, from a shift in those
// samples, and brought down through a long low-pass, as Tech 3341 says of its signals 20 to 23.
func burst(shift int) []float32 {
	const n, middle = 4 * 9600, 4 * 4800
	fine := make([]float64, n)
	for i := range fine {
		fade := min(1, float64(i)/4000, float64(n-1-i)/4000)
		fine[i] = 0.5 * fade * math.Sin(2*math.Pi*float64(i-middle)/24)
		if i >= middle && i < middle+16 {
			fine[i] = math.Sin(2 * math.Pi * float64(i-middle) / 16)
		}
	}
	const half = 400
	x := make([]float32, n/4)
	for i := range x {
		var y float64
		for j := max(0, 4*i+shift-half); j < min(n, 4*i+shift+half); j++ {
			d := float64(j - 4*i - shift)
			y += fine[j] * sinc(d/4) / 4 * (0.5 + 0.5*math.Cos(math.Pi*d/half))
		}
		x[i] = float32(y)
	}
	return x
}

func sinc(x float64) float64 {
	if x == 0 {
		return 1
	}
	return math.Sin(math.Pi*x) / (math.Pi * x)
}

func largestTruePeak(blocks []measured) float64 {
	var most float64
	for _, b := range blocks {
		most = max(most, b.Channels[0].TruePeak)
	}
	return most
}

// TestTruePeakOfTech3341 is about signals 15 to 23 of EBU Tech 3341, made anew: at most 0.2 dB over,
// 0.4 dB under.
func TestTruePeakOfTech3341(t *testing.T) {
	for _, s := range []struct {
		signal string
		want   float64 // dBTP
		sound  []float32
	}{
		{"15", -6, wave(1./4, 0, 0.5)},
		{"16", -6, wave(1./4, 45, 0.5)},
		{"17", -6, wave(1./6, 60, 0.5)},
		{"18", -6, wave(1./8, 67.5, 0.5)},
		{"19", 3, wave(1./4, 45, 1.41)},
		{"20", 0, burst(0)},
		{"21", 0, burst(1)},
		{"22", 0, burst(2)},
		{"23", 0, burst(3)},
	} {
		got := decibels(largestTruePeak(measure(t, 48000, "mono", 1024, s.sound)))
		if got > s.want+0.2 || got < s.want-0.4 {
			t.Errorf("signal %s: got %.2f dBTP, want %.2f +0.2 -0.4", s.signal, got, s.want)
		}
	}
}

// TestTruePeakOfSines covers all frequencies: never below the sample peak, and never further
// under the sine's peak than four times oversampling explains (0.6 dB up to 20 kHz).
func TestTruePeakOfSines(t *testing.T) {
	for hertz := 100.; hertz <= 20000; hertz *= 1.23 {
		blocks := measure(t, 48000, "mono", 480, wave(hertz/48000, 33, 0.7))
		for _, b := range blocks {
			if c := b.Channels[0]; c.TruePeak < c.Peak {
				t.Fatalf("%.0f Hz at %v: true peak %v below the peak %v", hertz, b.at, c.TruePeak, c.Peak)
			}
		}
		got := decibels(largestTruePeak(blocks) / 0.7)
		if got > 0.2 || got < -0.6 {
			t.Errorf("%.0f Hz: got %.2f dB against the peak, want -0.6 to 0.2", hertz, got)
		}
	}
}

// TestTruePeakAtStart: sound that begins at full height, as after a gap, is not taken for a step.
func TestTruePeakAtStart(t *testing.T) {
	x := sine(48000, 500, 0, 0.1)
	for from := 0; from < 96; from += 5 {
		got := largestTruePeak(measure(t, 48000, "mono", 480, x[from:]))
		near(t, fmt.Sprintf("true peak of a sine cut at sample %d", from), got, 1, 0.03)
	}
}
