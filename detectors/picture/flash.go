package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Flash tells of flashing that may harm viewers with photosensitive epilepsy.
var Flash = detectors.Kind{
	Name: "flash",
	Doc: "The picture flashes in a way that may harm viewers with photosensitive epilepsy: more than three flashes " +
		"(six opposing changes) within a second that together take more than `area` of the picture. A change counts " +
		"if the darker side is below 160 cd/m2 and the difference is 20 cd/m2 or more (in HDR also above that, from a " +
		"Michelson contrast of 1/17), or if it leads to or from a saturated red. Parts of a picture that change " +
		"the same way within 0.1 s do so together; cuts count, too. Up to three flashes, such as those of " +
		"cameras, guns and explosions, are allowed, and so are any whose leading edges are 360 ms or more apart (from 334 ms on " +
		"there are three in a second). Flashing at an allowed rate of two or three a second is told after `sequence`. " +
		"Screens are taken to show white at 200 cd/m2 and a gamma of 2.4, HLG at 1000 cd/m2, PQ as coded. Luminance is that of " +
		"the mean colour of small squares (16x16 pixels up to 1080p): patterns finer than that are seen darker than they are, " +
		"by up to 60% for black and white lines, and areas are told to half a square at their edge. " +
		"EA's IRIS, a free analyser, counts the same changes, but calls four to six a second a fault when they go on for four seconds out of " +
		"five; the recommendation names sequences of more than five. " +
		"Source: ITU-R BT.1702-3 and Ofcom's guidance on flashing images; the measure of red of WCAG 2.x.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 0, Keep: 2 * time.Second},
	Settings: []detectors.Setting{
		{Name: "area", Default: "25%", Range: "5% to 100%",
			Doc: "Share of the picture above which flashes count."},
		{Name: "sequence", Default: "5s", Range: "1s to 1h",
			Doc: "How long flashing may go on at an allowed rate; 1h for as long as it likes."},
	},
	New: newFlash,
}

type flashSettings struct {
	Area     detectors.Ratio `mapstructure:"area"`
	Sequence time.Duration   `mapstructure:"sequence"`
}

const (
	// allowed is how many opposing changes a second may have, and sustained how many make it a part
	// of a sequence of flashes.
	allowed   = 6
	sustained = 4
	// redMemory is how long after the last red area the redness of cells is followed.
	redMemory = 2 * time.Second
)

type flash struct {
	settings      flashSettings
	display       *display
	width, height int
	luminance     track
	red           track
	redSeen       time.Duration
	watchesRed    bool
}

// track is one kind of flashes.
type track struct {
	name string
	swings
	rhythm
	pairs int // opposing changes in the last second
}

func newFlash(decode func(any) error) (detectors.Detector, error) {
	d := &flash{settings: flashSettings{Area: 0.25, Sequence: 5 * time.Second}}
	d.luminance.name, d.red.name = "flashes of luminance", "flashes of saturated red"
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := detectors.InRange("area", d.settings.Area, 0.05, 1); err != nil {
		return nil, err
	}
	return d, detectors.InRange("sequence", d.settings.Sequence, time.Second, time.Hour)
}

func (d *flash) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || len(p.Cells.Mean) == 0 || len(p.Cells.Cb) != len(p.Cells.Mean) || len(p.Cells.Cr) != len(p.Cells.Mean) {
		return detectors.Verdict{}
	}
	if d.isOther(p) {
		d.begin(p)
		return detectors.Verdict{}
	}
	limit := float64(d.settings.Area) * float64(p.Width) * float64(p.Height)
	d.luminance.next(s.At)
	d.luminance.brightness(p, d.display)
	d.luminance.count(s.At, limit)
	if d.followsRed(s) {
		d.red.next(s.At)
		d.red.redness(p, d.display)
		d.red.count(s.At, limit)
	} else {
		d.red.pairs = 0
	}
	v := d.luminance.judge(s.At, d.settings.Sequence)
	if red := d.red.judge(s.At, d.settings.Sequence); red.Score > v.Score {
		v = red
	}
	return v
}

// isOther tells whether a picture cannot be compared with the one before.
func (d *flash) isOther(p *detectors.Picture) bool {
	return d.display == nil || d.display.signal != signalOf(p) || d.width != p.Width || d.height != p.Height ||
		len(d.luminance.turn) != len(p.Cells.Mean)
}

func (d *flash) begin(p *detectors.Picture) {
	if d.display == nil || d.display.signal != signalOf(p) {
		d.display = newDisplay(signalOf(p))
	}
	d.width, d.height = p.Width, p.Height
	d.luminance.begin(p, d.display.brightness)
	d.red.begin(p, d.display.redness)
}

// followsRed tells whether it is worth looking at the colour of each cell.
func (d *flash) followsRed(s detectors.Sample) bool {
	if s.Picture.Red > float64(d.settings.Area)/2 {
		d.redSeen, d.watchesRed = s.At, true
	}
	d.watchesRed = d.watchesRed && s.At-d.redSeen < redMemory
	return d.watchesRed
}

// count takes the area that changed together into the rhythm.
func (t *track) count(at time.Duration, limit float64) {
	t.pairs = t.step(at, t.changed(rising, limit), t.changed(falling, limit))
}

func (t *track) judge(at, sequence time.Duration) detectors.Verdict {
	v := detectors.Verdict{State: detectors.Clear, Score: min(float64(t.pairs)/(2*allowed+1), 1)}
	switch {
	case t.pairs > allowed && !t.apart(t.pairs) && at-t.change(0) <= t.pause(allowed+1):
		v.State, v.Detail = detectors.Present, "more than three "+t.name+" a second"
		v.Lasted = at - t.change(t.pairs-1)
	case t.pairs >= sustained && t.lasted(at) > sequence:
		v.State, v.Detail = detectors.Present, t.name+" that go on"
		v.Score = max(v.Score, 0.5)
		v.Lasted = t.lasted(at)
	default:
		v.Score = min(v.Score, 0.5)
	}
	return v
}
