package eval

import (
	"context"
	"fmt"
	"os"
)

// The kinds of cases that belong to no detector.
const (
	CleanKind = "clean" // nothing may be told
	RealKind  = "real"  // see [Expectations]
)

// The steps of the clean cases.
const (
	AsItIs = "as it is"
	Looped = "looped"
)

// loopSeconds is how long a clip is looped at each rate.
const loopSeconds = 60

// cleanRates are the three ways in which the clean clips are coded again, each with another cut of
// the clip and of the frame.
var cleanRates = []struct {
	video, audio Codec
	frame        string
}{
	{H264("400k"), AAC("96k"), ""},
	{MPEG2("2500k"), MP2("192k"), ",crop=608:342:0:18,scale=640:360"},
	{H264("3M"), Opus("96k"), ",crop=608:342:32:0,scale=640:360,hflip"},
}

// CleanCases are clean clips: as they are, with every setting at its default, and looped.
func CleanCases(corpus Corpus) []Case {
	var cases []Case
	for _, s := range corpus.Sources {
		if corpus.Real() {
			cases = append(cases, Case{Kind: CleanKind, Step: AsItIs, Source: s, Media: corpus.link(s.File)})
		}
		for i, rate := range cleanRates {
			from := float64(i) * (s.Seconds - s.Skip) / float64(len(cleanRates)+1)
			cases = append(cases, Case{
				Kind: CleanKind, Step: Looped, Source: s, Variant: rate.video.Name + ", " + rate.audio.Name,
				Media: corpus.programme(s, from, loopSeconds, rate.frame, rate.video, rate.audio),
			})
		}
	}
	return cases
}

// link is a clip as it is.
func (c Corpus) link(file string) Media {
	path := c.path(Source{File: file})
	return Make("clip "+file, suffixOf(file), func(_ context.Context, _ *Shop, made string) error {
		_ = os.Remove(made)
		return os.Symlink(path, made)
	})
}

func suffixOf(file string) string {
	for i := len(file) - 1; i >= 0; i-- {
		if file[i] == '.' {
			return file[i:]
		}
	}
	return ".bin"
}

// programme codes a stretch of a source, pictures and sound, without an intermediate.
func (c Corpus) programme(s Source, from, seconds float64, frame string, video, audio Codec) Media {
	var args, output []string
	inputs := 0
	add := func(made, kind, chain string, codec Codec) {
		args = append(args, c.input(s, made)...)
		output = append(output, "-filter_complex", fmt.Sprintf("[%d:%s:0]%s[out%s]", inputs, kind, chain, kind), "-map", "[out"+kind+"]")
		output = append(output, codec.args...)
		inputs++
	}
	if s.Video {
		add(s.MadePicture, "v", pictureChain(s, from, seconds)+frame, video)
	}
	if s.Audio {
		add(s.MadeSound, "a", soundChain(s, from, seconds), audio)
	}
	args = append(append(args, output...), "-t", number(seconds))
	return encoded("programme "+c.keyOf(s, args), ".mkv", args)
}
