package eval

import "time"

const blacked = "drawbox=t=fill:color=black"

// blackRecipes are clips of 9 s with black from 3 s to 6 s.
var blackRecipes = []Recipe{
	{"black", "cut to black", staged{chain: During(blacked, 3, 6), codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}}.black(0)},
	{"black", "fade to black", staged{chain: "fade=t=out:st=2:d=1:enable='lt(t,4.5)',fade=t=in:st=6:d=1:enable='gte(t,4.5)'", codecs: lowHigh, tolerance: 200 * time.Millisecond}.black(1)},
	{"black", "noise 1", staged{chain: During(blacked, 3, 6) + noise(1), codecs: lowHigh}.black(2)},
	{"black", "noise 3", staged{chain: During(blacked, 3, 6) + noise(3), codecs: lowHigh}.black(3)},
	{"black", "noise 6", staged{chain: During(blacked, 3, 6) + noise(6), codecs: lowHigh}.black(4)},
	{"black", "logo of 0.6%", staged{chain: During(blacked, 3, 6) + ",drawbox=x=560:y=24:w=40:h=36:t=fill:color=white", codecs: lowHigh}.black(5)},
	{"black", "logo of 2.5%, noise 3", staged{chain: During(blacked, 3, 6) + ",drawbox=x=40:y=30:w=76:h=76:t=fill:color=white" + noise(3), codecs: lowHigh}.black(6)},
	{"black", "coded at 300 kb/s", staged{chain: During(blacked, 3, 6), codecs: []Codec{H264("300k"), HEVC("300k"), VP8("300k")}}.black(0)},
	{"black", "near miss: dark scene", staged{chain: During("lutyuv=y='16+(val-16)/5':u='128+(val-128)/5':v='128+(val-128)/5'", 3, 6), codecs: lowHigh, miss: true}.black(1)},
	{"black", "near miss: title on black", staged{chain: During(blacked, 3, 6) + "," + During("drawbox=x=200:y=165:w=240:h=30:t=fill:color=white", 3, 6), codecs: lowHigh, miss: true}.black(2)},
}

func (s staged) black(salt int) func(Corpus) []Case {
	s.set = []string{"detectors.black.for=1s", "detectors.black.keep=500ms"}
	return s.cases(5, salt, 9, Span(3, 6))
}
