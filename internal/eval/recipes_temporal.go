package eval

import "fmt"

// flashRecipes are clips of 9 s that flash from about 4 s to 7 s. Luma is that of cd/m2 on the display of
// ITU-R BT.1702-3: 98 is 19 cd/m2 and 102 is 21, 213 is 155, 223 is 174, 225 is 178, 218 is 165.
var flashRecipes = []Recipe{
	{"flash", "white on black, 5 a second", strobe{below: flat(16), lit: flat(235), period: 5, on: 2}.cases(0)},
	{"flash", "white over programme, 5 a second", strobe{lit: flat(235), period: 5, on: 2}.cases(1)},
	{"flash", "brighter programme, 5 a second", strobe{lit: "lutyuv=y='min(val+60,235)'", period: 5, on: 2}.cases(2)},
	{"flash", "4 a second, 50 pictures a second", strobe{below: flat(16), lit: flat(235), fps: 50, period: 12, on: 6}.cases(3)},
	{"flash", "4.3 a second, 30 pictures a second", strobe{below: flat(16), lit: flat(235), fps: 30, period: 7, on: 3}.cases(4)},
	{"flash", "leading edges 320 ms apart", strobe{below: flat(16), lit: flat(235), period: 8, on: 4}.cases(5)},
	{"flash", "area 26.25 %", strobe{below: flat(16), lit: box(0.2625, "white"), period: 5, on: 2}.cases(0)},
	{"flash", "from black by 21 cd/m2", strobe{below: flat(16), lit: flat(102), period: 5, on: 2}.cases(1)},
	{"flash", "from 155 cd/m2 by 23", strobe{below: flat(213), lit: flat(225), period: 5, on: 2}.cases(2)},
	{"flash", "dark saturated red", strobe{below: flat(16), lit: colour(45, 116, 190), period: 5, on: 2}.cases(3)},
	{"flash", "HLG, from 164 cd/m2 by 1 to 14", strobe{below: flat(173), lit: flat(178), period: 5, on: 2, transfer: "arib-std-b67"}.cases(4)},
	{"flash", "PQ, from black by 22 cd/m2", strobe{below: flat(16), lit: flat(96), period: 5, on: 2, transfer: "smpte2084"}.cases(5)},
	{"flash", "near miss: three flashes", strobe{below: flat(60), lit: flat(235), period: 5, on: 2, flashes: 3, miss: true}.cases(0)},
	{"flash", "near miss: leading edges 360 ms apart", strobe{below: flat(16), lit: flat(235), period: 9, on: 5, miss: true}.cases(1)},
	{"flash", "near miss: area 23.75 %", strobe{below: flat(16), lit: box(0.2375, "white"), period: 5, on: 2, miss: true}.cases(2)},
	{"flash", "near miss: from black by 19 cd/m2", strobe{below: flat(16), lit: flat(98), period: 5, on: 2, miss: true}.cases(3)},
	{"flash", "near miss: from 155 cd/m2 by 19", strobe{below: flat(213), lit: flat(223), period: 5, on: 2, miss: true}.cases(4)},
	{"flash", "near miss: from 165 cd/m2", strobe{below: flat(218), lit: flat(235), period: 5, on: 2, miss: true}.cases(5)},
	{"flash", "near miss: HLG, from 164 cd/m2 by 1 to 24", strobe{below: flat(173), lit: flat(176), period: 5, on: 2, transfer: "arib-std-b67", miss: true}.cases(0)},
	{"flash", "near miss: PQ, from black by 19 cd/m2", strobe{below: flat(16), lit: flat(93), period: 5, on: 2, transfer: "smpte2084", miss: true}.cases(1)},
	{"flash", "near miss: hand-held, shaking", shaken},
}

// flat is a picture of one gray.
func flat(luma int) string { return colour(luma, 128, 128) }

func colour(y, cb, cr int) string { return fmt.Sprintf("lutyuv=y=%d:u=%d:v=%d", y, cb, cr) }

// box fills the left part of the picture.
func box(area float64, colour string) string {
	return fmt.Sprintf("drawbox=w=%d:h=ih:color=%s:t=fill", int(area*Width+0.5), colour)
}

// strobe is a step in which something is lit for some pictures of every period.
type strobe struct {
	below, lit      string // filters: of all pictures, and of those that are lit
	fps, period, on int    // pictures a second (25), and of each flash
	flashes         int    // how many, 0 for three seconds of them
	transfer        string
	miss            bool
}

func (s strobe) cases(salt int) func(Corpus) []Case {
	fps := s.fps
	if fps == 0 {
		fps = FPS
	}
	first := (4*fps + s.period - 1) / s.period * s.period
	last := first + 3*fps/s.period*s.period
	if s.flashes > 0 {
		last = first + s.flashes*s.period
	}
	chain := fmt.Sprintf("fps=%d,", fps)
	if s.below != "" {
		chain += s.below + ","
	}
	chain += fmt.Sprintf("%s:enable='between(n,%d,%d)*lt(mod(n,%d),%d)'", s.lit, first, last-1, s.period, s.on)
	codec := H264("3M")
	if s.transfer != "" {
		chain += ",setparams=color_trc=" + s.transfer
		codec = codec.With("-color_trc", s.transfer)
	}
	step := staged{chain: chain, codecs: []Codec{codec}, miss: s.miss, tolerance: Seconds(0.4), set: []string{"detectors.flash.keep=1s"}}
	if s.below != "" {
		step.also = []string{"black", "solid-colour", "freeze"} // which they are, but for the flashes
	}
	return step.cases(2, salt, 9, Span(float64(first)/float64(fps), float64(last)/float64(fps)))
}

var shaken = staged{chain: "crop=480:270:'80+40*sin(n/3)':'45+30*cos(n/2.2)',scale=640:360", codecs: []Codec{H264("2M")}, miss: true}.cases(3, 2, 9)

// interlaceRecipes are clips of 8 s made of twice as many pictures, so that each field has its own moment.
var interlaceRecipes = []Recipe{
	{"interlace", "top field first, said to be bottom", woven{order: "top", said: "bff", codec: mpeg2Fields}.cases(0)},
	{"interlace", "bottom field first, said to be top", woven{order: "bottom", said: "tff", codec: h264Fields}.cases(1)},
	{"interlace", "fields not filtered, said to be bottom first", woven{order: "top", said: "bff", codec: h264Fields, sharp: true}.cases(2)},
	{"interlace", "fields said to be progressive", woven{order: "top", said: "prog", codec: H264("3M")}.cases(3)},
	{"interlace", "fields said to be progressive, 1 Mb/s", woven{order: "bottom", said: "prog", codec: H264("1M")}.cases(4)},
	{"interlace", "3:2 fields said to be progressive", woven{pulldown: true, said: "prog", codec: H264("3M")}.cases(5)},
	{"interlace", "lines exchanged", woven{order: "top", said: "tff", codec: h264Fields, after: "il=ls=1:cs=1,"}.cases(0)},
	{"interlace", "near miss: top field first", woven{order: "top", said: "tff", codec: mpeg2Fields, miss: true}.cases(1)},
	{"interlace", "near miss: bottom field first", woven{order: "bottom", said: "bff", codec: h264Fields, miss: true}.cases(2)},
	{"interlace", "near miss: progressive in fields", woven{said: "tff", codec: h264Fields, miss: true}.cases(3)},
	{"interlace", "near miss: 3:2 fields", woven{pulldown: true, said: "tff", codec: h264Fields, miss: true}.cases(4)},
	{"interlace", "near miss: rolls by 2 lines", woven{said: "prog", codec: H264("3M"), after: "scroll=v=0.0055556,", miss: true}.cases(5)},
}

var (
	h264Fields  = H264("4M").With("-flags", "+ildct+ilme")
	mpeg2Fields = MPEG2("6M").With("-flags", "+ildct+ilme")
)

// woven is a step whose pictures are made of fields.
type woven struct {
	order    string // of the fields, "top" or "bottom" first; progressive where empty
	pulldown bool   // 24 pictures in 60 fields instead
	sharp    bool   // without the filter that keeps lines from flickering
	after    string // filters on what was woven
	said     string // what the stream says
	codec    Codec
	miss     bool
}

func (w woven) cases(salt int) func(Corpus) []Case {
	const seconds = 8
	chain := ""
	switch {
	case w.pulldown:
		chain = "telecine=first_field=top,setpts=N/25/TB,fps=25,"
	case w.order != "":
		chain = "setpts=N/50/TB,tinterlace=interleave_" + w.order
		if !w.sharp {
			chain += ":vlpf"
		}
		chain += ",setpts=N/25/TB,fps=25,"
	}
	chain += w.after + "setfield=" + w.said
	return func(corpus Corpus) []Case {
		var cases []Case
		for _, source := range corpus.Pictures(2, salt) {
			c := Case{
				Source: source, Variant: w.codec.Name, Tolerance: Seconds(2),
				Set: []string{"detectors.interlace.for=1s", "detectors.interlace.keep=1s"},
				Media: Render(Rendering{
					Picture: corpus.Picture(source, 2*seconds), Video: chain, VideoCodec: w.codec, Seconds: seconds,
				}),
			}
			if !w.miss {
				c.Truth = []Defect{Span(0, seconds)}
			}
			cases = append(cases, c)
		}
		return cases
	}
}

// stutterRecipes are clips of 14 s in which pictures are missing from 3 s to 11 s; the one before is shown
// instead.
var stutterRecipes = []Recipe{
	{"stutter", "a tenth repeated, in a pan", skipping{drop: "lt(random(1),0.1)", pan: true}.cases(0)},
	{"stutter", "a twentieth repeated, in a pan", skipping{drop: "lt(random(1),0.05)", pan: true}.cases(1)},
	{"stutter", "stalls of four pictures, in a pan", skipping{drop: "between(mod(n,29+mod(floor(n/70),3)*7),10,13)", pan: true}.cases(2)},
	{"stutter", "a tenth repeated, in a pan with noise 4", skipping{drop: "lt(random(1),0.1)", pan: true, after: noise(4)}.cases(3)},
	{"stutter", "a tenth repeated, as the scene moves", skipping{drop: "lt(random(2),0.1)"}.cases(4)},
	{"stutter", "near miss: 24 pictures a second at 25", skipping{drop: "eq(mod(n,25),0)", pan: true, miss: true}.cases(5)},
	{"stutter", "near miss: 12 pictures a second at 25", skipping{drop: "mod(n,2)", pan: true, miss: true}.cases(0)},
	{"stutter", "near miss: 5 pictures a second at 25", skipping{drop: "mod(n,5)", pan: true, miss: true}.cases(1)},
	{"stutter", "near miss: 18 pictures a second at 25", skipping{drop: "gt(mod(n*7,25),17)", pan: true, miss: true}.cases(2)},
	{"stutter", "near miss: as the scene moves", skipping{drop: "0", miss: true}.cases(3)},
}

// skipping is a step that leaves pictures out.
type skipping struct {
	drop  string // expression of n, the number of the picture
	pan   bool   // the programme is moved sideways, so that there is steady motion
	after string
	miss  bool
}

func (l skipping) cases(salt int) func(Corpus) []Case {
	chain := "null,"
	if l.pan {
		chain = "scroll=h=0.004,"
	}
	within := "between(n,75,275)*"
	if l.miss {
		within = ""
	}
	chain += fmt.Sprintf("select='not(%s(%s))',fps=%d%s", within, l.drop, FPS, l.after)
	step := staged{chain: chain, codecs: []Codec{H264("2M"), MPEG2("4M")}, miss: l.miss, tolerance: Seconds(2),
		set: []string{"detectors.stutter.keep=1s"}}
	return step.cases(2, salt, 14, Span(3, 11))
}

// tearingRecipes are clips of 10 s that are torn from 3 s to 8 s: below a line that wanders they show the
// picture before.
var tearingRecipes = []Recipe{
	{"tearing", "in a fast pan", ripped{pan: 0.01, by: 0.03}.cases(0)},
	{"tearing", "in a pan", ripped{pan: 0.004, by: 0.03}.cases(1)},
	{"tearing", "as the scene moves", ripped{by: 0.03}.cases(2)},
	{"tearing", "wandering slowly, in a pan", ripped{pan: 0.004, by: 0.004}.cases(3)},
	{"tearing", "near miss: a pan", ripped{pan: 0.004}.cases(4)},
	{"tearing", "near miss: as the scene moves", ripped{}.cases(5)},
}

// ripped is a step that tears pictures.
type ripped struct {
	pan float64 // how far the programme moves sideways, as a share of its width a picture
	by  float64 // how far the tear wanders, as a share of the height a picture; 0 for no tear
}

func (r ripped) cases(salt int) func(Corpus) []Case {
	chain := "null"
	if r.pan > 0 {
		chain = fmt.Sprintf("scroll=h=%g", r.pan)
	}
	if r.by > 0 {
		chain += fmt.Sprintf(",split[now][b];[b]tpad=start=1:start_mode=clone[past];[now][past]blend=shortest=1:"+
			"all_expr='if(gt(Y,H*(0.15+0.7*mod(N*%g,1))),B,A)':enable='between(t,3,7.99)'", r.by)
	}
	step := staged{chain: chain, codecs: []Codec{H264("3M"), MPEG2("5M")}, miss: r.by == 0, tolerance: Seconds(1),
		set: []string{"detectors.tearing.enabled=true", "detectors.tearing.for=2s", "detectors.tearing.keep=1s"}}
	return step.cases(2, salt, 10, Span(3, 8))
}
