package eval

import (
	"fmt"
	"time"
)

// staged is a step whose cases differ only in their sources and encoders.
type staged struct {
	chain     string     // of filters that put the defect in
	edit      *SoundEdit // instead, of samples of sound
	codecs    []Codec    // taken in turn
	miss      bool       // a near miss: there is no defect
	set, also []string
	tolerance time.Duration
}

// cases are n moving pictures of each half.
func (s staged) cases(n, salt int, seconds float64, truth ...Defect) func(Corpus) []Case {
	return func(corpus Corpus) []Case {
		var cases []Case
		for i, source := range corpus.Pictures(n, salt) {
			codec := s.codecs[i%len(s.codecs)]
			cases = append(cases, s.of(source, codec, truth, Render(Rendering{
				Picture: corpus.Picture(source, seconds), Video: s.chain, VideoCodec: codec, Seconds: seconds,
			})))
		}
		return cases
	}
}

// soundCases are n sounds of each half.
func (s staged) soundCases(n, salt int, seconds float64, truth ...Defect) func(Corpus) []Case {
	return func(corpus Corpus) []Case {
		var cases []Case
		for i, source := range corpus.Sounds(n, salt) {
			codec := s.codecs[i%len(s.codecs)]
			sound := corpus.Sound(source, seconds)
			if s.edit != nil {
				sound = Edit(sound, *s.edit)
			}
			cases = append(cases, s.of(source, codec, truth, Render(Rendering{
				Sound: sound, Audio: s.chain, AudioCodec: codec, Seconds: seconds,
			})))
		}
		return cases
	}
}

func (s staged) of(source Source, codec Codec, truth []Defect, media Media) Case {
	c := Case{Source: source, Variant: codec.Name, Media: media, Set: s.set, Also: s.also, Tolerance: s.tolerance}
	if !s.miss {
		c.Truth = truth
	}
	return c
}

// lowHigh are the encoders of most steps: starved and ample.
var lowHigh = []Codec{H264("400k"), H264("2M")}

// noise is that of a way with noise: new in every picture, uniform up to n code values.
func noise(n int) string { return fmt.Sprintf(",noise=alls=%d:allf=t", n) }
