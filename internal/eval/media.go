package eval

import (
	"context"
	"fmt"
)

// Media is one file to be made. Two with the same key are the same file.
type Media struct {
	Key    string // names everything that the file depends on
	Suffix string // ".mkv"
	make   func(ctx context.Context, shop *Shop, path string) error
}

// Make is a file that none of the other functions can make. It is made again when its key changes.
func Make(key, suffix string, make func(ctx context.Context, shop *Shop, path string) error) Media {
	return Media{Key: key, Suffix: suffix, make: make}
}

// none tells whether there is no such media.
func (m Media) none() bool { return m.make == nil }

// The format of the clean intermediates, in which defects are put.
const (
	Width  = 640
	Height = 360
	FPS    = 25
	Rate   = 48000
)

// longestTurn is the longest stretch that is played forth and back; FFmpeg holds it in memory.
const longestTurn = 12

// Picture cuts seconds of moving pictures out of a source: Width x Height at FPS, coded without
// loss. A source that is too short is played forth and back, which makes neither a cut nor a gap.
func (c Corpus) Picture(s Source, seconds float64) Media {
	return c.PictureFrom(s, 0, seconds)
}

// PictureFrom is [Corpus.Picture] from a moment of the source on.
func (c Corpus) PictureFrom(s Source, from, seconds float64) Media {
	args := append(c.input(s, s.MadePicture), "-map", "0:v:0", "-vf", pictureChain(s, from, seconds), "-t", number(seconds), "-an")
	args = append(args, Lossless.args...)
	return encoded(c.keyOf(s, args), ".mkv", args)
}

// pictureChain is the filters that make the clean intermediate.
func pictureChain(s Source, from, seconds float64) string {
	chain := "setpts=PTS-STARTPTS" + cutOut(s, from, seconds, "trim", "setpts=PTS-STARTPTS")
	chain += fmt.Sprintf(",fps=%d,scale=%d:%d:force_original_aspect_ratio=increase:flags=bilinear:out_range=tv,"+
		"crop=%d:%d,setsar=1,setfield=prog,format=yuv420p", FPS, Width, Height, Width, Height)
	if length := s.Seconds - s.Skip - from; s.MadePicture == "" && seconds > length {
		chain += fmt.Sprintf(",split[forth][b];[b]reverse[back];[forth][back]concat=n=2:v=1,loop=loop=-1:size=%d,"+
			"setpts=N/%d/TB", int(2*min(length, longestTurn)*FPS), FPS)
	}
	return chain
}

// Sound cuts seconds of sound out of a source: stereo at Rate, 16 bits, not coded. A source that is
// too short is played forth and back, which makes no click.
func (c Corpus) Sound(s Source, seconds float64) Media {
	args := append(c.input(s, s.MadeSound), "-map", "0:a:0", "-af", soundChain(s, 0, seconds), "-t", number(seconds), "-vn")
	args = append(args, PCM.args...)
	return encoded(c.keyOf(s, args), ".wav", args)
}

// soundChain is the filters that make the clean intermediate.
func soundChain(s Source, from, seconds float64) string {
	chain := fmt.Sprintf("aresample=%d,aformat=channel_layouts=stereo,asetpts=PTS-STARTPTS", Rate)
	chain += cutOut(s, from, seconds, "atrim", "asetpts=PTS-STARTPTS")
	if length := s.Seconds - s.Skip - from; s.MadeSound == "" && seconds > length {
		chain += fmt.Sprintf(",asplit[ahead][a];[a]areverse[aback];[ahead][aback]concat=n=2:v=0:a=1,aloop=loop=-1:size=%d",
			int(2*min(length, longestTurn)*Rate))
	}
	return chain
}

// cutOut leaves out what is not fit, and what is too long to be played back.
func cutOut(s Source, from, seconds float64, trim, restart string) string {
	if s.MadePicture != "" {
		return ""
	}
	start, length := s.Skip+from, s.Seconds-s.Skip-from
	if seconds > length {
		length = min(length, longestTurn)
	} else {
		length = seconds
	}
	return fmt.Sprintf(",%s=start=%s:duration=%s,%s", trim, number(start), number(length), restart)
}

// input are the arguments that open a source.
func (c Corpus) input(s Source, made string) []string {
	if made != "" {
		return []string{"-f", "lavfi", "-i", made}
	}
	return []string{"-i", c.path(s)}
}
