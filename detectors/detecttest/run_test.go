package detecttest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// brightness says Present of pictures brighter than a level.
var brightness = detectors.Kind{
	Name: "brightness", Severity: detectors.Minor, Reads: detectors.Pictures,
	Hold: detectors.Hold{For: time.Second, Keep: time.Second},
	New: func(decode func(any) error) (detectors.Detector, error) {
		b := bright{Level: 100}
		err := decode(&b)
		return b, err
	},
}

type bright struct {
	Level float64         `mapstructure:"level"`
	Count int             `mapstructure:"count"`
	On    bool            `mapstructure:"on"`
	Wait  time.Duration   `mapstructure:"wait"`
	Text  string          `mapstructure:"text"`
	Area  detectors.Ratio `mapstructure:"area"`
	Odd   complex128      `mapstructure:"odd"`
}

func (b bright) Judge(s detectors.Sample) detectors.Verdict {
	if s.Picture == nil {
		return detectors.Verdict{}
	}
	if s.Picture.Mean > b.Level {
		return detectors.Verdict{State: detectors.Present, Score: 0.8, Detail: "too bright"}
	}
	return detectors.Verdict{State: detectors.Clear}
}

func problems(t *testing.T, script string) string {
	t.Helper()
	cases, err := Parse(strings.NewReader("case x\n" + script))
	if err != nil {
		t.Fatal(err)
	}
	problems, err := cases[0].Check(brightness)
	if err != nil {
		return err.Error()
	}
	return strings.Join(problems, "\n")
}

func TestCheck(t *testing.T) {
	const series = "picture 10: 50*2s 150*3s 50*3s\n"
	for _, c := range []struct{ name, expect, want string }{
		{"as it is", "verdict 0s-2s clear\nverdict 2s-5s present\nincident 2s-5s told=3s score>=0.8 severity=minor detail~too_bright", ""},
		{"wrong verdict", "verdict 1900ms-2200ms clear", "3: at 2s: present (score 0.80, \"too bright\"), want [clear]\n3: at 2.1s: present"},
		{"many wrong verdicts are summed up", "verdict 0s-2s present", "3: 20 wrong verdicts in all"},
		{"not quiet", "quiet", "1: unexpected: brightness 2s-5s"},
		{"one too many", "incident 2s-5s\nincident 7s-8s", "4: no such incident"},
		{"began", "incident 3s-5s", "want it to begin at 3s"},
		{"ended", "incident 2s-6s", "want it to end at 6s"},
		{"tolerance", "incident 2040ms-5040ms\nwithin 40ms", ""},
		{"not open", "incident 2s-open", "want open true"},
		{"told", "incident 2s-5s told=4s", "told at 3s, want 4s"},
		{"score", "incident 2s-5s score>=0.9", "want a score of 0.9"},
		{"severity", "incident 2s-5s severity=major", "want severity major"},
		{"detail", "incident 2s-5s detail~dark", `want "dark" in its detail`},
		{"flapping", "incident 2s-5s flapping", "want flapping true"},
		{"its own hold", "hold 2s 1s\nincident 2s-5s told=4s", ""},
		{"its own hold is too long", "hold 4s 1s\nquiet", ""},
		{"settings", "set level 160\nset count 3\nset on true\nset wait 3s\nset text a b\nset area 2%\nquiet", ""},
		{"unknown setting", "set levels 160\nquiet", `unknown setting "levels"`},
		{"wrong setting", "set level high\nquiet", "setting level: "},
		{"setting of no known type", "set odd 1\nquiet", "settings of type complex128"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := problems(t, series+c.expect)
			if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestCheckTellsWhatTheDetectorRefuses(t *testing.T) {
	kind := brightness
	kind.New = func(func(any) error) (detectors.Detector, error) { return nil, errors.New("out of range") }
	cases, err := Parse(strings.NewReader("case x\nquiet\npicture 25: 16"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cases[0].Check(kind); err == nil || err.Error() != "make detector brightness: out of range" {
		t.Errorf("got %v", err)
	}
}

func TestMeter(t *testing.T) {
	m := Meter{Cell: 2}
	first := []byte{16, 16, 100, 16, 16, 100} // 3 by 2
	p := m.Measure(3, 2, first, []byte{100, 200}, []byte{50, 60})
	if p.Mean != 44 || p.Low != 16 || p.High != 100 || p.HasPrevious || p.Histogram[100] != float32(2)/6 {
		t.Errorf("picture %+v", p)
	}
	c := p.Cells
	if got := fmt.Sprint(c.Size, c.Columns, c.Rows, c.Mean, c.Spread, c.Cb, c.Cr); got != "2 2 1 [16 100] [0 0] [100 200] [50 60]" { //nolint:staticcheck // bytes as numbers, not as text
		t.Errorf("cells %s", got)
	}
	if p = m.Measure(3, 2, first, []byte{100, 200}, []byte{50, 60}); !p.Identical || p.Difference != 0 || !p.HasPrevious {
		t.Errorf("the same again: %+v", p)
	}
	if p = m.Measure(3, 2, first, []byte{100, 201}, []byte{50, 60}); p.Identical {
		t.Error("another chroma is not identical")
	}
	second := []byte{18, 18, 100, 16, 16, 0}
	p = m.Measure(3, 2, second, nil, nil)
	if p.Identical || math3(p.Difference) != "17.333" || p.Cells.Change[0] != 4 || p.Cells.Change[1] != 200 || p.Cells.Spread[1] != 100 {
		t.Errorf("changed: %v %v %+v", p.Identical, p.Difference, p.Cells)
	}
	if p = m.Measure(2, 3, second, nil, nil); p.HasPrevious || p.Difference != 0 {
		t.Error("another size has no previous picture")
	}
	if p = (&Meter{}).Measure(4096, 2304, make([]byte, 4096*2304), nil, nil); p.Cells.Size != 64 || len(p.Cells.Mean) > 8200 {
		t.Errorf("cells of a large picture: %d of %d", len(p.Cells.Mean), p.Cells.Size)
	}
}

func math3(v float64) string { return fmt.Sprintf("%.3f", v) }
