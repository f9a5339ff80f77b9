package sound

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vedette-av/vedette/detectors"
)

// reference measures channel c of the whole of a sound up to a block, in plain Go, the long way.
// x is all sound since its beginning and the block begins at from.
func reference(x []float32, from int) detectors.Channel {
	var c detectors.Channel
	block := x[from:]
	var sum, square float64
	for _, v := range block {
		c.Peak = max(c.Peak, math.Abs(float64(v)))
	}
	for _, v := range block {
		if near := 0.9 * float32(c.Peak); near > 0 && (v >= near || v <= -near) {
			c.NearPeak++
		}
		sum += float64(v)
		square += float64(v) * float64(v)
		if v >= 1 || v <= -1 {
			c.Overs++
		}
		if v == 0 {
			c.Zeros++
		}
	}
	n := float64(len(block))
	c.DC, c.RMS = sum/n, math.Sqrt(square/n)
	zeros, repeats := 0, 0
	for i, v := range x {
		if i == 0 || v != x[i-1] {
			repeats = 0
		}
		repeats++
		zeros++
		if v != 0 {
			zeros = 0
		}
		if i >= from {
			c.ZeroRun, c.RepeatRun = max(c.ZeroRun, zeros), max(c.RepeatRun, repeats)
		}
	}
	c.Clipped, c.ClipRun = flatTops(x, from)
	return c
}

// flatTops counts as detectors.Channel says; steps are those of 16 bits.
func flatTops(x []float32, from int) (samples, longest int) {
	const step = float32(1. / 32768)
	high, low := slices.Max(x[from:]), slices.Min(x[from:])
	side := func(v float32) int {
		switch {
		case high >= 0.01 && v >= high-step:
			return 1
		case low <= -0.01 && v <= low+step:
			return -1
		}
		return 0
	}
	for i := from; i < len(x); {
		end := i + 1
		for end < len(x) && side(x[end]) == side(x[i]) {
			end++
		}
		steep := i > 0 && math.Abs(float64(x[i]-x[i-1])) > float64(4*step) ||
			end < len(x) && math.Abs(float64(x[end]-x[end-1])) > float64(4*step)
		if side(x[i]) != 0 && end-i >= 3 && steep {
			samples += end - i
			longest = max(longest, end-i)
		}
		i = end
	}
	return samples, longest
}

// difficult returns sound with everything in it that is counted: clipped waves, held samples,
// silence, 16-bit rounding.
func difficult(r *rand.Rand, n int) []float32 {
	var x []float32
	for len(x) < n {
		long := 1 + r.IntN(900)
		switch r.IntN(5) {
		case 0:
			x = append(x, make([]float32, long)...)
		case 1:
			x = append(x, slices.Repeat([]float32{r.Float32() - 0.5}, 1+long/20)...)
		case 2:
			limit := 0.2 + r.Float32()
			for i := range long {
				x = append(x, max(-limit, min(limit, float32(2*math.Sin(float64(i)/20)))))
			}
		case 3:
			for range long {
				x = append(x, float32(r.IntN(65536)-32768)/32768)
			}
		case 4:
			for i := range long {
				x = append(x, float32(math.Round(9000*math.Sin(float64(i)/97))/32768))
			}
		}
	}
	return x[:n]
}

func TestAgainstReference(t *testing.T) {
	for _, rate := range []int{4000, 8000, 11025, 22050, 44100, 48000, 96000} {
		for _, piece := range []int{1, 7, 960, 1024, 1 << 20} {
			r := rand.New(rand.NewPCG(uint64(rate), uint64(piece)))
			a, b := difficult(r, rate/4), difficult(r, rate/4)
			from := 0
			for _, got := range measure(t, rate, "stereo", piece, a, b) {
				n := int(math.Round(got.Duration.Seconds() * float64(rate)))
				what := fmt.Sprintf("%d Hz, %d at a time, at %v", rate, piece, got.at)
				equal(t, what+", left", got.Channels[0], reference(a[:from+n], from))
				equal(t, what+", right", got.Channels[1], reference(b[:from+n], from))
				pair(t, what, got.Pairs[0], a[from:from+n], b[from:from+n])
				from += n
			}
			if from < len(a)-rate/50-1 {
				t.Errorf("%d Hz: blocks cover %d of %d samples", rate, from, len(a))
			}
		}
		if t.Failed() {
			return
		}
	}
}

func equal(t *testing.T, what string, got, want detectors.Channel) {
	t.Helper()
	near(t, what+": peak", got.Peak, want.Peak, 0)
	near(t, what+": RMS", got.RMS, want.RMS, 1e-5)
	near(t, what+": DC", got.DC, want.DC, 1e-5)
	for _, n := range []struct {
		name      string
		got, want int
	}{
		{"overs", got.Overs, want.Overs},
		{"near the peak", got.NearPeak, want.NearPeak},
		{"zeros", got.Zeros, want.Zeros},
		{"zero run", got.ZeroRun, want.ZeroRun},
		{"repeat run", got.RepeatRun, want.RepeatRun},
		{"clipped", got.Clipped, want.Clipped},
		{"longest flat top", got.ClipRun, want.ClipRun},
	} {
		if n.got != n.want {
			t.Errorf("%s: %s: got %d, want %d", what, n.name, n.got, n.want)
		}
	}
}

func pair(t *testing.T, what string, got detectors.Pair, a, b []float32) {
	t.Helper()
	var ab, aa, bb, dd float64
	for i := range a {
		l, r := float64(a[i]), float64(b[i])
		ab, aa, bb, dd = ab+l*r, aa+l*l, bb+r*r, dd+(l-r)*(l-r)
	}
	want := 0.0
	if aa*bb > 0 {
		want = ab / math.Sqrt(aa*bb)
	}
	near(t, what+": correlation", got.Correlation, want, 1e-5)
	near(t, what+": difference", got.Difference, math.Sqrt(dd/float64(len(a))), 1e-5)
	if got.Identical != slices.Equal(a, b) {
		t.Errorf("%s: identical: got %v", what, got.Identical)
	}
}

func TestPairs(t *testing.T) {
	x := noise(1, 0.1, 4800)
	inverted, half, other := make([]float32, 4800), make([]float32, 4800), noise(2, 0.1, 4800)
	for i, v := range x {
		inverted[i], half[i] = -v, v/2
	}
	for _, p := range []struct {
		name        string
		right       []float32
		correlation float64
		by          float64
		identical   bool
	}{
		{"dual mono", x, 1, 1e-6, true},
		{"out of phase", inverted, -1, 1e-6, false},
		{"one side lower", half, 1, 1e-6, false},
		{"independent", other, 0, 0.15, false},
		{"right missing", make([]float32, 4800), 0, 0, false},
	} {
		for _, b := range measure(t, 48000, "stereo", 960, x, p.right) {
			near(t, p.name, b.Pairs[0].Correlation, p.correlation, p.by)
			if b.Pairs[0].Identical != p.identical {
				t.Errorf("%s: identical: got %v, want %v", p.name, b.Pairs[0].Identical, p.identical)
			}
		}
	}
}

// TestNoSound: what is no sound is counted, taken for 0, and harms nothing after it.
func TestNoSound(t *testing.T) {
	bad := []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 1e7, -3e38}
	x := sine(48000, 1000, -20, 1)
	clean := slices.Clone(x)
	for i, v := range bad {
		x[3000+i], clean[3000+i] = v, 0
	}
	got, want := measure(t, 48000, "mono", 1000, x), measure(t, 48000, "mono", 1000, clean)
	for i := range got {
		invalid := 0
		if i == 3 {
			invalid = len(bad)
		}
		c := got[i].Channels[0]
		if c.Invalid != invalid {
			t.Errorf("block %d: got %d invalid samples, want %d", i, c.Invalid, invalid)
		}
		c.Invalid = 0
		if c != want[i].Channels[0] || got[i].Loudness != want[i].Loudness {
			t.Errorf("block %d: got %+v, want that of zeros, %+v", i, c, want[i].Channels[0])
		}
	}
}
