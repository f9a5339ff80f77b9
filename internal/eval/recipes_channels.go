package eval

import (
	"context"
	"math"
)

// channelRecipes are defects between the channels of a pair, from 4 s to 8 or 9 s.
var channelRecipes = []Recipe{
	{"channel-missing", "digital silence", staged{edit: right("nothing", nothing), codecs: soundCodecs}.missing(0)},
	{"channel-missing", "noise floor of -75 dBFS", staged{edit: right("noise of -75", noiseOf(-75)), codecs: soundCodecs}.missing(1)},
	{"channel-missing", "noise floor of -65 dBFS", staged{edit: right("noise of -65", noiseOf(-65)), codecs: soundCodecs}.missing(2)},
	{"channel-missing", "crosstalk of -40 dB", staged{edit: right("crosstalk of -40", ofLeft(-40)), codecs: soundCodecs}.missing(3)},
	{"channel-missing", "digital silence, low rates", staged{edit: right("nothing", nothing), codecs: lowSoundCodecs}.missing(4)},
	{"channel-missing", "near miss: 15 dB lower", staged{edit: right("15 dB lower", ofLeft(-15)), codecs: soundCodecs, miss: true}.missing(0)},
	{"channel-missing", "near miss: 24 dB lower", staged{edit: right("24 dB lower", ofLeft(-24)), codecs: soundCodecs, miss: true}.missing(1)},
	{"channel-missing", "near miss: both silent", staged{chain: During("volume=0", 4, 8), codecs: soundCodecs, miss: true,
		also: []string{"silence"}}.missing(2)},

	{"phase", "one channel reversed", staged{edit: right("reversed", ofRight(-1)), codecs: soundCodecs}.phase(0)},
	{"phase", "reversed and 10 dB lower", staged{edit: right("reversed, 10 dB lower", ofRight(-0.316)), codecs: soundCodecs}.phase(1)},
	{"phase", "reversed mono", staged{edit: right("left reversed", ofLeftBy(-1)), codecs: soundCodecs}.phase(2)},
	{"phase", "near miss: one channel 15 ms late", staged{edit: lateRight(0.015), codecs: soundCodecs, miss: true}.phase(3)},
	{"phase", "near miss: no correlation", staged{edit: lateRight(0.2), codecs: soundCodecs, miss: true}.phase(4)},
	{"phase", "near miss: one channel missing", staged{edit: right("nothing", nothing), codecs: soundCodecs, miss: true,
		also: []string{"channel-missing"}}.phase(0)},

	{"dual-mono", "left on both", staged{edit: decorrelated("the same", 0), codecs: soundCodecs}.dualMono(0)},
	{"dual-mono", "noise 45 dB below", staged{edit: decorrelated("noise 45 dB below", -45), codecs: soundCodecs}.dualMono(1)},
	{"dual-mono", "near miss: noise 15 dB below", staged{edit: decorrelated("noise 15 dB below", -15), codecs: soundCodecs, miss: true}.dualMono(2)},
}

// MP3 is LAME.
func MP3(rate string) Codec { return audio("libmp3lame", rate) }

// lowSoundCodecs are starved.
var lowSoundCodecs = []Codec{AAC("64k"), MP3("96k"), Opus("48k")}

func (s staged) missing(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.channel-missing.for=1s", "detectors.channel-missing.keep=500ms"}
	s.tolerance = Seconds(0.1)
	cases := s.soundCases(5, salt, 11, Span(4, 8))
	return func(corpus Corpus) []Case {
		all := cases(corpus)
		for i := range all {
			if !s.miss {
				all[i].Truth, all[i].Find = nil, heardMissing(Edit(corpus.Sound(all[i].Source, 11), *s.edit))
			}
		}
		return all
	}
}

// heardMissing finds from when a right channel that is missing from 4 s to 8 s can be heard to be:
// the first block after that in which the left one carries programme. It is until the right one does.
func heardMissing(sound Media) func(context.Context, *Shop) ([]Defect, error) {
	return func(ctx context.Context, shop *Shop) ([]Defect, error) {
		path, err := shop.File(ctx, sound)
		if err != nil {
			return nil, err
		}
		p, err := readWAV(path)
		if err != nil {
			return nil, err
		}
		return []Defect{Span(p.loudFrom(4, 0), p.loudFrom(8, 1))}, nil
	}
}

// loudFrom is the first moment from one on at which 20 ms of a channel are above -50 dBFS.
func (p *PCM16) loudFrom(from float64, channel int) float64 {
	const block, programme = 0.02, -50
	at := from
	for ; int((at+block)*float64(p.Rate))*p.Channels <= len(p.Samples); at += block {
		var x []float64
		p.Between(at, at+block, func(_ int, frame []float64) { x = append(x, frame[channel]) })
		if rms(x) >= amplitudeOf(programme) {
			break
		}
	}
	return at
}

func (s staged) phase(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.phase.for=2s", "detectors.phase.keep=1s"}
	s.tolerance = Seconds(0.5)
	return s.soundCases(4, salt, 14, Span(4, 9))
}

func (s staged) dualMono(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.dual-mono.for=2s", "detectors.dual-mono.keep=500ms"}
	s.tolerance = Seconds(0.1)
	return s.soundCases(3, salt, 13, Span(4, 9))
}

// right changes the right channel from 4 s up to 8 or 9 s: value makes it of both. next is a source
// of normal noise.
func right(name string, value func(left, right float64, next func() float64) float64) *SoundEdit {
	return &SoundEdit{Name: "right from 4: " + name, Change: func(p *PCM16) {
		until := 8.0
		if len(p.Samples)/p.Channels >= 13*p.Rate {
			until = 9
		}
		random := p.Random(2)
		p.Between(4, until, func(_ int, frame []float64) {
			frame[1] = value(frame[0], frame[1], random.NormFloat64)
		})
	}}
}

func nothing(_, _ float64, _ func() float64) float64 { return 0 }

func noiseOf(level float64) func(_, _ float64, next func() float64) float64 {
	return func(_, _ float64, next func() float64) float64 { return next() * amplitudeOf(level) }
}

func ofLeft(level float64) func(left, _ float64, _ func() float64) float64 {
	return ofLeftBy(amplitudeOf(level))
}

func ofLeftBy(factor float64) func(left, _ float64, _ func() float64) float64 {
	return func(left, _ float64, _ func() float64) float64 { return left * factor }
}

func ofRight(factor float64) func(_, right float64, _ func() float64) float64 {
	return func(_, right float64, _ func() float64) float64 { return right * factor }
}

// lateRight makes the right channel the left one some seconds ago, throughout.
func lateRight(seconds float64) *SoundEdit {
	return &SoundEdit{Name: "right late by " + number(seconds), Change: func(p *PCM16) {
		lag := int(seconds * float64(p.Rate))
		for i := len(p.Samples)/p.Channels - 1; i >= 0; i-- {
			p.Samples[i*p.Channels+1] = p.Samples[max(i-lag, 0)*p.Channels]
		}
	}}
}

// decorrelated makes a sound stereo but from 4 s to 9 s, where the right channel is the left one with
// noise of a level against it, in dB; 0 stands for none.
func decorrelated(name string, below float64) *SoundEdit {
	return &SoundEdit{Name: "stereo, but from 4 to 9: " + name, Change: func(p *PCM16) {
		left := make([]float64, len(p.Samples)/p.Channels)
		for i := range left {
			left[i] = p.Samples[i*p.Channels]
		}
		lateRight(0.02).Change(p)
		random := p.Random(3)
		loud := rms(left)
		p.Between(4, 9, func(_ int, frame []float64) {
			frame[1] = frame[0]
			if below < 0 {
				frame[1] += random.NormFloat64() * amplitudeOf(below) * loud
			}
		})
	}}
}

func rms(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return math.Sqrt(sum / float64(max(len(x), 1)))
}
