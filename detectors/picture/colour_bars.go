package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// ColourBars tells that line-up bars are on the feed.
var ColourBars = detectors.Kind{
	Name: "colour-bars",
	Doc: "Colour bars instead of a programme: a row of flat white (or grey), yellow, cyan, green, magenta, red and blue " +
		"of equal width, or mirrored. Bars of SMPTE, EBU and ARIB and of any amplitude, range and matrix are found, " +
		"windowed, pillarboxed, with a clock or a station name in them, with noise and coded again, as long as they " +
		"take `area` of the picture; smaller ones, and bars that roll, are a test card. A bar must be wider than two of the squares that " +
		"are measured, 32 pixels up to 1080p. In a picture without colour this is unknown. " +
		"Source: SMPTE EG 1 and ST 2002, EBU Tech 3325, ITU-R BT.471-1 and BT.2111 for the order of the bars; their amplitude and matrix " +
		"(ITU-R BT.601, BT.709, BT.2020) are taken from the bars themselves.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 2 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "area", Default: "15%", Range: "2% to 100%",
			Doc: "Share of the picture that the bars must take; text and boxes over them do not count."},
	},
	New: newColourBars,
}

type colourBarsSettings struct {
	Area detectors.Ratio `mapstructure:"area"`
}

type colourBars struct {
	settings colourBarsSettings
	finder   barsFinder
	roll     roll
}

// barsArea is the default area, from which on bars are not a test card.
const barsArea = 0.15

func newColourBars(decode func(any) error) (detectors.Detector, error) {
	d := &colourBars{settings: colourBarsSettings{Area: barsArea}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("area", d.settings.Area, 0.02, 1)
}

func (d *colourBars) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if !isMeasured(p) || !p.HasChroma {
		return detectors.Verdict{}
	}
	bars := d.finder.find(p)
	area := bars.standard
	if d.roll.step(s.At, bars) {
		area = 0
	}
	v := detectors.Verdict{State: detectors.Clear, Score: min(area/float64(d.settings.Area)/2, 1)}
	if v.Score >= 0.5 {
		v.State, v.Detail = detectors.Present, "colour bars"
	}
	return v
}
