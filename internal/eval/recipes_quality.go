package eval

import (
	"context"
	"fmt"
)

// blockinessRecipes are clips of 12 s of which 4 s to 9 s came over a starved encoder, before all of it was
// coded once more at a rate that leaves that as it is.
var blockinessRecipes = []Recipe{
	{"blockiness", "mpeg2 at quantiser 31", upstream{by: mpeg2At(31)}.blockiness(0)},
	{"blockiness", "mpeg2 at quantiser 20", upstream{by: mpeg2At(20)}.blockiness(1)},
	{"blockiness", "mpeg2 at quantiser 12", upstream{by: mpeg2At(12)}.blockiness(2)},
	{"blockiness", "mpeg2 at 200 kb/s", upstream{by: MPEG2("200k")}.blockiness(3)},
	{"blockiness", "h264 not deblocked, quantiser 48", upstream{by: h264At(48, "no-deblock=1")}.blockiness(4)},
	{"blockiness", "h264 not deblocked, quantiser 44", upstream{by: h264At(44, "no-deblock=1")}.blockiness(5)},
	{"blockiness", "h264 not deblocked, quantiser 40", upstream{by: h264At(40, "no-deblock=1")}.blockiness(6)},
	{"blockiness", "vp8 without its filter, 120 kb/s", upstream{by: VP8("120k").With("-profile:v", "3")}.blockiness(0)},
	{"blockiness", "quantiser 31, then moved by 5 and 3 pixels", upstream{by: mpeg2At(31), after: "crop=620:352:5:3,pad=640:360:0:0"}.blockiness(1)},
	{"blockiness", "quantiser 31, then enlarged by 3/2", upstream{by: mpeg2At(31), before: "scale=427:240", after: "scale=640:360"}.blockiness(2)},
	{"blockiness", "near miss: mpeg2 at quantiser 4", upstream{by: mpeg2At(4), miss: true}.blockiness(3)},
	{"blockiness", "near miss: h264 deblocked, quantiser 44", upstream{by: h264At(44, ""), miss: true}.blockiness(4)},
	{"blockiness", "near miss: noise", upstream{by: Lossless, after: "noise=alls=24:allf=t", miss: true}.blockiness(5)},
	{"blockiness", "near miss: a table", upstream{by: Lossless, after: "drawgrid=w=80:h=20:t=1:c=white@0.6", miss: true}.blockiness(6)},
}

// noiseRecipes are clips of 12 s with noise from 4 s to 9 s.
var noiseRecipes = []Recipe{
	{"noise", "snow", staged{chain: snow(640, 360, 100), codecs: []Codec{H264("6M"), MPEG2("8M")}}.noise(0)},
	{"noise", "snow of an analogue tuner", staged{chain: snow(240, 360, 90), codecs: []Codec{H264("4M"), MPEG2("8M")}}.noise(1)},
	{"noise", "snow at 1 Mb/s", staged{chain: snow(320, 180, 100), codecs: []Codec{H264("1M")}}.noise(2)},
	{"noise", "noise 64", staged{chain: During("noise=alls=64:allf=t", 4, 9), codecs: []Codec{H264("8M"), MPEG2("12M")}}.noise(3)},
	{"noise", "noise 32", staged{chain: During("noise=alls=32:allf=t", 4, 9), codecs: []Codec{H264("8M"), MPEG2("12M")}}.noise(4)},
	{"noise", "noise 20", staged{chain: During("noise=alls=20:allf=t", 4, 9), codecs: []Codec{H264("8M")}}.noise(5)},
	{"noise", "noise 32, coded at 1500 kb/s", staged{chain: During("noise=alls=32:allf=t", 4, 9), codecs: []Codec{H264("1500k"), HEVC("1500k")}}.noise(6)},
	{"noise", "near miss: noise 8", staged{chain: During("noise=alls=8:allf=t", 4, 9), codecs: []Codec{H264("4M")}, miss: true}.noise(0)},
	{"noise", "near miss: grain of film", staged{chain: over("color=gray:s=320x180:r=25,noise=alls=24:allf=t,scale=640:360", "blend=all_mode=grainmerge"), codecs: []Codec{H264("4M")}, miss: true}.noise(1)},
	{"noise", "near miss: confetti", staged{chain: over(confetti, "overlay"), codecs: []Codec{H264("3M"), VP8("3M")}, miss: true}.noise(2)},
}

// confetti is 1 % of the picture in squares that are elsewhere in each picture.
const confetti = "color=black:s=106x60:r=25,noise=alls=100:allf=t,lutyuv=y='gt(val,52)*235':u='gt(val,100)*90+80':v=200," +
	"scale=640:360:flags=neighbor,format=yuv420p,colorkey=black:0.2:0"

// blurRecipes are clips of 25 s that are out of focus from 12 s to 20 s.
var blurRecipes = []Recipe{
	{"blur", "Gaussian of 8 pixels", staged{chain: During("gblur=sigma=8", 12, 20), codecs: []Codec{H264("1500k"), MPEG2("4M")}}.blur(0)},
	{"blur", "Gaussian of 5 pixels", staged{chain: During("gblur=sigma=5", 12, 20), codecs: []Codec{H264("1500k"), MPEG2("4M")}}.blur(1)},
	{"blur", "Gaussian of 3 pixels", staged{chain: During("gblur=sigma=3", 12, 20), codecs: []Codec{H264("1500k")}}.blur(2)},
	{"blur", "Gaussian of 5 pixels, noise 6", staged{chain: During("gblur=sigma=5", 12, 20) + noise(6), codecs: []Codec{H264("3M")}}.blur(3)},
	{"blur", "near miss: Gaussian of 1 pixel", staged{chain: During("gblur=sigma=1", 12, 20), codecs: []Codec{H264("1500k")}, miss: true}.blur(4)},
	{"blur", "near miss: a sharp title over it", staged{chain: During("gblur=sigma=8", 12, 20) + "," + During("drawgrid=w=12:h=9:t=3:c=white@0.9:x=4:y=2", 12, 20), codecs: []Codec{H264("1500k")}, miss: true}.blur(5)},
	{"blur", "near miss: fades to black and up", staged{chain: "fade=t=out:st=12:d=4:enable='lt(t,16)',fade=t=in:st=16:d=4:enable='gte(t,16)'", codecs: []Codec{H264("1500k")}, miss: true}.blur(6)},
	{"blur", "near miss: coded at 150 kb/s", staged{codecs: []Codec{H264("150k"), HEVC("150k")}, miss: true}.blur(0)},
}

func (s staged) noise(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.noise.for=2s", "detectors.noise.keep=1s"}
	s.tolerance = Seconds(0.2)
	return s.cases(3, salt, 12, Span(4, 9))
}

func (s staged) blur(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.blur.for=2s", "detectors.blur.keep=1s", "detectors.blur.learn=8s"}
	s.tolerance = Seconds(0.5)
	return s.cases(3, salt, 25, Span(12, 20))
}

// snow is noise and no picture from 4 s to 9 s, with pixels as coarse as those of a picture of that size.
func snow(width, height, level int) string {
	return over(fmt.Sprintf("color=gray:s=%dx%d:r=25,noise=alls=%d:allf=t,scale=640:360", width, height, level), "overlay")
}

// over joins what a graph makes with the material by a filter, from 4 s to 9 s.
func over(made, filter string) string {
	return "null[below];" + made + ",format=yuv420p[above];[below][above]" + During(filter, 4, 9)
}

// upstream is a step whose cases went through an encoder that spoils, from 4 s to 9 s.
type upstream struct {
	by            Codec
	before, after string // filters before and after that encoder
	miss          bool
}

func (u upstream) blockiness(salt int) func(Corpus) []Case {
	const seconds = 12
	return func(corpus Corpus) []Case {
		var cases []Case
		for _, source := range corpus.Pictures(3, salt) {
			clean := corpus.Picture(source, seconds)
			starved := Render(Rendering{Picture: clean, Video: u.before, VideoCodec: u.by, Seconds: seconds})
			c := Case{
				Source: source, Media: spliced(clean, starved, u.after, H264("6M")), Tolerance: Seconds(0.5),
				Set: []string{"detectors.blockiness.for=2s", "detectors.blockiness.keep=1s"},
			}
			if !u.miss {
				c.Truth = []Defect{Span(4, 9)}
			}
			cases = append(cases, c)
		}
		return cases
	}
}

// spliced shows, from 4 s to 9 s, a file in place of another one.
func spliced(clean, other Media, filter string, codec Codec) Media {
	if filter == "" {
		filter = "null"
	}
	key := fmt.Sprintf("splice {%s} with {%s} by %s as %q", clean.Key, other.Key, filter, codec.args)
	return Make(key, ".mkv", func(ctx context.Context, shop *Shop, path string) error {
		args := []string{"-v", "error", "-filter_complex_threads", "1"}
		for _, m := range []Media{clean, other} {
			file, err := shop.File(ctx, m)
			if err != nil {
				return err
			}
			args = append(args, "-i", file)
		}
		graph := "[1:v:0]" + filter + "[other];[0:v:0][other]" + During("overlay", 4, 9)
		args = append(append(args, "-filter_complex", graph), codec.args...)
		_, err := shop.FFmpeg(ctx, append(args, "-threads", "1", path)...)
		return err
	})
}

// mpeg2At is MPEG-2 at one quantiser, 1 to 31, as a multiplexer with no bits left leaves it.
func mpeg2At(quantiser int) Codec {
	q := fmt.Sprint(quantiser)
	return Codec{Name: "mpeg2 quantiser " + q, args: []string{"-c:v", "mpeg2video", "-q:v", q, "-qmin", q, "-qmax", q, "-g", "12", "-bf", "2", "-pix_fmt", "yuv420p"}}
}

// h264At is x264 at one quantiser, 0 to 51.
func h264At(quantiser int, params string) Codec {
	q := fmt.Sprint(quantiser)
	c := Codec{Name: "h264 quantiser " + q, args: []string{"-c:v", "libx264", "-preset", "veryfast", "-qp", q, "-g", "50", "-pix_fmt", "yuv420p"}}
	if params != "" {
		c = c.With("-x264-params", params)
	}
	return c
}
