package sound

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// oddNumbers are those that break arithmetic.
var oddNumbers = []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), -1, 1e-320, math.MaxFloat64}

// TestOddSound: whatever is claimed of sound, and however its shape changes, no detector breaks, and
// scores stay between 0 and 1.
func TestOddSound(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	number := func() float64 {
		if random.IntN(4) == 0 {
			return oddNumbers[random.IntN(len(oddNumbers))]
		}
		return random.Float64()*2 - 1
	}
	for _, k := range All {
		d, err := k.New(func(any) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		at := time.Duration(0)
		for range 20_000 {
			s := &detectors.Sound{Rate: random.IntN(3) * 24000, Duration: time.Duration(random.IntN(40)) * time.Millisecond, Broken: random.IntN(50) == 0}
			for range random.IntN(4) {
				c := detectors.Channel{Peak: number(), TruePeak: number(), RMS: math.Abs(number()), DC: number(), Click: 100 * number(), ClickPeak: number(),
					NearPeak: random.IntN(960), Clipped: random.IntN(30), ZeroRun: random.IntN(2000), RepeatRun: random.IntN(2000),
					Hum: detectors.Hum{At50: number(), At60: number(), Around: number()}, Tone: detectors.Tone{Frequency: 1000 * number(), Rest: number()}}
				for i := range c.Slices {
					c.Slices[i] = uint8(random.IntN(256))
				}
				s.Channels = append(s.Channels, c)
			}
			for range random.IntN(3) {
				s.Pairs = append(s.Pairs, detectors.Pair{A: random.IntN(5) - 1, B: random.IntN(5) - 1, Correlation: number(), Difference: number()})
			}
			s.Loudness = detectors.Loudness{Measured: time.Hour, Momentary: number(), ShortTerm: number(), Updated: random.IntN(2) == 0}
			at += s.Duration
			if v := d.Judge(detectors.Sample{At: at, Sound: s}); !(v.Score >= 0 && v.Score <= 1) || v.Lasted < 0 {
				t.Fatalf("%s of %+v: %+v", k.Name, s, v)
			}
		}
	}
}

// TestSteadyMemory: judging costs no memory.
func TestSteadyMemory(t *testing.T) {
	s := programme()
	for _, k := range All {
		d, err := k.New(func(any) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		at := time.Duration(0)
		judge := func() {
			d.Judge(detectors.Sample{At: at, Sound: s})
			at += 20 * time.Millisecond
		}
		for range 200 {
			judge()
		}
		if allocs := testing.AllocsPerRun(500, judge); allocs > 0 {
			t.Errorf("%s: %v allocations a block", k.Name, allocs)
		}
	}
}

// programme is a block of stereo with a little of everything.
func programme() *detectors.Sound {
	c := detectors.Channel{Name: "FL", Peak: 0.3, TruePeak: 0.31, RMS: 0.1, DC: 0.001, NearPeak: 20, RepeatRun: 2, Click: 4, ClickPeak: 0.01,
		Hum: detectors.Hum{At50: 0.002, At60: 0.001, Around: 0.002}, Tone: detectors.Tone{Frequency: 700, Rest: 0.7}}
	for i := range c.Slices {
		c.Slices[i] = uint8(200 + i%5)
	}
	return &detectors.Sound{Rate: 48000, Duration: 20 * time.Millisecond, Channels: []detectors.Channel{c, c},
		Pairs:    []detectors.Pair{{A: 0, B: 1, Correlation: 0.6, Difference: 0.08}},
		Loudness: detectors.Loudness{Measured: time.Hour, Updated: true, Momentary: -20, ShortTerm: -21}}
}

func BenchmarkJudge(b *testing.B) {
	for _, k := range All {
		b.Run(k.Name, func(b *testing.B) {
			d, err := k.New(func(any) error { return nil })
			if err != nil {
				b.Fatal(err)
			}
			s := detectors.Sample{Sound: programme()}
			b.ReportAllocs()
			for b.Loop() {
				d.Judge(s)
				s.At += 20 * time.Millisecond
			}
		})
	}
}
