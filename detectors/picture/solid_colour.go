package picture

import (
	"math"
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// SolidColour tells that there is nothing to be seen but one colour that is not black.
var SolidColour = detectors.Kind{
	Name: "solid-colour",
	Doc: "The picture is one colour, not black: the green, grey, blue, magenta or white screen of a decoder that " +
		"failed, a router without input or a synchroniser that lost its source. All of the picture must have the " +
		"colour, within the noise of coding, but for black bars at its edges, and for a logo: spots near the corners " +
		"that do not move, up to `logo_area` of it. A title on a plain card, a clear sky (which is lighter " +
		"towards the horizon) and a fade, whose colour changes, are not of one colour. A white flash is shorter than " +
		"the dwell. A dark colour counts here, not as black: pure blue has less luma than many a black. " +
		"Source: cells are compared with their median in luma, Cb and Cr; 3 s is the reporting delay of AMWA BCP-008-01.",
	Severity: detectors.Critical,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 3 * time.Second, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "tolerance", Default: "4", Range: "1 to 20",
			Doc: "How far the mean of a small square may be from the colour, in 8-bit code values of luma, Cb and Cr each."},
		{Name: "logo_area", Default: "4%", Range: "0% to 25%",
			Doc: "Share of the picture that a still logo in a corner may take."},
		{Name: "stray_area", Default: "0.1%", Range: "0% to 10%",
			Doc: "Share of the picture that may differ anywhere: a pointer, a line of teletext at the top."},
	},
	New: newSolidColour,
}

type solidColourSettings struct {
	Tolerance float64         `mapstructure:"tolerance"`
	LogoArea  detectors.Ratio `mapstructure:"logo_area"`
	StrayArea detectors.Ratio `mapstructure:"stray_area"`
}

const (
	// grainy is the spread of a cell, in halves of a code value, that is more than noise on one
	// colour: there is something in it.
	grainy = 20
	// tinted is how far Cb and Cr together lie from neutral where black has become a colour.
	tinted = 16
	// leastFilled is how much of the picture the colour must fill between black bars.
	leastFilled = 0.5
	// solidHysteresis widens the limits while the picture is of one colour.
	solidHysteresis = 1.25
	// faded is how far the colour may wander, in code values, from where it was first one: beyond
	// it is a fade on its way.
	faded = 8
)

type solidColour struct {
	settings solidColourSettings
	corner   float64
	solid    bool   // as last said
	first    colour // when it was first one colour
	logo     []byte // cell means then
}

// colour is luma, Cb and Cr in code values.
type colour [3]int

func newSolidColour(decode func(any) error) (detectors.Detector, error) {
	d := &solidColour{settings: solidColourSettings{Tolerance: 4, LogoArea: 0.04, StrayArea: 0.001}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	for _, err := range []error{
		detectors.InRange("tolerance", d.settings.Tolerance, 1, 20),
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

func (d *solidColour) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if !isMeasured(p) {
		return detectors.Verdict{}
	}
	v := detectors.Verdict{State: detectors.Clear}
	c := &p.Cells
	area := unbarred(p)
	of := area.median(c)
	odd := 1.0
	if float64(area.cells()) >= leastFilled*float64(len(c.Mean)) && !isBlackColour(p, of) {
		odd = d.odd(c, area, of)
	}
	v.Score = 1 - odd
	if d.solid = odd <= 0.5; d.solid {
		v.State, v.Detail = detectors.Present, of.name(p)+" picture of one colour"
	}
	return v
}

// odd tells how far a picture is from one colour: 0 is all of it, above 0.5 is another picture.
func (d *solidColour) odd(c *detectors.Cells, area box, of colour) float64 {
	slack := 1.0
	if d.solid {
		slack = solidHysteresis
	}
	if d.solid && of.from(d.first) > faded {
		return 1
	}
	if !d.solid || len(d.logo) != len(c.Mean) {
		d.first, d.logo = of, append(d.logo[:0], c.Mean...)
	}
	limit := int(math.Round(d.settings.Tolerance * slack))
	total := float64(area.cells())
	logo, stray := int(float64(d.settings.LogoArea)*slack*total), int(float64(d.settings.StrayArea)*slack*total)
	spots, strays := 0, 0
	for y := area.top; y < area.bottom; y++ {
		edge := inCorner(y, c.Rows, d.corner)
		for i := y*c.Columns + area.left; i < y*c.Columns+area.right; i++ {
			if distance(c.Mean[i], byte(of[0])) <= limit && distance(c.Cb[i], byte(of[1])) <= limit &&
				distance(c.Cr[i], byte(of[2])) <= limit && c.Spread[i] <= grainy {
				continue
			}
			spots++
			if !edge || !inCorner(i-y*c.Columns, c.Columns, d.corner) || distance(c.Mean[i], d.logo[i]) > logoMoved {
				strays++
			}
			if strays > stray || spots > logo+stray {
				return 1
			}
		}
	}
	return 0.5 * float64(spots) / max(float64(logo+stray), 1)
}

// isBlackColour tells whether a colour is what the detector of black pictures speaks of.
func isBlackColour(p *detectors.Picture, c colour) bool {
	dark := p.BlackLevel() + 0.07*(p.WhiteLevel()-p.BlackLevel())
	return float64(c[0]) <= dark && apart(c[1], 128)+apart(c[2], 128) <= tinted
}

func (c colour) from(o colour) int {
	return max(apart(c[0], o[0]), apart(c[1], o[1]), apart(c[2], o[2]))
}

func apart(a, b int) int { return max(a-b, b-a) }

// name says what an operator would call a colour.
func (c colour) name(p *detectors.Picture) string {
	r, g, b := matrices[0].rgb(p, byte(c[0]), byte(c[1]), byte(c[2]))
	high, low := max(r, g, b), min(r, g, b)
	if high-low < 0.15 {
		switch {
		case high > 0.85:
			return "white"
		case high > 0.12:
			return "grey"
		}
		return "nearly black"
	}
	middle := (high + low) / 2
	bits := 0
	for i, v := range []float64{r, g, b} {
		if v > middle {
			bits |= 1 << i
		}
	}
	return [...]string{"", "red", "green", "yellow", "blue", "magenta", "cyan", ""}[bits]
}

// box is a rectangle of cells; right and bottom are not in it.
type box struct{ left, top, right, bottom int }

func (b box) cells() int { return max(b.right-b.left, 0) * max(b.bottom-b.top, 0) }

// unbarred returns the picture without black bars at its edges, nor the cells half in them.
func unbarred(p *detectors.Picture) box {
	c := &p.Cells
	b := box{0, 0, c.Columns, c.Rows}
	black := func(x, y int) bool {
		i := y*c.Columns + x
		return isBlackColour(p, colour{int(c.Mean[i]), int(c.Cb[i]), int(c.Cr[i])})
	}
	row := func(y int) bool {
		for x := range c.Columns {
			if !black(x, y) {
				return false
			}
		}
		return true
	}
	for b.top < b.bottom && row(b.top) {
		b.top++
	}
	for b.bottom > b.top && row(b.bottom-1) {
		b.bottom--
	}
	column := func(x int) bool {
		for y := b.top; y < b.bottom; y++ {
			if !black(x, y) {
				return false
			}
		}
		return true
	}
	for b.left < b.right && column(b.left) {
		b.left++
	}
	for b.right > b.left && column(b.right-1) {
		b.right--
	}
	return b.inset(c)
}

// inset takes another cell away where there are bars.
func (b box) inset(c *detectors.Cells) box {
	if b.top > 0 {
		b.top++
	}
	if b.left > 0 {
		b.left++
	}
	if b.bottom < c.Rows {
		b.bottom--
	}
	if b.right < c.Columns {
		b.right--
	}
	return b
}

// median returns the median colour of some cells all over a box.
func (b box) median(c *detectors.Cells) colour {
	const across, down = 9, 7
	var values [3][across * down]byte
	if b.cells() == 0 {
		return colour{0, 128, 128}
	}
	for n := range across * down {
		x := b.left + (2*(n%across)+1)*(b.right-b.left)/(2*across)
		y := b.top + (2*(n/across)+1)*(b.bottom-b.top)/(2*down)
		i := y*c.Columns + x
		values[0][n], values[1][n], values[2][n] = c.Mean[i], c.Cb[i], c.Cr[i]
	}
	var m colour
	for k := range values {
		slices.Sort(values[k][:])
		m[k] = int(values[k][across*down/2])
	}
	return m
}
