package detecttest

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

const example = `
# A comment.
case the first    # another
set luma 7%
set text with blanks
hold 1s 500ms
canvas 80x45 cell=16 full
picture 25: 16*3 scene:1+pan:2*1s
 _*40ms 100..200*5
sound 50: -20/-70*1m30s
verdict 0s-2s clear|unknown
incident 1s-2s told=1500ms score>=0.5 severity=minor detail~two_words flapping
incident 3s-open
within 40ms

case the second
link 10: down:no_publisher*2s up
quiet
`

func TestParse(t *testing.T) {
	cases, err := Parse(strings.NewReader(example))
	if err != nil {
		t.Fatal(err)
	}
	if len(cases) != 2 {
		t.Fatalf("%d cases", len(cases))
	}
	c := cases[0]
	if c.Name != "the first" || c.Settings["text"] != "with blanks" || c.Settings["luma"] != "7%" || c.Within != 40*time.Millisecond {
		t.Errorf("case %+v", c)
	}
	if *c.Hold != (detectors.Hold{For: time.Second, Keep: 500 * time.Millisecond}) {
		t.Errorf("hold %v", *c.Hold)
	}
	if c.canvas.width != 80 || c.canvas.height != 45 || c.canvas.cell != 16 || !c.canvas.full {
		t.Errorf("canvas %+v", c.canvas)
	}
	var counts []int
	for _, i := range c.Tracks[0].Items {
		counts = append(counts, i.Count)
	}
	if len(counts) != 4 || counts[0] != 3 || counts[1] != 25 || counts[2] != 1 || counts[3] != 5 || c.Tracks[0].Items[2].Words != nil {
		t.Errorf("items %v", c.Tracks[0].Items)
	}
	if got := c.Tracks[1].Items[0].Count; got != 4500 {
		t.Errorf("%d blocks of sound", got)
	}
	i := c.Incidents[0]
	if i.From != time.Second || i.To != 2*time.Second || *i.Told != 1500*time.Millisecond || i.Score != 0.5 ||
		i.Severity != detectors.Minor || i.Detail[0] != "two words" || !i.Flapping || i.Open || !c.Incidents[1].Open {
		t.Errorf("incident %+v", i)
	}
	if v := c.Verdicts[0]; len(v.States) != 2 || v.To != 2*time.Second || v.Line != 11 {
		t.Errorf("verdict %+v", v)
	}
	if !cases[1].Quiet {
		t.Error("the second case is not quiet")
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"quiet", "line 1: want a case"},
		{"case x\nquiet", `line 1: case "x" has no samples`},
		{"case x\nlink 10: up", `line 1: case "x" expects nothing`},
		{"case x\nlink 10: up\nquiet\nincident 1s-2s", "is quiet, and expects incidents"},
		{"case x\nlinks 10: up", `line 2: unknown word "links"`},
		{"case x\nset luma", "want a name and a value"},
		{"case x\nhold 1s", "hold: want a time"},
		{"case x\nhold soon 1s", "hold: want a time"},
		{"case x\ncanvas 0x9", "canvas"},
		{"case x\ncanvas cell=0", "canvas"},
		{"case x\ncanvas round", "canvas: unknown word"},
		{"case x\npicture 25 16", "want RATE: ITEM"},
		{"case x\npicture 0: 16", "want RATE: ITEM"},
		{"case x\npicture NaN: 16", "want RATE: ITEM"},
		{"case x\npicture 25: 16*0", "want 1 to"},
		{"case x\npicture 25: 16*soon", "want *COUNT or *TIME"},
		{"case x\npicture 25: 16*9h 16*999h", "want *COUNT or *TIME"},
		{"case x\npicture 1000: 16*2h 16*2h", "more than"},
		{"case x\npicture 25: grey", "unknown word"},
		{"case x\npicture 25: logo:x", "want a number"},
		{"case x\npicture 25: 1..x", "unknown word"},
		{"case x\npicture 25: clock:8:0s", "want a period"},
		{"case x\npicture 25: pulse:8:x", "want a period"},
		{"case x\nsound 50: loud", "want a number"},
		{"case x\nsound 50: -20+-30", "-30: unknown word"},
		{"case x\nlink 10: sideways", "unknown word"},
		{"case x\nlink 10: behind:x", "want a time"},
		{"case x\nlink 10: decoder:tired", "want running"},
		{"case x\ntick 10: tock", "want tick"},
		{"case x\nverdict 1s clear", "want FROM-TO"},
		{"case x\nverdict 1s-2s maybe", `state "maybe"`},
		{"case x\nincident", "want FROM-TO"},
		{"case x\nincident 1s-2s colour=red", "want told="},
		{"case x\nincident 1s-2s told=x", "want a time"},
		{"case x\nincident 1s-2s severity=red", `severity "red"`},
		{"case x\nincident 1s-2s score>=x", "invalid syntax"},
		{"case x\nwithin -1s", "want 0 to"},
	} {
		_, err := Parse(strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.text, err, c.want)
		}
	}
}

// samples returns all samples of a script of one case.
func samples(t *testing.T, script string) []detectors.Sample {
	t.Helper()
	cases, err := Parse(strings.NewReader("case x\nquiet\n" + script))
	if err != nil {
		t.Fatal(err)
	}
	var list []detectors.Sample
	for s, err := range cases[0].Samples() {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func TestSamplesOfSeveralPartsComeInOrder(t *testing.T) {
	list := samples(t, "picture 25: 16*2 _*2 90*1\nlink 10: up*2\ntick 20: tick*2")
	var got []string
	for _, s := range list {
		part := "tick"
		if s.Picture != nil {
			part = "picture"
		} else if s.Link != nil {
			part = "link"
		}
		got = append(got, part+" "+s.At.String())
	}
	want := "picture 0s, link 0s, tick 0s, picture 40ms, tick 50ms, link 100ms, picture 160ms"
	if strings.Join(got, ", ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, ", "), want)
	}
}

func TestRamp(t *testing.T) {
	list := samples(t, "picture 25: 16..36*5")
	for i, s := range list {
		if want := 16 + 5*float64(i); s.Picture.Mean != want {
			t.Errorf("picture %d: mean %v, want %v", i, s.Picture.Mean, want)
		}
	}
}

func TestSoundValues(t *testing.T) {
	list := samples(t, "sound 50: -20/off none -60")
	c := list[0].Sound.Channels
	if len(c) != 2 || math.Abs(c[0].RMS-0.1) > 1e-9 || math.Abs(c[0].Peak-0.1*math.Sqrt2) > 1e-9 || c[1].RMS != 0 {
		t.Errorf("channels %+v", c)
	}
	if len(list[1].Sound.Channels) != 0 || list[2].At != 40*time.Millisecond || len(list[2].Sound.Channels) != 2 {
		t.Errorf("sound %+v, %+v", list[1].Sound, list[2].Sound)
	}
}

func TestLinkValues(t *testing.T) {
	list := samples(t, "link 10: down:a_b:c idle video:0+dropped:7+behind:3s+decoder:parked+why:it_died want:v+bytes:9+lost:2+errors:3+unmeasured:x")
	if l := list[0].Link; l.Up || l.Reason != "a b:c" || l.Bytes != 0 || l.Video != 0 {
		t.Errorf("down: %+v", l)
	}
	if l := list[1].Link; !l.Up || l.Bytes != 0 || l.Audio != 0 {
		t.Errorf("idle: %+v", l)
	}
	if l := list[2].Link; l.Video != 0 || l.Audio == 0 || l.Dropped != 7 || l.Behind != 3*time.Second ||
		l.Decoder != detectors.DecoderParked || l.DecoderReason != "it died" {
		t.Errorf("third: %+v", l)
	}
	if l := list[3].Link; !l.WantVideo || l.WantAudio || l.Bytes != 9 || l.Lost != 2 || l.Errors != 3 || l.Unmeasured != "x" {
		t.Errorf("fourth: %+v", l)
	}
}

// FuzzParse parses anything and plays what it may mean, for some samples.
func FuzzParse(f *testing.F) {
	f.Add(example)
	f.Add("case x\nquiet\npicture 25: scene:1..3+gain:-1+bars:9+logo:-1+box:-5:-5:900:900:999+object:-5:-9+clock:-1+text:1:-3+noise:-1+pulse:9:1ns*9")
	f.Fuzz(func(t *testing.T, script string) {
		cases, err := Parse(strings.NewReader(script))
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") && !strings.Contains(err.Error(), "token too long") {
				t.Errorf("error without a line: %v", err)
			}
			return
		}
		for _, c := range cases[:min(len(cases), 2)] {
			last, n := time.Duration(0), 0
			for s, err := range c.Samples() {
				if err == nil && s.At < last {
					t.Fatalf("sample at %v after %v", s.At, last)
				}
				last = s.At
				if n++; n > 5 {
					break
				}
			}
		}
	})
}
