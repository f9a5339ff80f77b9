package eval

import "time"

// silenceRecipes are sounds of 10 s with silence from 4.7 s to 7.3 s.
var silenceRecipes = []Recipe{
	{"silence", "digital silence", staged{chain: During("volume=0", 4.7, 7.3), codecs: soundCodecs}.silence(0)},
	{"silence", "dither of 16 bits", staged{edit: fillNoise(-96), codecs: soundCodecs}.silence(1)},
	{"silence", "noise floor of -75 dBFS", staged{edit: fillNoise(-75), codecs: soundCodecs}.silence(2)},
	{"silence", "noise floor of -65 dBFS", staged{edit: fillNoise(-65), codecs: soundCodecs}.silence(3)},
	{"silence", "near miss: noise of -50 dBFS", staged{edit: fillNoise(-50), codecs: soundCodecs, miss: true}.silence(1)},
	{"silence", "near miss: one channel only", staged{chain: "aeval='if(between(t,4.7,7.3),0,val(0))|val(1)':c=same", codecs: soundCodecs, miss: true, also: []string{"channel-missing"}}.silence(2)},
}

// soundCodecs are those of the ways in.
var soundCodecs = []Codec{AAC("128k"), MP2("192k"), Opus("96k")}

func (s staged) silence(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.silence.for=1s", "detectors.silence.keep=500ms"}
	s.tolerance = 100 * time.Millisecond
	return s.soundCases(5, salt, 10, Span(4.7, 7.3))
}

// fillNoise puts nothing but white noise of a level (RMS, dBFS) in the place of the sound.
func fillNoise(level float64) *SoundEdit {
	return &SoundEdit{
		Name: "noise of " + number(level) + " from 4.7 until 7.3",
		Change: func(p *PCM16) {
			random := p.Random(1)
			amplitude := amplitudeOf(level)
			p.Between(4.7, 7.3, func(_ int, frame []float64) {
				for c := range frame {
					frame[c] = random.NormFloat64() * amplitude
				}
			})
		},
	}
}
