package sound

import (
	"math"
	"slices"
	"testing"
)

// loudnessOf measures sound of 1 kHz tones, given as levels (peak, dBFS) and seconds, on two
// channels: the momentary and the short-term loudness every 100 ms, by the filters that ITU-R
// BS.1770-4 prints for 48 kHz.
func loudnessOf(pairs ...float64) (momentary, short []float64) {
	const rate, step = 48000, 4800
	var shelf, pass biquad
	shelf = biquad{b: [3]float64{1.53512485958697, -2.69169618940638, 1.19839281085285}, a: [2]float64{-1.69065929318241, 0.73248077421585}}
	pass = biquad{b: [3]float64{1, -2, 1}, a: [2]float64{-1.99004745483398, 0.99007225036621}}
	var steps []float64 // energy of each 100 ms, both channels together
	sum, n := 0., 0
	for i := 0; i < len(pairs); i += 2 {
		height := math.Pow(10, pairs[i]/20)
		for range int(pairs[i+1] * rate) {
			x := height * math.Sin(2*math.Pi*1000*float64(n)/rate)
			y := pass.filter(shelf.filter(x))
			sum += 2 * y * y
			if n++; n%step == 0 {
				steps = append(steps, sum/step)
				sum = 0
			}
		}
	}
	window := func(end, long int) float64 {
		sum := 0.
		for i := max(end-long, 0); i < end; i++ {
			sum += steps[i]
		}
		return lufsOf(sum / float64(long))
	}
	for end := 1; end <= len(steps); end++ {
		momentary = append(momentary, window(end, 4))
		short = append(short, window(end, 30))
	}
	return momentary, short
}

type biquad struct {
	b      [3]float64
	a      [2]float64
	z1, z2 float64
}

func (f *biquad) filter(x float64) float64 {
	y := f.b[0]*x + f.z1
	f.z1 = f.b[1]*x - f.a[0]*y + f.z2
	f.z2 = f.b[2]*x - f.a[1]*y
	return y
}

// heard puts loudness into a window of so many gating blocks.
func heard(blocks int, momentary, short []float64) gated {
	g := newGated(blocks)
	for i := range momentary {
		if i >= 3 { // 400 ms were heard
			g.add(momentary[i], short[i], i >= 29)
		}
	}
	return g
}

// TestIntegratedOfTech3341 holds the sliding integration against the minimum requirements of EBU Tech
// 3341: where the window holds the whole signal it is the integrated loudness, within 0.1 LU.
func TestIntegratedOfTech3341(t *testing.T) {
	for _, c := range []struct {
		signal string
		want   float64
		pairs  []float64
	}{
		{"1", -23, []float64{-23, 20}},
		{"2", -33, []float64{-33, 20}},
		{"3", -23, []float64{-36, 10, -23, 60, -36, 10}},
		{"4", -23, []float64{-72, 10, -36, 10, -23, 60, -36, 10, -72, 10}},
		{"5", -23, []float64{-26, 20, -20, 20.1, -26, 20}},
	} {
		momentary, short := loudnessOf(c.pairs...)
		for _, blocks := range []int{len(momentary), 36000} {
			g := heard(blocks, momentary, short)
			if got, _ := g.integrated(); math.Abs(got-c.want) > 0.1 {
				t.Errorf("signal %s in a window of %d: got %.2f LUFS, want %v within 0.1", c.signal, blocks, got, c.want)
			}
		}
	}
}

// TestRangeOfTech3342 is about the signals 1 to 4 of EBU Tech 3342, within 1 LU.
func TestRangeOfTech3342(t *testing.T) {
	for _, c := range []struct {
		signal string
		want   float64
		pairs  []float64
	}{
		{"1", 10, []float64{-20, 20, -30, 20}},
		{"2", 5, []float64{-20, 20, -15, 20}},
		{"3", 20, []float64{-40, 20, -20, 20}},
		{"4", 15, []float64{-50, 20, -35, 20, -20, 20, -35, 20, -50, 20}},
	} {
		momentary, short := loudnessOf(c.pairs...)
		g := heard(36000, momentary, short)
		if got := g.loudnessRange(); math.Abs(got-c.want) > 1 {
			t.Errorf("signal %s: got %.2f LU, want %v within 1", c.signal, got, c.want)
		}
	}
}

// TestWindowSlides: what is older than the window does not count, however long the feed runs.
func TestWindowSlides(t *testing.T) {
	g := newGated(600)
	for range 100_000 {
		g.add(-10, -10, true)
	}
	for range 600 {
		g.add(-30, -30, true)
	}
	if got, blocks := g.integrated(); math.Abs(got+30) > 1e-9 || blocks != 600 {
		t.Errorf("got %v LUFS of %d blocks, want -30 of 600", got, blocks)
	}
	if got := g.loudnessRange(); got != 0 {
		t.Errorf("range %v, want 0", got)
	}
	for range 600 {
		g.add(math.Inf(-1), -90, true)
	}
	if got, blocks := g.integrated(); !math.IsInf(got, -1) || blocks != 0 {
		t.Errorf("of silence: got %v LUFS of %d blocks, want none", got, blocks)
	}
	if got := g.loudnessRange(); got != 0 {
		t.Errorf("range of silence %v, want 0", got)
	}
	if slices.Max(g.counts[:]) != 0 || slices.Min(g.counts[:]) != 0 || g.shortHeld != 0 {
		t.Error("the counts do not add up")
	}
}

// TestRangeAgainstSorting compares the bins with the long way.
func TestRangeAgainstSorting(t *testing.T) {
	g := newGated(3000)
	var all []float64
	for i := range 3000 {
		short := -30 + 12*math.Sin(float64(i)/97) + 3*math.Sin(float64(i)/7)
		g.add(short, short, true)
		all = append(all, short)
	}
	sum := 0.
	for _, s := range all {
		sum += energyOf(s)
	}
	gate := lufsOf(sum/float64(len(all))) - 20
	all = slices.DeleteFunc(all, func(s float64) bool { return s < gate })
	slices.Sort(all)
	n := float64(len(all) - 1)
	want := all[int(math.Round(0.95*n))] - all[int(math.Round(0.1*n))]
	if got := g.loudnessRange(); math.Abs(got-want) > 0.15 {
		t.Errorf("got %.2f LU, want %.2f", got, want)
	}
}
