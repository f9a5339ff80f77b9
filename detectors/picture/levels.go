package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Levels tells that luma leaves the range that equipment passes on.
var Levels = detectors.Kind{
	Name: "levels",
	Doc: "Luma lies outside 5 to 246 in 8 bit (20 to 984 in 10 bit) on more than `area` of the picture: too black or too " +
		"white for EBU R 103, so that something along the way will clip it; often full-range pictures marked as limited " +
		"range. Only luma is measured: an illegal colour (a red, green or blue outside the range whose luma is inside) " +
		"is not found. Unknown in full range, where every code is legal. " +
		"Source: EBU R 103 v3, which tolerates 1 % of the picture; EBU QC 0051B.",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 5 * time.Second, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "area", Default: "1%", Range: "0.1% to 100%",
			Doc: "Share of the picture that may be out of range."},
	},
	New: newLevels,
}

type levelsSettings struct {
	Area detectors.Ratio `mapstructure:"area"`
}

// levelsHysteresis is the share of the limit below which the area must fall to be good again.
const levelsHysteresis = 0.8

type levels struct {
	settings levelsSettings
	out      bool // as last said
}

func newLevels(decode func(any) error) (detectors.Detector, error) {
	d := &levels{settings: levelsSettings{Area: 0.01}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("area", d.settings.Area, 0.001, 1)
}

func (d *levels) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || p.Width == 0 || p.Full {
		return detectors.Verdict{}
	}
	limit := float64(d.settings.Area)
	if d.out {
		limit *= levelsHysteresis
	}
	d.out = p.OutOfRange > limit
	if !d.out {
		return detectors.Verdict{State: detectors.Clear, Score: min(p.OutOfRange/limit/2, 0.5)}
	}
	return detectors.Verdict{
		State: detectors.Present, Score: max(min(p.OutOfRange/limit/2, 1), 0.5), Detail: side(p),
	}
}

// side tells at which end most of what is out of range lies.
func side(p *detectors.Picture) string {
	var under, over float32
	for v := range 5 {
		under += p.Histogram[v]
	}
	for v := 247; v < 256; v++ {
		over += p.Histogram[v]
	}
	switch {
	case under > 10*over:
		return "luma below code 5"
	case over > 10*under:
		return "luma above code 246"
	}
	return "luma below code 5 and above code 246"
}
