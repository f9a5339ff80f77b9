package eval

import (
	"fmt"
	"slices"
	"time"
)

// staticRecipes are stills and borders that come of equipment: one colour, bars, cards, slates, black
// bars around the picture and levels out of range. Each comes 3 s into the clip and goes after 6 s.
var staticRecipes = slices.Concat(partRecipes, solidRecipes, barsRecipes, cardRecipes, slateRecipes, letterboxRecipes, levelsRecipes)

func (s staged) static(kind string, n, salt int) func(Corpus) []Case {
	s.set = append([]string{"detectors." + kind + ".for=1s", "detectors." + kind + ".keep=500ms"}, s.set...)
	return s.cases(n, salt, 9, Span(3, 6))
}

// multiview shows the material in four windows, one of them by way of a chain of its own.
func multiview(chain string) string {
	return "scale=320:180,split=4[a][b][c][d];[b]hflip" + chain + "[b1];[c]vflip[c1];[d]hflip,vflip[d1];[a][b1][c1][d1]xstack=inputs=4:layout=0_0|320_0|0_180|320_180"
}

// partRecipes are clips of 14 s of which a part stands still from 7 s to 12 s.
var partRecipes = []Recipe{
	{"partial-freeze", "a window of a multiview", staged{chain: multiview("," + Hold(7, 12)), codecs: []Codec{H264("2M")}}.part(0)},
	{"partial-freeze", "the lower third", staged{chain: "split[m][p];[p]crop=640:120:0:240," + Hold(7, 12) + "[q];[m][q]overlay=0:240", codecs: []Codec{H264("2M")}}.part(1)},
	{"partial-freeze", "near miss: a multiview", staged{chain: multiview(""), codecs: []Codec{H264("2M")}, miss: true}.part(2)},
	{"partial-freeze", "near miss: a window that is still from the start", staged{chain: multiview(",select='eq(n,0)',loop=-1:1:0,setpts=N/25/TB,trim=duration=14"), codecs: []Codec{H264("2M")}, miss: true}.part(3)},
	{"partial-freeze", "near miss: a caption over the programme", staged{chain: During("drawbox=x=0:y=250:w=640:h=80:t=fill:color=0x203060", 7, 12) + "," + During("drawbox=x=60:y=275:w=400:h=30:t=fill:color=white", 7, 12), codecs: []Codec{H264("2M")}, miss: true}.part(4)},
}

func (s staged) part(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.partial-freeze.for=2s", "detectors.partial-freeze.keep=500ms"}
	s.tolerance = 500 * time.Millisecond
	return s.cases(3, salt, 14, Span(7, 12))
}

// painted is a picture of one colour in code values, as a filter.
func painted(y, cb, cr int) string { return fmt.Sprintf("lutyuv=y=%d:u=%d:v=%d", y, cb, cr) }

var solidRecipes = []Recipe{
	{"solid-colour", "green of a failed decoder", staged{chain: During(painted(0, 0, 0), 3, 6), codecs: lowHigh, also: []string{"levels"}}.static("solid-colour", 5, 0)},
	{"solid-colour", "grey of a failed decoder", staged{chain: During(painted(128, 128, 128), 3, 6), codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}}.static("solid-colour", 5, 1)},
	{"solid-colour", "blue of a router, noise 3", staged{chain: During(painted(41, 240, 110), 3, 6) + noise(3), codecs: lowHigh}.static("solid-colour", 5, 2)},
	{"solid-colour", "dark blue, noise 6", staged{chain: During(painted(28, 212, 120), 3, 6) + noise(6), codecs: lowHigh}.static("solid-colour", 5, 3)},
	{"solid-colour", "magenta at 300 kb/s, logo of 2.5%", staged{chain: During(painted(106, 202, 222), 3, 6) + ",drawbox=x=40:y=30:w=76:h=76:t=fill:color=white" + noise(2), codecs: []Codec{H264("300k"), HEVC("300k")}}.static("solid-colour", 5, 4)},
	{"solid-colour", "white, noise 6", staged{chain: During(painted(235, 128, 128), 3, 6) + noise(6), codecs: lowHigh, also: []string{"levels"}}.static("solid-colour", 5, 5)},
	{"solid-colour", "near miss: flashes and a fade through white", staged{chain: "fade=t=out:st=3:d=1:color=white:enable='lt(t,4.25)',fade=t=in:st=4.5:d=1:color=white:enable='gte(t,4.25)'," + During(painted(235, 128, 128), 7, 7.4), codecs: lowHigh, miss: true}.static("solid-colour", 5, 6)},
	{"solid-colour", "near miss: title on a plain card", staged{chain: During(painted(60, 180, 110), 3, 6) + "," + During("drawbox=x=220:y=165:w=200:h=24:t=fill:color=white", 3, 6), codecs: lowHigh, miss: true}.static("solid-colour", 5, 7)},
	{"solid-colour", "near miss: clear sky", staged{chain: "null[m];gradients=s=640x360:r=25:c0=0x5080c0:c1=0xa0c0e0:x0=320:y0=0:x1=320:y1=359:n=2:speed=0.00001:d=9[s];[m][s]" + During("overlay", 3, 6), codecs: lowHigh, miss: true}.static("solid-colour", 5, 8)},
}

// overlaid puts one of FFmpeg's own pictures over the material, scaled and placed, with further filters
// over both.
func overlaid(source, scale, place string, more string) string {
	return "null[m];" + source + "=size=640x360:rate=25:duration=9," + scale + ",format=yuv420p[b];[m][b]" + During("overlay="+place, 3, 6) + more
}

// clocks are boxes over the bars that blink twice a second.
const clocks = ",drawbox=x=230:y=150:w=180:h=50:t=fill:color=black:enable='between(t,3,5.99)'," +
	"drawbox=x=250:y=160:w=60:h=30:t=fill:color=white:enable='between(t,3,5.99)*lt(mod(t,0.4),0.2)'"

// fullRange marks the picture as of full range, and makes it that.
var fullRange = H264("2M").With("-pix_fmt", "yuvj420p", "-color_range", "pc")

var barsRecipes = []Recipe{
	{"colour-bars", "EBU 75%", staged{chain: overlaid("pal75bars", "null", "0:0", ""), codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}, also: []string{"freeze"}}.static("colour-bars", 2, 0)},
	{"colour-bars", "EBU 100%, noise 3", staged{chain: overlaid("pal100bars", "null", "0:0", noise(3)), codecs: lowHigh}.static("colour-bars", 2, 1)},
	{"colour-bars", "SMPTE with a clock, noise 6", staged{chain: overlaid("smptebars", "null", "0:0", clocks+noise(6)), codecs: lowHigh}.static("colour-bars", 2, 2)},
	{"colour-bars", "SMPTE HD of BT.709 at 300 kb/s", staged{chain: overlaid("smptehdbars", "null", "0:0", ""), codecs: []Codec{H264("300k"), HEVC("300k")}, tolerance: 600 * time.Millisecond}.static("colour-bars", 2, 3)},
	{"colour-bars", "pillarboxed", staged{chain: overlaid("smptebars", "scale=480:360,pad=640:360:80:0", "0:0", clocks), codecs: lowHigh, also: []string{"letterbox"}}.static("colour-bars", 2, 4)},
	{"colour-bars", "in a window over the programme", staged{chain: overlaid("pal75bars", "scale=400:224", "200:40", noise(2)), codecs: lowHigh}.static("colour-bars", 2, 5)},
	{"colour-bars", "full range", staged{chain: overlaid("smptebars", "null", "0:0", ",scale=out_range=full,format=yuvj420p"), codecs: []Codec{fullRange}}.static("colour-bars", 2, 6)},
	{"colour-bars", "near miss: a small window of bars", staged{chain: overlaid("pal75bars", "scale=160:90", "400:40", ""), codecs: lowHigh, miss: true, also: []string{"test-card"}}.static("colour-bars", 2, 7)},
	{"colour-bars", "near miss: stripes of pastel", staged{chain: stripes("0xf0e0e0", "0xe8e0a0", "0xa0e0e0", "0xa0d8a0", "0xd0a0d0", "0xe0a0a0", "0xa0a0d8"), codecs: lowHigh, miss: true}.static("colour-bars", 2, 8)},
	{"colour-bars", "near miss: stripes of a rainbow", staged{chain: stripes("red", "0xff8000", "yellow", "green", "blue", "0x400080", "0x8000c0"), codecs: lowHigh, miss: true}.static("colour-bars", 2, 9)},
}

// stripes puts seven stripes over the picture.
func stripes(colours ...string) string {
	chain := ""
	for i, colour := range colours {
		if i > 0 {
			chain += ","
		}
		chain += During(fmt.Sprintf("drawbox=x=%d:y=0:w=92:h=360:t=fill:color=%s", i*640/7, colour), 3, 6)
	}
	return chain
}

// greyCard is a grid on grey with a row of bars, as the cards of studios are.
const greyCard = "null[m];color=0x707070:size=640x360:rate=25:duration=9,drawgrid=w=40:h=40:t=2:color=white[g];" +
	"pal75bars=size=640x360:rate=25:duration=9,crop=480:60:80:0,scale=400:64[b];[g][b]overlay=120:140,format=yuv420p[c];[m][c]"

var cardRecipes = []Recipe{
	{"test-card", "bars and a clock of a generator", staged{chain: overlaid("testsrc", "null", "0:0", ""), codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}}.static("test-card", 2, 0)},
	{"test-card", "a moving card, noise 3", staged{chain: overlaid("testsrc2", "null", "0:0", noise(3)), codecs: lowHigh}.static("test-card", 2, 1)},
	{"test-card", "a row of bars in a grid", staged{chain: greyCard + During("overlay", 3, 6), codecs: lowHigh}.static("test-card", 2, 2)},
	{"test-card", "a row of bars in a grid, noise 6", staged{chain: greyCard + During("overlay", 3, 6) + noise(6), codecs: lowHigh}.static("test-card", 2, 3)},
	{"test-card", "bars that roll", staged{chain: overlaid("pal75bars", "scroll=horizontal=0.004", "0:0", ""), codecs: lowHigh, tolerance: 200 * time.Millisecond}.static("test-card", 2, 4)},
	{"test-card", "near miss: colour bars", staged{chain: overlaid("smptebars", "null", "0:0", ""), codecs: lowHigh, miss: true, also: []string{"colour-bars"}}.static("test-card", 2, 5)},
	{"test-card", "near miss: stripes of a rainbow", staged{chain: stripes("red", "0xff8000", "yellow", "green", "blue", "0x400080", "0x8000c0"), codecs: lowHigh, miss: true}.static("test-card", 2, 6)},
}

// taughtStill is a picture, and what `vedette slate` prints of it.
const (
	taughtStill = "mandelbrot=size=640x360:rate=25:start_scale=0.3:end_scale=0.3,loop=-1:1:0,setpts=N/25/TB,trim=duration=9"
	taughtPrint = "still=AYGSjYuCfX9xkl1AU1pXU1C1rKOaj4Nvfo1JV15aV1NQt7Cvp6CXj5B9VGBdWVZTULWvoJOPl4-FbF9eW1hVUlCzopCFenSIkGFfXFlXVFJQsJuKfXNsbI1bXFlXVVNSUKyTfnJpY19zWVhWVVRSUVCmf2tiXVpYXlVUU1NSUVFQY1BQUFBQUFFQUFBQUFBQUVFzcnCCsLihaGZlWlVXWVsjLDVWaXCJYm9lV1NVV1lbICQkKTtlV11oWVFUVlhZWyEkLTQ3O3aWYlJTVVdYWlsiLDY9Q0ZLaFxSVFZXWFpbJDA5QUdLTWhXVFZXWFlaWyY0QEhNUFJcVlZXWFlZWlsqQEtQU1VXWVhZWVlaWltbUFtbW1tbW1tbW1tbW1tbW4FscHdpWVhOeXRiU0tNT1JvZGJrc3VWe25qUElLTVBRaFtYT1ptlJRuVEhKTE1QUWNYTEVFTmljZklJSkxOUFFfTEJAQUJTeVpISktNT1BRWkdBQEJDR2dQSktNTk9QUVZEQUJFRkhYS0xNTk9QUFFTQkRHSUtMUE5PT1BQUFFRelRTUlJRUlJRUVFRUVFRUQ"
)

func slated(more string) string {
	return "null[m];" + taughtStill + ",format=yuv420p[b];[m][b]" + During("overlay", 3, 6) + more
}

var slateRecipes = []Recipe{
	{"slate", "as it was taught", slateStage(slated(""), false, H264("1500k"), MPEG2("3M"), VP8("1M")).static("slate", 2, 0)},
	{"slate", "noise 3", slateStage(slated(noise(3)), false, lowHigh...).static("slate", 2, 1)},
	{"slate", "noise 6 at 300 kb/s", slateStage(slated(noise(6)), false, H264("300k"), HEVC("300k")).static("slate", 2, 2)},
	{"slate", "a clock of 4%, ignore_area 15%", slateStage(slated(clocks), false, lowHigh...).with("detectors.slate.ignore_area=15%").static("slate", 2, 3)},
	{"slate", "of another size", slateStage(slated(",scale=480:270"), false, lowHigh...).static("slate", 2, 4)},
	{"slate", "near miss: mirrored", slateStage(slated(",hflip"), true, lowHigh...).static("slate", 2, 5)},
	{"slate", "near miss: a little darker", slateStage(slated(",lutyuv=y='val*0.85'"), true, lowHigh...).static("slate", 2, 6)},
}

// with adds a setting.
func (s staged) with(setting string) staged {
	s.set = append(s.set, setting)
	return s
}

func slateStage(chain string, miss bool, codecs ...Codec) staged {
	return staged{chain: chain, codecs: codecs, miss: miss, set: []string{"detectors.slate.pictures=" + taughtPrint}}
}

// Bars around the picture, black.
const (
	letterboxed   = "drawbox=x=0:y=0:w=640:h=46:t=fill:color=black:enable='gte(t,3)*lt(t,6)',drawbox=x=0:y=314:w=640:h=46:t=fill:color=black:enable='gte(t,3)*lt(t,6)'"
	pillarboxed   = "drawbox=x=0:y=0:w=110:h=360:t=fill:color=black:enable='gte(t,3)*lt(t,6)',drawbox=x=530:y=0:w=110:h=360:t=fill:color=black:enable='gte(t,3)*lt(t,6)'"
	unletterboxed = "drawbox=x=0:y=0:w=640:h=46:t=fill:color=black:enable='lt(t,3)+gte(t,6)',drawbox=x=0:y=314:w=640:h=46:t=fill:color=black:enable='lt(t,3)+gte(t,6)'"
)

var letterboxRecipes = []Recipe{
	{"letterbox", "letterbox", staged{chain: letterboxed, codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}}.static("letterbox", 3, 0)},
	{"letterbox", "pillarbox, noise 3", staged{chain: pillarboxed + noise(3), codecs: lowHigh}.static("letterbox", 3, 1)},
	{"letterbox", "windowbox", staged{chain: letterboxed + "," + pillarboxed, codecs: lowHigh}.static("letterbox", 3, 2)},
	{"letterbox", "bars go, 300 kb/s", staged{chain: unletterboxed, codecs: []Codec{H264("300k"), HEVC("300k")}}.static("letterbox", 3, 3)},
	{"letterbox", "dim programme", staged{chain: "lutyuv=y='16+(val-16)/2'," + letterboxed, codecs: lowHigh}.static("letterbox", 3, 4)},
	{"letterbox", "near miss: dark scene", staged{chain: During("lutyuv=y='16+(val-16)/6'", 3, 6), codecs: lowHigh, miss: true}.static("letterbox", 3, 1)},
	{"letterbox", "near miss: fade through black in bars", staged{chain: "fade=t=out:st=3:d=1:enable='lt(t,4.5)',fade=t=in:st=5:d=1:enable='gte(t,4.5)',drawbox=y=0:h=46:t=fill:color=black,drawbox=y=314:h=46:t=fill:color=black", codecs: lowHigh, miss: true}.static("letterbox", 3, 2)},
	{"letterbox", "near miss: title on black", staged{chain: During(blacked, 3, 6) + "," + During("drawbox=x=170:y=120:w=300:h=24:t=fill:color=white", 3, 6) + "," + During("drawbox=x=200:y=200:w=240:h=24:t=fill:color=white", 3, 6), codecs: lowHigh, miss: true}.static("letterbox", 3, 3)},
	{"letterbox", "near miss: subtitles in the lower bar", staged{chain: "drawbox=y=0:h=46:t=fill:color=black,drawbox=y=314:h=46:t=fill:color=black," + During("drawbox=x=220:y=325:w=200:h=16:t=fill:color=white", 3, 6), codecs: lowHigh, miss: true}.static("letterbox", 3, 4)},
}

// patch makes a part of the picture, at the left edge, of one luma.
func patch(width, height, luma int, more string) string {
	return fmt.Sprintf("split[m][p];[p]crop=%d:%d:0:0,lutyuv=y=%d:u=128:v=128[q];[m][q]", width, height, luma) +
		During("overlay=0:40", 3, 6) + more
}

var levelsRecipes = []Recipe{
	{"levels", "white at 254 on 4%", staged{chain: patch(128, 72, 254, ""), codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}}.static("levels", 2, 0)},
	{"levels", "white at 250 on 2%, noise 2", staged{chain: patch(96, 48, 250, noise(2)), codecs: lowHigh}.static("levels", 2, 1)},
	{"levels", "black at 1 on 4%", staged{chain: patch(128, 72, 1, ""), codecs: lowHigh}.static("levels", 2, 2)},
	{"levels", "black at 2 on 2% at 300 kb/s", staged{chain: patch(96, 48, 2, ""), codecs: []Codec{H264("300k"), HEVC("300k")}}.static("levels", 2, 3)},
	{"levels", "near miss: white at 242 on 10%", staged{chain: patch(192, 120, 242, ""), codecs: lowHigh, miss: true}.static("levels", 2, 4)},
	{"levels", "near miss: white at 254 on 0.5%", staged{chain: patch(36, 32, 254, ""), codecs: lowHigh, miss: true}.static("levels", 2, 5)},
	{"levels", "near miss: full range", staged{chain: "scale=out_range=full,format=yuvj420p", codecs: []Codec{fullRange}, miss: true}.static("levels", 2, 6)},
}
