package eval

import (
	"fmt"
	"math"
)

// loudnessRecipes are levels, and the signals of EBU Tech 3341 and 3342 made anew.
var loudnessRecipes = []Recipe{
	{"true-peak", "0 dBTP between the samples", peaks(0, false)},
	{"true-peak", "-0.5 dBTP between the samples", peaks(-0.5, false)},
	{"true-peak", "near miss: -1.5 dBTP", peaks(-1.5, true)},

	{"loudness", "3 LU too loud", levelsOf(-20, 15.6)},
	{"loudness", "3 LU too quiet", levelsOf(-26, 24.7)},
	{"loudness", "near miss: 0.7 LU too loud", levelsOf(-22.3, -1)},

	{"loudness", "Tech 3341, 1", signal(front(-23, 20), want("integrated", -23), want("largest short-term", -23), want("largest momentary", -23))},
	{"loudness", "Tech 3341, 2", signal(front(-33, 20), want("integrated", -33), want("largest short-term", -33), want("largest momentary", -33))},
	{"loudness", "Tech 3341, 3", signal(front(-36, 10, -23, 60, -36, 10), want("integrated", -23))},
	{"loudness", "Tech 3341, 4", signal(front(-72, 10, -36, 10, -23, 60, -36, 10, -72, 10), want("integrated", -23))},
	{"loudness", "Tech 3341, 5", signal(front(-26, 20, -20, 20.1, -26, 20), want("integrated", -23))},
	{"loudness", "Tech 3341, 6", surroundSignal},
	{"loudness", "Tech 3341, 9", signal(front(again(5, -20, 1.34, -30, 1.66)...), want("largest short-term", -23), want("smallest short-term", -23))},
	{"loudness", "Tech 3341, 10", signal(front(-100, 0.7, -23, 3, -100, 1), want("largest short-term", -23))},
	{"loudness", "Tech 3341, 11", signal(front(-100, 0.45, -29, 3, -100, 1), want("largest short-term", -29))},
	{"loudness", "Tech 3341, 12", signal(front(again(25, -20, 0.18, -30, 0.22)...), want("largest momentary", -23), want("smallest momentary", -23))},
	{"loudness", "Tech 3341, 13", signal(front(-100, 0.14, -23, 0.4, -100, 1), want("largest momentary", -23))},
	{"loudness", "Tech 3341, 14", signal(front(-100, 0.26, -29, 0.4, -100, 1), want("largest momentary", -29))},
	{"true-peak", "Tech 3341, 15", peakSignal(4, 0, 0.5, -6)},
	{"true-peak", "Tech 3341, 16", peakSignal(4, 45, 0.5, -6)},
	{"true-peak", "Tech 3341, 17", peakSignal(6, 60, 0.5, -6)},
	{"true-peak", "Tech 3341, 18", peakSignal(8, 67.5, 0.5, -6)},
	{"true-peak", "Tech 3341, 19", peakSignal(4, 45, 1.41, 3)},
	{"true-peak", "Tech 3341, 20", burstSignal(0)},
	{"true-peak", "Tech 3341, 21", burstSignal(1)},
	{"true-peak", "Tech 3341, 22", burstSignal(2)},
	{"true-peak", "Tech 3341, 23", burstSignal(3)},
	{"loudness", "Tech 3342, 1", signal(front(-20, 20, -30, 20), wantRange(10))},
	{"loudness", "Tech 3342, 2", signal(front(-20, 20, -15, 20), wantRange(5))},
	{"loudness", "Tech 3342, 3", signal(front(-40, 20, -20, 20), wantRange(20))},
	{"loudness", "Tech 3342, 4", signal(front(-50, 20, -35, 20, -20, 20, -35, 20, -50, 20), wantRange(15))},
}

// generated is the source of what is made of nothing. It is no clip of either half, and counts for the
// half that is published: nothing was chosen by it.
var generated = Source{File: "generated", Half: Held, Audio: true}

func want(name string, value float64) Want {
	return Want{Name: name, Value: value, Low: 0.1, High: 0.1}
}

func wantRange(value float64) Want { return Want{Name: "range", Value: value, Low: 1, High: 1} }

// front is levels (dBFS, of a sine's peak) and seconds in turn, of 1 kHz on both channels.
func front(pairs ...float64) []float64 { return pairs }

func again(times int, pairs ...float64) []float64 {
	var all []float64
	for range times {
		all = append(all, pairs...)
	}
	return all
}

// toneSteps makes a sound of levels and seconds.
func toneSteps(pairs []float64) Media {
	seconds := 0.0
	for i := 1; i < len(pairs); i += 2 {
		seconds += pairs[i]
	}
	return Synthesize(fmt.Sprintf("1 kHz %v", pairs), 2, seconds, func(i int, out []float64) {
		t := float64(i) / Rate
		level, from := pairs[0], 0.0
		for j := 0; j < len(pairs) && t >= from; j += 2 {
			level = pairs[j]
			from += pairs[j+1]
		}
		out[0] = amplitudeOf(level) * math.Sin(2*math.Pi*1000*t)
		out[1] = out[0]
	})
}

// signal is a case that measures values only.
func signal(pairs []float64, wants ...Want) func(Corpus) []Case {
	return func(Corpus) []Case {
		return []Case{{Source: generated, Media: toneSteps(pairs), Wants: wants, Also: []string{"tone", "silence", "dual-mono", "dropout"},
			Set: []string{"detectors.loudness.enabled=false"}}}
	}
}

// peakSignal is a sine of the sample rate divided by a number, from a phase on (degrees), of an
// amplitude.
func peakSignal(divided, degrees, amplitude, dBTP float64) func(Corpus) []Case {
	return func(Corpus) []Case {
		media := Synthesize(fmt.Sprintf("sine of rate/%g from %g of %g", divided, degrees, amplitude), 2, 2, func(i int, out []float64) {
			gain := min(1, float64(i)/960, float64(2*Rate-1-i)/960)
			out[0] = gain * amplitude * math.Sin(2*math.Pi*float64(i)/divided+degrees*math.Pi/180)
			out[1] = out[0]
		})
		return []Case{{Source: generated, Media: media, Also: []string{"tone", "dual-mono"}, Set: []string{"detectors.true-peak.enabled=false"},
			Wants: []Want{{Name: "true peak", Value: dBTP, Low: 0.4, High: 0.2}}}}
	}
}

// surroundSignal is 1 kHz on five channels, the surrounds the lowest.
func surroundSignal(Corpus) []Case {
	levels := []float64{-28, -28, -24, -30, -30}
	sound := Synthesize(fmt.Sprintf("1 kHz at %v", levels), len(levels), 20, func(i int, out []float64) {
		for c, level := range levels {
			out[c] = amplitudeOf(level) * math.Sin(2*math.Pi*1000*float64(i)/Rate)
		}
	})
	media := Render(Rendering{Sound: sound, Audio: "pan=5.0(side)|c0=c0|c1=c1|c2=c2|c3=c3|c4=c4", AudioCodec: PCM, Container: ".wav"})
	return []Case{{Source: generated, Media: media, Wants: []Want{want("integrated", -23)}, Also: []string{"tone", "dual-mono"},
		Set: []string{"detectors.loudness.enabled=false"}}}
}

// burstSignal is one period at a quarter of the sample rate, 0 dBTP high, in a sine at a sixth of
// it, half as high. It is drawn at four times the rate and brought down, from a shift in those
// samples on.
func burstSignal(shift int) func(Corpus) []Case {
	const long, middle, half = Rate, 4 * Rate / 2, 400
	drawn := func(j int) float64 {
		if j >= middle && j < middle+16 {
			return math.Sin(2 * math.Pi * float64(j-middle) / 16)
		}
		fade := min(1, float64(j)/4000, float64(4*long-1-j)/4000)
		return 0.5 * max(fade, 0) * math.Sin(2*math.Pi*float64(j-middle)/24)
	}
	return func(Corpus) []Case {
		media := Synthesize(fmt.Sprintf("burst, %d quarters late", shift), 1, 1, func(i int, out []float64) {
			out[0] = 0
			for j := 4*i + shift - half; j < 4*i+shift+half; j++ {
				d := float64(j - 4*i - shift)
				low := 0.25
				if d != 0 {
					low = math.Sin(math.Pi*d/4) / (math.Pi * d)
				}
				out[0] += drawn(j) * low * (0.5 + 0.5*math.Cos(math.Pi*d/half))
			}
		})
		return []Case{{Source: generated, Media: media, Set: []string{"detectors.true-peak.enabled=false"},
			Wants: []Want{{Name: "true peak", Value: 0, Low: 0.4, High: 0.2}}}}
	}
}

// peaks is a sine at a quarter of the sample rate whose samples all miss its peaks by 3 dB; those
// are of a level (dBTP) from 4 s to 8 s.
func peaks(dBTP float64, miss bool) func(Corpus) []Case {
	return func(Corpus) []Case {
		var cases []Case
		for _, codec := range []Codec{PCM, AAC("256k")} {
			sound := Synthesize(fmt.Sprintf("peaks of %g", dBTP), 2, 11, func(i int, out []float64) {
				level := -6.0
				if i >= 4*Rate && i < 8*Rate {
					level = dBTP
				}
				out[0] = amplitudeOf(level) * math.Sin(math.Pi*float64(i)/2+math.Pi/4)
				out[1] = out[0]
			})
			c := Case{Source: generated, Variant: codec.Name, Media: Render(Rendering{Sound: sound, AudioCodec: codec}),
				Set: []string{"detectors.true-peak.keep=500ms"}, Also: []string{"tone"}, Tolerance: Seconds(0.1)}
			if !miss {
				c.Truth = []Defect{Span(4, 8)}
			}
			cases = append(cases, c)
		}
		return cases
	}
}

// levelsOf is a tone that goes from -23 LUFS to another level after 90 s and back after 150 s.
// With a window of a minute it is wrong from late seconds after the first on, and until as much of
// the minute is right again; below 0 it never is.
func levelsOf(lufs, late float64) func(Corpus) []Case {
	return func(Corpus) []Case {
		c := Case{Source: generated, Media: toneSteps([]float64{-23, 90, lufs, 60, -23, 70}), Also: []string{"tone", "dual-mono"}, Tolerance: Seconds(2),
			Set: []string{"detectors.loudness.window=1m", "detectors.loudness.for=1s", "detectors.loudness.keep=2s"}}
		if late >= 0 {
			c.Truth = []Defect{Span(90+late, 210-late)}
		}
		return []Case{c}
	}
}
