package eval

// freezeRecipes are clips of 14 s that stand still from 4.72 s to 10.72 s, in the middle of a sentence of the talking
// heads: before and after it they stand still by themselves. The noise is that of the way
// after the freeze, new in every picture.
var freezeRecipes = []Recipe{
	{"freeze", "noise 0", staged{chain: Hold(4.72, 10.72), codecs: []Codec{H264("1500k"), MPEG2("3M"), VP8("1M")}}.freeze(0)},
	{"freeze", "noise 1", staged{chain: Hold(4.72, 10.72) + noise(1), codecs: []Codec{H264("1500k")}}.freeze(1)},
	{"freeze", "noise 2", staged{chain: Hold(4.72, 10.72) + noise(2), codecs: []Codec{H264("1500k")}}.freeze(2)},
	{"freeze", "noise 3", staged{chain: Hold(4.72, 10.72) + noise(3), codecs: []Codec{H264("1500k")}}.freeze(3)},
	{"freeze", "noise 4", staged{chain: Hold(4.72, 10.72) + noise(4), codecs: []Codec{H264("1500k")}}.freeze(4)},
	{"freeze", "noise 6", staged{chain: Hold(4.72, 10.72) + noise(6), codecs: []Codec{H264("1500k")}}.freeze(5)},
	{"freeze", "noise 3, pulsing at 400 kb/s", staged{chain: Hold(4.72, 10.72) + noise(3), codecs: []Codec{H264("400k"), HEVC("400k"), H264("400k")}}.freeze(1)},
	{"freeze", "near miss: small thing moves", staged{chain: Hold(4.72, 10.72) + ",drawbox=x=560:y=300:w=32:h=32:t=fill:color=white:enable='lt(mod(t,2),1)'", codecs: []Codec{H264("1M")}, miss: true}.freeze(2)},
	{"freeze", "near miss: slow zoom", staged{chain: "select='eq(n,0)',loop=-1:1:0,setpts=N/25/TB,zoompan=z='1+0.0006*on':d=1:s=640x360:fps=25", codecs: []Codec{H264("1M")}, miss: true}.freeze(3)},
}

func (s staged) freeze(salt int) func(Corpus) []Case {
	return s.cases(5, salt, 14, Span(4.72, 10.72))
}
