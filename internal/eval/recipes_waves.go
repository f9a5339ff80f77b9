package eval

import (
	"math"
	"slices"
)

// waveRecipes are defects of the wave itself.
var waveRecipes = []Recipe{
	{"dropout", "holes of 100 ms", staged{edit: holes(0.1, 0), codecs: soundCodecs}.dropout(0)},
	{"dropout", "holes of 20 ms", staged{edit: holes(0.02, 0), codecs: soundCodecs}.dropout(1)},
	{"dropout", "holes of 10 ms, not coded", staged{edit: holes(0.01, 0), codecs: notCoded}.dropout(2)},
	{"dropout", "holes of 30 ms at -60 dB, not coded", staged{edit: holes(0.03, 0.001), codecs: notCoded}.dropout(3)},
	{"dropout", "a sample held for 20 ms, not coded", staged{edit: holes(0.02, -1), codecs: notCoded}.dropout(4)},
	{"dropout", "near miss: pauses with fades", staged{edit: fades, codecs: soundCodecs, miss: true}.dropout(0)},

	{"click", "one wrong sample, 0.3 high, not coded", staged{edit: clicks(1, 0.3), codecs: notCoded}.click(0)},
	{"click", "one wrong sample, 0.1 high, not coded", staged{edit: clicks(1, 0.1), codecs: notCoded}.click(1)},
	{"click", "one wrong sample, 0.3 high", staged{edit: clicks(1, 0.3), codecs: soundCodecs}.click(2)},
	{"click", "five wrong samples, 0.5 high", staged{edit: clicks(5, 0.5), codecs: soundCodecs}.click(3)},
	{"click", "near miss: strokes of a drum", staged{edit: strokes, codecs: soundCodecs, miss: true}.click(0)},

	{"clipping", "10 % of the samples, not coded", staged{edit: clipped(0.1, 1), codecs: notCoded}.clipping(0)},
	{"clipping", "3 % of the samples, not coded", staged{edit: clipped(0.03, 1), codecs: notCoded}.clipping(1)},
	{"clipping", "1 % of the samples, not coded", staged{edit: clipped(0.01, 1), codecs: notCoded}.clipping(2)},
	{"clipping", "3 %, and 6 dB lower after", staged{edit: clipped(0.03, 0.5), codecs: notCoded}.clipping(3)},
	{"clipping", "10 %, coded after", staged{edit: clipped(0.1, 0.9), codecs: soundCodecs}.clipping(0)},
	{"clipping", "20 %, coded after", staged{edit: clipped(0.2, 0.9), codecs: soundCodecs}.clipping(1)},
	{"clipping", "near miss: limited softly", staged{edit: saturated, codecs: soundCodecs, miss: true}.clipping(2)},

	{"hum", "50 Hz at -35 dBFS", staged{edit: hummed(50, -35), codecs: soundCodecs}.hum(0)},
	{"hum", "60 Hz at -40 dBFS", staged{edit: hummed(60, -40), codecs: soundCodecs}.hum(1)},
	{"hum", "50 Hz at -45 dBFS", staged{edit: hummed(50, -45), codecs: soundCodecs}.hum(2)},
	{"hum", "near miss: a bass line", staged{edit: bassLine, codecs: soundCodecs, miss: true}.hum(0)},

	{"dc-offset", "5 %", staged{edit: offset(0.05), codecs: keepsOffset}.offset(0)},
	{"dc-offset", "-3 %", staged{edit: offset(-0.03), codecs: keepsOffset}.offset(1)},
	{"dc-offset", "near miss: 1 %", staged{edit: offset(0.01), codecs: keepsOffset, miss: true}.offset(2)},

	{"tone", "1 kHz at -18 dBFS", staged{edit: toneOf("steady", 1000, -18, nil), codecs: soundCodecs}.tone(0)},
	{"tone", "400 Hz at -30 dBFS", staged{edit: toneOf("steady", 400, -30, nil), codecs: soundCodecs}.tone(1)},
	{"tone", "1 kHz with the EBU's breaks", staged{edit: toneOf("with breaks on the left", 1000, -18, breaks), codecs: soundCodecs}.tone(2)},
	{"tone", "1 kHz under noise of -45 dBFS", staged{edit: toneOf("under noise", 1000, -18, hiss), codecs: soundCodecs}.tone(3)},
	{"tone", "near miss: a tune of sines", staged{edit: toneOf("a tune", 0, -18, tune), codecs: soundCodecs, miss: true}.tone(4)},
	{"tone", "near miss: a note with vibrato", staged{edit: toneOf("vibrato", 0, -18, vibrato), codecs: soundCodecs, miss: true}.tone(0)},
}

var (
	notCoded    = []Codec{PCM}
	keepsOffset = []Codec{PCM, AAC("128k"), MP2("192k")} // Opus takes an offset away by itself
)

func (s staged) dropout(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.dropout.within=2s", "detectors.dropout.keep=1s"}
	s.tolerance = Seconds(1) // some of the holes fall into pauses
	return s.soundCases(4, salt, 12, Span(4, 8))
}

func (s staged) click(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.click.within=3s", "detectors.click.keep=1s"}
	s.tolerance = Seconds(0.5)
	return s.soundCases(4, salt, 12, Span(4, 8))
}

func (s staged) clipping(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.clipping.for=1s", "detectors.clipping.keep=2s"}
	s.tolerance = Seconds(1)
	return s.soundCases(4, salt, 16, Span(4, 10))
}

func (s staged) hum(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.hum.for=4s", "detectors.hum.keep=1s"}
	s.tolerance = Seconds(1.2) // it is measured once a second
	return s.soundCases(4, salt, 20, Span(4, 16))
}

func (s staged) offset(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.dc-offset.for=3s", "detectors.dc-offset.keep=1s"}
	s.tolerance = Seconds(0.5)
	return s.soundCases(3, salt, 14, Span(4, 9))
}

func (s staged) tone(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.tone.for=2s", "detectors.tone.keep=500ms"}
	s.tolerance = Seconds(0.1)
	return s.soundCases(3, salt, 12, Span(4, 9))
}

// holes puts a hole of some seconds into the sound every half second from 4 s to 8 s. What stays is
// a factor; below 0 the last sample before is held.
func holes(seconds, stays float64) *SoundEdit {
	return &SoundEdit{Name: "holes of " + number(seconds) + " leaving " + number(stays), Change: func(p *PCM16) {
		for at := 4.0; at+seconds <= 8.01; at += 0.5 - seconds/8 {
			var held []float64
			p.Between(at, at+seconds, func(i int, frame []float64) {
				if i == 0 {
					held = slices.Clone(frame)
				}
				for c := range frame {
					if stays < 0 {
						frame[c] = held[c]
					} else {
						frame[c] *= stays
					}
				}
			})
		}
	}}
}

// fades are pauses of 100 ms which the sound fades into and out of within 60 ms, every half second.
var fades = &SoundEdit{Name: "pauses with fades from 4 to 8", Change: func(p *PCM16) {
	p.Between(4, 8, func(i int, frame []float64) {
		at := math.Mod(float64(i)/float64(p.Rate), 0.5)
		gain := min(max(math.Abs(at-0.25)-0.05, 0)/0.06, 1)
		for c := range frame {
			frame[c] *= gain * gain
		}
	})
}}

// clicks are wrong samples in a row, some high, eight a second.
func clicks(long int, height float64) *SoundEdit {
	return &SoundEdit{Name: "clicks " + number(float64(long)) + " long, " + number(height) + " high", Change: func(p *PCM16) {
		random := p.Random(4)
		for at := 4.0; at < 8; at += 0.05 + 0.15*random.Float64() {
			sign := float64(1 - 2*random.IntN(2))
			p.Between(at, at+float64(long)/float64(p.Rate), func(_ int, frame []float64) {
				for c := range frame {
					frame[c] += sign * height
				}
			})
		}
	}}
}

// strokes are of a drum with a hard attack: noise that is there within 1 ms and dies away in 60 ms.
var strokes = &SoundEdit{Name: "strokes of a drum from 4 to 8", Change: func(p *PCM16) {
	random := p.Random(5)
	p.Between(4, 8, func(i int, frame []float64) {
		at := math.Mod(float64(i)/float64(p.Rate), 0.25)
		hit := 0.4 * min(at/0.001, 1) * math.Exp(-at/0.06) * random.NormFloat64()
		for c := range frame {
			frame[c] += hit
		}
	})
}}

// clipped cuts the largest samples off, a share of all from 4 s to 10 s, and turns the whole down
// to a ceiling. The sound is brought to one level before, as by an input that is levelled too high.
func clipped(share, ceiling float64) *SoundEdit {
	return &SoundEdit{Name: "levelled and clipped " + number(share) + " below " + number(ceiling), Change: func(p *PCM16) {
		level(p)
		var all []float64
		p.Between(4, 10, func(_ int, frame []float64) {
			for _, v := range frame {
				all = append(all, math.Abs(v))
			}
		})
		slices.Sort(all)
		limit := max(all[int((1-share)*float64(len(all)-1))], 1e-3)
		most := limit
		for _, v := range p.Samples {
			most = max(most, math.Abs(v))
		}
		// What is around is turned down, to keep its tops.
		for i := range p.Samples {
			p.Samples[i] *= 0.9 * ceiling / most
		}
		p.Between(4, 10, func(_ int, frame []float64) {
			for c := range frame {
				frame[c] = min(max(frame[c]*most/limit/0.9, -ceiling), ceiling)
			}
		})
	}}
}

// level brings every half second to one level (RMS), by at most 30 dB, and changes from one to the
// next smoothly.
func level(p *PCM16) {
	const wanted, most, step = 0.1, 30, 0.5
	n := int(step * float64(p.Rate) * float64(p.Channels))
	var gains []float64
	for from := 0; from < len(p.Samples); from += n {
		loud := rms(p.Samples[from:min(from+n, len(p.Samples))])
		gains = append(gains, min(wanted/max(loud, 1e-6), amplitudeOf(most)))
	}
	for i := range p.Samples {
		at := float64(i)/float64(n) - 0.5
		k := min(max(int(math.Floor(at)), 0), len(gains)-1)
		next := min(k+1, len(gains)-1)
		part := min(max(at-float64(k), 0), 1)
		p.Samples[i] *= gains[k]*(1-part) + gains[next]*part
	}
}

// saturated drives the sound hard into a limiter that bends it, and cuts nothing off.
var saturated = &SoundEdit{Name: "saturated", Change: func(p *PCM16) {
	loud := rms(p.Samples)
	for i, v := range p.Samples {
		p.Samples[i] = 0.8 * math.Tanh(0.35*v/max(loud, 1e-4))
	}
}}

// hummed adds hum with two harmonics, of a level (RMS, dBFS), from 4 s to 16 s.
func hummed(hertz, level float64) *SoundEdit {
	return &SoundEdit{Name: "hum of " + number(hertz) + " Hz at " + number(level), Change: func(p *PCM16) {
		w := 2 * math.Pi * hertz / float64(p.Rate)
		a := amplitudeOf(level) * math.Sqrt2 / math.Sqrt(1+0.25+0.09)
		p.Between(4, 16, func(i int, frame []float64) {
			t := w * float64(i)
			for c := range frame {
				frame[c] = 0.8*frame[c] + a*(math.Sin(t)+0.5*math.Sin(2*t+1)+0.3*math.Sin(3*t+2))
			}
		})
	}}
}

// bassLine adds notes of a bass about the mains frequencies, each some hundred milliseconds long.
var bassLine = &SoundEdit{Name: "a bass line", Change: func(p *PCM16) {
	notes := []float64{49, 55, 61.7, 49, 41.2, 58.3, 49, 55, 65.4, 49}
	phase := 0.0
	p.Between(2, 18, func(i int, frame []float64) {
		at := float64(i) / float64(p.Rate) / 0.6
		phase += 2 * math.Pi * notes[int(at)%len(notes)] / float64(p.Rate)
		swell := math.Exp(-1.5 * math.Mod(at, 1))
		for c := range frame {
			frame[c] = 0.7*frame[c] + 0.2*swell*(math.Sin(phase)+0.4*math.Sin(2*phase))
		}
	})
}}

// offset adds a constant from 4 s to 9 s.
func offset(share float64) *SoundEdit {
	return &SoundEdit{Name: "offset of " + number(share), Change: func(p *PCM16) {
		p.Between(4, 9, func(_ int, frame []float64) {
			for c := range frame {
				frame[c] = 0.9*frame[c] + share
			}
		})
	}}
}

// toneOf puts a sine of a level (peak, dBFS) in the place of the sound from 4 s to 9 s. change, where
// there is one, makes the value of a channel of the sine's amplitude and the time.
func toneOf(name string, hertz, level float64, change func(t, sine, amplitude float64, channel int, next func() float64) float64) *SoundEdit {
	return &SoundEdit{Name: "tone " + name + " " + number(hertz) + " " + number(level), Change: func(p *PCM16) {
		random := p.Random(6)
		a := amplitudeOf(level)
		p.Between(4, 9, func(i int, frame []float64) {
			t := float64(i) / float64(p.Rate)
			sine := a * math.Sin(2*math.Pi*hertz*t)
			for c := range frame {
				frame[c] = sine
				if change != nil {
					frame[c] = change(t, sine, a, c, random.NormFloat64)
				}
			}
		})
	}}
}

// breaks are 250 ms every three seconds on the left, which tell the left from the right.
func breaks(t, sine, _ float64, channel int, _ func() float64) float64 {
	if channel == 0 && math.Mod(t+1, 3) < 0.25 {
		return 0
	}
	return sine
}

func hiss(_, sine, _ float64, _ int, next func() float64) float64 {
	return sine + next()*amplitudeOf(-45)
}

func tune(t, _, a float64, _ int, _ func() float64) float64 {
	notes := []float64{440, 494, 523, 587, 659, 587, 523, 494}
	swell := min(min(math.Mod(t, 0.4), 0.4-math.Mod(t, 0.4))/0.02, 1)
	return a * swell * math.Sin(2*math.Pi*notes[int(t/0.4)%len(notes)]*t)
}

func vibrato(t, _, a float64, _ int, _ func() float64) float64 {
	return a * (1 + 0.15*math.Sin(2*math.Pi*5.5*t)) * math.Sin(2*math.Pi*660*t+2*math.Sin(2*math.Pi*5.5*t))
}
