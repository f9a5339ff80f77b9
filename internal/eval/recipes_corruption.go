package eval

import (
	"context"
	"fmt"
	"time"
)

// corruptionRecipes are clips of 10 s that lose packets of their video, or have bits wrong, from 3 s to
// 6 s: live, as the damaged stream itself; or baked in, decoded with concealment and coded again, so that
// the pixels are all there is. Pictures count as damaged below 32 dB against the same picture of
// the whole stream, and as whole above 45 dB.
var corruptionRecipes = []Recipe{
	{"corruption", "live: h264, 1% lost", broken{by: sliced(), loss: Loss{Packets: 0.01}}.cases(0)},
	{"corruption", "live: h264, 0.1% lost", broken{by: sliced(), loss: Loss{Packets: 0.001}}.cases(1)},
	{"corruption", "live: h264, 0.02% lost", broken{by: H264("5M"), loss: Loss{Packets: 0.0002}}.cases(2)},
	{"corruption", "live: h264, bits wrong", broken{by: sliced(), loss: Loss{Bits: 0.002}}.cases(3)},
	{"corruption", "live: mpeg2, 0.3% lost", broken{by: MPEG2("3500k"), loss: Loss{Packets: 0.003}}.cases(4)},
	{"corruption", "live: hevc, 0.3% lost", broken{by: HEVC("2M"), loss: Loss{Packets: 0.003}}.cases(5)},
	{"corruption", "baked in: h264, 1% lost", broken{by: sliced(), loss: Loss{Packets: 0.01}, again: H264("3M")}.cases(0)},
	{"corruption", "baked in: h264, 0.3% lost, then 1 Mb/s", broken{by: H264("2500k"), loss: Loss{Packets: 0.003}, again: H264("1M")}.cases(1)},
	{"corruption", "baked in: h264, 0.1% lost", broken{by: sliced(), loss: Loss{Packets: 0.001}, again: H264("3M")}.cases(2)},
	{"corruption", "baked in: h264, 0.02% lost", broken{by: H264("5M"), loss: Loss{Packets: 0.0002}, again: H264("3M")}.cases(3)},
	{"corruption", "baked in: h264, bits wrong", broken{by: sliced(), loss: Loss{Bits: 0.002}, again: MPEG2("4M")}.cases(4)},
	{"corruption", "baked in: mpeg2, 0.3% lost", broken{by: MPEG2("3500k"), loss: Loss{Packets: 0.003}, again: H264("3M")}.cases(5)},
	{"corruption", "baked in: hevc, 0.3% lost", broken{by: HEVC("2M"), loss: Loss{Packets: 0.003}, again: H264("3M")}.cases(6)},
	{"corruption", "baked in: h264, 1% lost, enlarged by 3/2", broken{by: sliced(), loss: Loss{Packets: 0.01}, after: "scale=960:540", again: H264("4M")}.cases(0)},
	{"corruption", "near miss: h264 at 250 kb/s", staged{codecs: []Codec{H264("250k")}, chain: "null", miss: true}.cases(2, 0, 10)},
	{"corruption", "near miss: mpeg2 at 700 kb/s", staged{codecs: []Codec{MPEG2("700k")}, chain: "null", miss: true}.cases(2, 1, 10)},
	{"corruption", "near miss: confetti and noise", staged{codecs: []Codec{H264("2M")}, chain: over(confetti, "overlay") + noise(12), miss: true}.cases(2, 2, 10)},
}

// sliced is x264 with four slices to a picture, as encoders of broadcasts have them: a lost packet
// costs a part of the picture.
func sliced() Codec {
	c := H264("2500k").With("-slices", "4")
	c.Name += " sliced"
	return c
}

// broken is a step whose cases differ only in their sources.
type broken struct {
	by    Codec
	loss  Loss
	after string // filters between the decoder that concealed and the next encoder
	again Codec  // that encoder; none where the damaged stream itself is looked at
}

// cases are two moving pictures of each half.
func (b broken) cases(salt int) func(Corpus) []Case {
	return func(corpus Corpus) []Case {
		var cases []Case
		for i, source := range corpus.Pictures(2, salt) {
			whole := Render(Rendering{
				Picture: corpus.Picture(source, 10), VideoCodec: b.by, Seconds: 10, Container: ".ts",
			})
			loss := b.loss
			loss.From, loss.Until, loss.Seed = 3, 6, uint64(100*salt+i)
			damaged := Damage(whole, loss)
			c := Case{
				Source: source, Variant: b.by.Name, Media: damaged,
				Find: episodes(Spoiled(damaged, whole, 32, 45)),
				Also: []string{"freeze", "stutter", "partial-freeze", "blockiness"},
			}
			if b.again.Name != "" {
				c.Variant += fmt.Sprintf(", then %s", b.again.Name)
				c.Media = Conceal(damaged, b.again)
			}
			if b.after != "" {
				c.Media = Render(Rendering{Picture: Conceal(damaged, Lossless), Video: b.after, VideoCodec: b.again})
			}
			cases = append(cases, c)
		}
		return cases
	}
}

// episodeGap is the dwell of the detector: damage that is gone for less belongs to the same episode.
const episodeGap = 3 * time.Second

// episodes joins defects that are closer than episodeGap; what lies between them may be called
// either way.
func episodes(find func(context.Context, *Shop) ([]Defect, error)) func(context.Context, *Shop) ([]Defect, error) {
	return func(ctx context.Context, shop *Shop) ([]Defect, error) {
		found, err := find(ctx, shop)
		var joined []Defect
		last := -1 // the defect that a near one is joined to
		for _, d := range found {
			switch {
			case d.Maybe:
				joined = append(joined, d)
			case last >= 0 && d.From-joined[last].Until < episodeGap:
				gap := Defect{From: joined[last].Until, Until: d.From, Maybe: true}
				joined[last].Until = d.Until
				joined = append(joined, gap)
			default:
				last = len(joined)
				joined = append(joined, d)
			}
		}
		return joined, err
	}
}
