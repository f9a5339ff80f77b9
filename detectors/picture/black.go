package picture

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Black tells that there is nothing to be seen but black, perhaps with a station logo.
var Black = detectors.Kind{
	Name: "black",
	Doc: "The picture is black: its luma lies at or below a level, evenly, whatever its size and range, and with or " +
		"without letterbox bars. A station logo on black is still black: bright spots near the corners of the " +
		"picture that do not move, up to `logo_area` of it. End credits, a title in the middle, and a dark scene, " +
		"whose dark parts differ from each other, are not black, nor is a dark colour. " +
		"Source: levels are shares of the nominal range of ITU-R BT.709 (16 to 235, or 0 to 255 in full range), " +
		"as FFmpeg's blackdetect counts them; 3 s is the reporting delay of AMWA BCP-008-01.",
	Severity: detectors.Critical,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 3 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "luma", Default: "7%", Range: "0% to 50%",
			Doc: "Luma up to which a point is dark, as a share of the way from black to white (7% is code 31 of 16 to 235)."},
		{Name: "logo_area", Default: "4%", Range: "0% to 25%",
			Doc: "Share of the picture that a still logo in a corner may take."},
		{Name: "stray_area", Default: "0.1%", Range: "0% to 10%",
			Doc: "Share of the picture that may be bright anywhere: noise, a dead pixel, a line of teletext at the top."},
	},
	New: newBlack,
}

type blackSettings struct {
	Luma      detectors.Ratio `mapstructure:"luma"`
	LogoArea  detectors.Ratio `mapstructure:"logo_area"`
	StrayArea detectors.Ratio `mapstructure:"stray_area"`
}

const (
	// darkRange is how much the cells of the dark part of a black picture may differ, in code
	// values from the 5th to the 95th percentile: black that was coded badly, or black beside bars
	// of a deeper black. A night scene differs by more.
	darkRange = 6
	// logoMoved is how much the mean of a cell changes when what is in it moves; coding noise
	// around a still logo stays below.
	logoMoved = 12
	// tintedBlack is the mean saturation, in code values, from which on a dark picture is a colour:
	// the blue screen of a router has a luma of 28, the green one of a decoder has 0. A logo of 4 %
	// in the purest red adds 5.
	tintedBlack = 16
	// blackHysteresis widens the level and the areas while the picture is black, so that noise at
	// the limit does not come and go.
	blackHysteresis = 1.1
)

type black struct {
	settings blackSettings
	corner   float64 // share of the width and height where logos stand
	black    bool    // as last said
	logo     []byte  // cell means when the bright spots were first seen, empty where there were none
}

func newBlack(decode func(any) error) (detectors.Detector, error) {
	d := &black{settings: blackSettings{Luma: 0.07, LogoArea: 0.04, StrayArea: 0.001}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	for _, err := range []error{
		detectors.InRange("luma", d.settings.Luma, 0, 0.5),
		detectors.InRange("logo_area", d.settings.LogoArea, 0, 0.25),
		detectors.InRange("stray_area", d.settings.StrayArea, 0, 0.1),
	} {
		if err != nil {
			return nil, err
		}
	}
	d.corner = logoCorner(d.settings.LogoArea)
	return d, nil
}

// logoCorner returns the share of the width and height where a logo of an area stands: up to 10 %
// from the edge; a square one is wider, in shares, than its area's root.
func logoCorner(area detectors.Ratio) float64 {
	return min(max(1.0/3, 0.1+4.0/3*math.Sqrt(float64(area))), 0.5)
}

func (d *black) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || len(p.Cells.Mean) == 0 {
		return detectors.Verdict{}
	}
	slack := 1.0
	if d.black {
		slack = blackHysteresis
	}
	level := p.BlackLevel() + float64(d.settings.Luma)*slack*(p.WhiteLevel()-p.BlackLevel())
	bright := shareAbove(p, level)
	v := detectors.Verdict{Score: d.score(p, bright)}
	switch {
	case p.HasChroma && p.Saturation > tintedBlack*slack:
		v.State = detectors.Clear
		d.logo = d.logo[:0]
	case bright <= float64(d.settings.StrayArea)*slack && even(p, level):
		v.State, v.Detail = detectors.Present, "black picture"
		d.logo = d.logo[:0]
	case bright <= float64(d.settings.LogoArea)*slack && d.isLogo(p, level) && even(p, level):
		v.State, v.Detail = detectors.Present, "black picture with a logo"
	default:
		v.State = detectors.Clear
		d.logo = d.logo[:0]
	}
	d.black = v.State == detectors.Present
	if d.black {
		v.Score = max(v.Score, 0.5)
	} else {
		v.Score = min(v.Score, 0.5)
	}
	return v
}

// score is 1 where all but the permitted logo is at nominal black, 0.5 where it is at the level,
// 0 at twice the level.
func (d *black) score(p *detectors.Picture, bright float64) float64 {
	permitted := min(bright, float64(d.settings.LogoArea)) + float64(d.settings.StrayArea)
	highest := quantile(p, 1-permitted) - p.BlackLevel()
	level := max(float64(d.settings.Luma)*(p.WhiteLevel()-p.BlackLevel()), 1)
	return min(max(1-highest/(2*level), 0), 1)
}

// even tells whether the dark part of the picture is about the same everywhere.
func even(p *detectors.Picture, level float64) bool {
	dark := histogramOf(p.Cells.Mean).upTo(int(level))
	return dark.total > 0 && dark.spread() <= darkRange
}

// isLogo tells whether all that is bright lies near the corners of the picture and stands still.
// The first picture with bright spots is given the benefit of the doubt: what moves shows itself
// within the time that black must last to be told.
func (d *black) isLogo(p *detectors.Picture, level float64) bool {
	c := &p.Cells
	first := len(d.logo) != len(c.Mean)
	if first {
		d.logo = append(d.logo[:0], c.Mean...)
	}
	for i, mean := range c.Mean {
		was := d.logo[i]
		if max(float64(mean), float64(was)) <= level && !glints(c, i, level) {
			continue
		}
		if !first && distance(mean, was) > logoMoved {
			return false
		}
		if !inCorner(i%c.Columns, c.Columns, d.corner) || !inCorner(i/c.Columns, c.Rows, d.corner) {
			return false
		}
	}
	return true
}

// glints tells whether something in a cell is above the level although its mean need not be: a few
// letters on black. Two standard deviations above the mean is where a few percent of it are.
func glints(c *detectors.Cells, i int, level float64) bool {
	return float64(c.Mean[i])+float64(c.Spread[i]) > level
}

// inCorner tells whether a cell lies within a share of the width or height from either end.
func inCorner(i, n int, share float64) bool {
	edge := int(math.Ceil(share * float64(n)))
	return i < edge || i >= n-edge
}
