package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// TestCard tells that a test card is on the feed.
var TestCard = detectors.Kind{
	Name: "test-card",
	Doc: "A test card instead of a programme. It is recognised by what most of them carry: a row of the six colours of " +
		"bars (yellow, cyan, green, magenta, red, blue, in any order), flat, of one amplitude and of equal width, taking " +
		"`area` of the picture or more, as in PM5544 and its successors, FuBK, and the cards of generators and encoders. " +
		"Colour bars that fill much of the picture and stand still are colour bars and not this. A card without such a row (BBC " +
		"Test Card F, a monoscope, a grid, a grey scale) is not recognised: teach it as a slate. A bar must be wider " +
		"than two of the squares that are measured, 32 pixels up to 1080p. In a picture without colour this is unknown. " +
		"Source: own; amplitude and matrix are taken from the bars themselves.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 2 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "area", Default: "2%", Range: "0.5% to 100%",
			Doc: "Share of the picture that rows of the six colours must take."},
	},
	New: newTestCard,
}

type testCardSettings struct {
	Area detectors.Ratio `mapstructure:"area"`
}

type testCard struct {
	settings testCardSettings
	finder   barsFinder
	roll     roll
}

func newTestCard(decode func(any) error) (detectors.Detector, error) {
	d := &testCard{settings: testCardSettings{Area: 0.02}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("area", d.settings.Area, 0.005, 1)
}

func (d *testCard) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if !isMeasured(p) || !p.HasChroma {
		return detectors.Verdict{}
	}
	bars := d.finder.find(p)
	v := detectors.Verdict{State: detectors.Clear}
	rolls := d.roll.step(s.At, bars)
	if bars.standard >= barsArea && !rolls {
		return v
	}
	if v.Score = min(bars.row/float64(d.settings.Area)/2, 1); v.Score >= 0.5 {
		v.State, v.Detail = detectors.Present, "test card"
		if rolls { // it takes some pictures to tell rolling bars from others
			v.Lasted = s.At - d.roll.since
		}
	}
	return v
}
