package sound

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"
)

// tones joins 1 kHz sines: pairs of level (dBFS) and seconds.
func tones(pairs ...float64) []float32 {
	var x []float32
	for i := 0; i < len(pairs); i += 2 {
		x = append(x, sine(48000, 1000, pairs[i], pairs[i+1])...)
	}
	return x
}

const none = math.SmallestNonzeroFloat64 // a value that a signal says nothing about

// TestLoudnessOfTech3341 holds the meter against the minimum requirements of EBU Tech 3341: the
// signals 1 to 6, made anew, within 0.1 LU.
func TestLoudnessOfTech3341(t *testing.T) {
	for _, s := range []struct {
		signal                 string
		momentary, short, gate float64
		sound                  []float32
	}{
		{"1", -23, -23, -23, tones(-23, 20)},
		{"2", -33, -33, -33, tones(-33, 20)},
		{"3", none, none, -23, tones(-36, 10, -23, 60, -36, 10)},
		{"4", none, none, -23, tones(-72, 10, -36, 10, -23, 60, -36, 10, -72, 10)},
		{"5", none, none, -23, tones(-26, 20, -20, 20.1, -26, 20)},
	} {
		t.Run(s.signal, func(t *testing.T) {
			blocks := measure(t, 48000, "stereo", 1024, s.sound, s.sound)
			got := blocks[len(blocks)-1].Loudness
			if s.momentary != none {
				near(t, "momentary", got.Momentary, s.momentary, 0.1)
				near(t, "short-term", got.ShortTerm, s.short, 0.1)
			}
			near(t, "integrated", got.Integrated, s.gate, 0.1)
		})
	}
	t.Run("6", func(t *testing.T) {
		side, centre, back := tones(-28, 20), tones(-24, 20), tones(-30, 20)
		blocks := measure(t, 48000, "5.0(side)", 1536, side, side, centre, back, back)
		near(t, "integrated", blocks[len(blocks)-1].Loudness.Integrated, -23, 0.1)
	})
}

// TestSteadyLoudnessOfTech3341 is about signals 9 and 12, whose level changes so that a window of the
// right length never sees it.
func TestSteadyLoudnessOfTech3341(t *testing.T) {
	var nine, twelve []float32
	for range 5 {
		nine = append(nine, tones(-20, 1.34, -30, 1.66)...)
	}
	for range 25 {
		twelve = append(twelve, tones(-20, 0.18, -30, 0.22)...)
	}
	for _, b := range measure(t, 48000, "stereo", 960, nine, nine)[150:] {
		near(t, fmt.Sprintf("9: short-term at %v", b.at), b.Loudness.ShortTerm, -23, 0.1)
	}
	for _, b := range measure(t, 48000, "stereo", 960, twelve, twelve)[50:] {
		near(t, fmt.Sprintf("12: momentary at %v", b.at), b.Loudness.Momentary, -23, 0.1)
	}
}

// TestLargestLoudnessOfTech3341 is about signals 10, 11, 13 and 14: tones as long as the window that
// begin at any moment.
func TestLargestLoudnessOfTech3341(t *testing.T) {
	short := func(b measured) float64 { return b.Loudness.ShortTerm }
	momentary := func(b measured) float64 { return b.Loudness.Momentary }
	for i := range 20 {
		for _, s := range []struct {
			signal           string
			level, long, gap float64
			read             func(measured) float64
		}{
			{"10", -23, 3, 0.15, short},
			{"11", -38 + float64(i), 3, 0.15, short},
			{"13", -23, 0.4, 0.02, momentary},
			{"14", -38 + float64(i), 0.4, 0.02, momentary},
		} {
			x := tones(-200, s.gap*float64(i), s.level, s.long, -200, 1)
			most := math.Inf(-1)
			for _, b := range measure(t, 48000, "stereo", 1024, x, x) {
				most = max(most, s.read(b))
			}
			near(t, fmt.Sprintf("%s: largest in segment %d", s.signal, i), most, s.level, 0.1)
		}
	}
}

// TestRangeOfTech3342 holds the loudness range against signals 1 to 4 of EBU Tech 3342, within 1 LU.
func TestRangeOfTech3342(t *testing.T) {
	for _, s := range []struct {
		signal string
		want   float64
		sound  []float32
	}{
		{"1", 10, tones(-20, 20, -30, 20)},
		{"2", 5, tones(-20, 20, -15, 20)},
		{"3", 20, tones(-40, 20, -20, 20)},
		{"4", 15, tones(-50, 20, -35, 20, -20, 20, -35, 20, -50, 20)},
	} {
		blocks := measure(t, 48000, "stereo", 4096, s.sound, s.sound)
		near(t, "range of signal "+s.signal, blocks[len(blocks)-1].Loudness.Range, s.want, 1)
	}
}

// TestLoudnessAtEveryRate measures one tone at the rates that occur.
func TestLoudnessAtEveryRate(t *testing.T) {
	for _, rate := range []int{8000, 11025, 16000, 22050, 32000, 44100, 48000, 88200, 96000, 192000} {
		x := sine(rate, 997, -23, 5)
		blocks := measure(t, rate, "stereo", 1000, x, x)
		got := blocks[len(blocks)-1].Loudness
		what := fmt.Sprintf("%d Hz: ", rate)
		near(t, what+"momentary", got.Momentary, -23, 0.15)
		near(t, what+"integrated", got.Integrated, -23, 0.15)
	}
}

// TestWeights puts a tone into one channel at a time: BS.1770-4 table 3, and no LFE.
func TestWeights(t *testing.T) {
	for _, l := range []struct {
		layout string
		want   []float64 // dB against a front channel; -Inf for none
	}{
		{"5.1", []float64{0, 0, 0, math.Inf(-1), 1.5, 1.5}},
		{"5.1(side)", []float64{0, 0, 0, math.Inf(-1), 1.5, 1.5}},
		{"7.1", []float64{0, 0, 0, math.Inf(-1), 0, 0, 1.5, 1.5}},
		{"mono", []float64{0}},
		{"4 channels", []float64{0, 0, math.Inf(-1), math.Inf(-1)}},
	} {
		for i, want := range l.want {
			channels := slices.Repeat([][]float32{make([]float32, 48000)}, len(l.want))
			channels[i] = sine(48000, 1000, -20, 1)
			blocks := measure(t, 48000, l.layout, 960, channels...)
			got := blocks[len(blocks)-1].Loudness.Momentary
			if math.IsInf(want, -1) {
				if !math.IsInf(got, -1) {
					t.Errorf("%s channel %d: got %v LUFS, want none", l.layout, i, got)
				}
				continue
			}
			near(t, fmt.Sprintf("%s channel %d", l.layout, i), got, -23.01+want, 0.1)
		}
	}
}

func TestNoLoudness(t *testing.T) {
	silence := make([]float32, 48000*4)
	blocks := measure(t, 48000, "stereo", 960, silence, silence)
	got := blocks[len(blocks)-1].Loudness
	for name, v := range map[string]float64{"momentary": got.Momentary, "short-term": got.ShortTerm, "integrated": got.Integrated} {
		if !math.IsInf(v, -1) {
			t.Errorf("%s of digital silence: got %v, want -Inf", name, v)
		}
	}
	if got.Range != 0 {
		t.Errorf("range of digital silence: got %v, want 0", got.Range)
	}
}

// TestGatingBlocks: what is gated takes in every fifth block, and Measured counts the sound.
func TestGatingBlocks(t *testing.T) {
	x := tones(-23, 1)
	for i, b := range measure(t, 48000, "stereo", 1024, x, x) {
		if want := i%5 == 4; b.Loudness.Updated != want {
			t.Errorf("block %d: updated is %v, want %v", i, b.Loudness.Updated, want)
		}
		if want := time.Duration(i+1) * 20 * time.Millisecond; b.Loudness.Measured != want {
			t.Errorf("block %d: %v measured, want %v", i, b.Loudness.Measured, want)
		}
	}
}
