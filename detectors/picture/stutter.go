package picture

import (
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Stutter tells that motion halts and jumps.
var Stutter = detectors.Kind{
	Name: "stutter",
	Doc: "Motion halts and goes on again and again: pictures are repeated, alone or up to half a second long, in the " +
		"middle of steady motion, as an overloaded encoder, a decoder without data or a failing converter does. Told from `times` " +
		"such halts within ten seconds on. Repeats that come at regular distances are the cadence of a conversion (3:2, 2:2, 24 to 25 pictures a second) and no " +
		"fault, and neither is a source of a low rate, which repeats a third of its pictures or more: animation on twos, screens shared " +
		"at five pictures a second. Pictures that were left out without a repeat show as jumps in steady motion, such as a pan, and count too. Unknown " +
		"where nothing moves. Off by default: of programme that was brought from 24 or 30 pictures a second to 25 by leaving out or repeating " +
		"single ones it tells too, for that is judder, and much of what is on air has been through it. " +
		"Source: the drops and dips of motion by which ITU-T P.910's temporal information tells repeated and dropped " +
		"pictures (S. Wolf, NTIA TM-09-456), here on the means of small squares, which noise and coding hardly change.",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Off:      true,
	Hold:     detectors.Hold{For: 0, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "times", Default: "4", Range: "2 to 30",
			Doc: "Halts and jumps within ten seconds from which motion stutters."},
	},
	New: newStutter,
}

type stutterSettings struct {
	Times int `mapstructure:"times"`
}

const (
	// stutterWindow is within what time halts are counted, and haltLongest how long one is at most;
	// what stands still for longer is still, or frozen.
	stutterWindow = 10 * time.Second
	haltLongest   = 500 * time.Millisecond
	// cellMoves is how much the mean of a cell changes that moves, in code values, and motionLeast how many
	// code values the cells must change in the mean for a repeat among them to be seen.
	cellMoves   = 2
	motionLeast = 0.1
	// haltMotion is the share of the motion right before it below which a picture repeats it; it is no pause of
	// the scene if so many pictures before it and after it all move.
	haltMotion = 0.12
	sureBefore = 5
	sureAfter  = 3
	// A jump is this many times the motion around it, which is considerable (jumpMotion) and very steady
	// (within jumpSteady); a cut is more.
	jumpLeast, jumpMost    = 1.7, 3.5
	jumpMotion, jumpSteady = 0.5, 0.1
)

// usualPictures is how many moving pictures the usual motion is taken from.
const usualPictures = 6

type stutter struct {
	settings stutterSettings
	previous []byte // cell means
	columns  int
	recent   [usualPictures]float64 // motion of the last moving pictures, a ring
	moved    int                    // how many there were
	picture  int                    // number of this one
	moving   int                    // how many have moved without a halt
	halt     moment
	jump     moment
	cadence  cadence
}

// moment is a halt or a jump, until what follows tells whether it was one.
type moment struct {
	open    bool
	at      time.Duration
	picture int
	usual   float64 // motion before it
	sure    bool    // motion went on before it
	after   int     // pictures that went on since
}

func newStutter(decode func(any) error) (detectors.Detector, error) {
	d := &stutter{settings: stutterSettings{Times: 4}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("times", d.settings.Times, 2, 30)
}

func (d *stutter) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || len(p.Cells.Mean) == 0 {
		return detectors.Verdict{}
	}
	if len(d.previous) != len(p.Cells.Mean) || d.columns != p.Cells.Columns {
		d.previous, d.columns = append(d.previous[:0], p.Cells.Mean...), p.Cells.Columns
		d.moved, d.moving, d.halt, d.jump = 0, 0, moment{}, moment{}
		return detectors.Verdict{}
	}
	d.picture++
	d.step(s.At, d.motion(p))
	return d.judge(s.At)
}

// motion returns how much the cells changed, in code values in the mean; those that changed so
// little that coding may have done it count as still.
func (d *stutter) motion(p *detectors.Picture) float64 {
	sum := 0
	previous := d.previous[:len(p.Cells.Mean)]
	for i, mean := range p.Cells.Mean {
		if change := distance(mean, previous[i]); change >= cellMoves {
			sum += change
		}
	}
	copy(previous, p.Cells.Mean)
	return float64(sum) / float64(len(p.Cells.Mean))
}

func (d *stutter) step(at time.Duration, motion float64) {
	d.cadence.forget(at - stutterWindow)
	if before := d.before(); before >= motionLeast && motion < haltMotion*before {
		d.stand(at)
		return
	}
	d.cadence.picture(false)
	d.goOn(at, motion)
	d.leap(at, motion)
	d.recent[d.moved%usualPictures] = motion
	d.moved++
	if d.moving++; d.before() < motionLeast {
		d.moving = 0
	}
}

// stand takes a picture that repeats the one before.
func (d *stutter) stand(at time.Duration) {
	d.cadence.picture(true)
	if d.moving > 0 {
		d.settle()
		d.halt = moment{open: true, at: at, picture: d.picture, sure: d.moving >= sureBefore}
	}
	d.moving = 0
	d.jump.open = false
}

// settle notes a halt of which it is not sure that motion went on after it: it counts for the cadence only.
func (d *stutter) settle() {
	if d.halt.open {
		d.cadence.add(d.halt.at, d.halt.picture, false)
		d.halt.open = false
	}
}

// before returns how much the last two moving pictures moved, the slower of them: the other may be
// the first of a scene.
func (d *stutter) before() float64 {
	if d.moved < 2 {
		return 0
	}
	return min(d.recent[(d.moved-1)%usualPictures], d.recent[(d.moved-2)%usualPictures])
}

// goOn takes a moving picture, perhaps the first after a halt.
func (d *stutter) goOn(at time.Duration, motion float64) {
	h := &d.halt
	switch {
	case !h.open:
	case h.after == 0 && at-h.at > haltLongest, motion < motionLeast:
		d.settle()
	case h.after == sureAfter-1:
		d.cadence.add(h.at, h.picture, h.sure)
		h.open = false
	default:
		h.after++
	}
}

// leap finds a picture that moved further than those before and after it.
func (d *stutter) leap(at time.Duration, motion float64) {
	if j := &d.jump; j.open {
		if motion < (1-2*jumpSteady)*j.usual || motion > (1+2*jumpSteady)*j.usual {
			j.open = false
			return
		}
		if j.after++; j.after == sureAfter {
			d.cadence.add(j.at, j.picture, true)
			j.open = false
		}
		return
	}
	usual, steady := d.usual(jumpSteady)
	if steady && d.moving >= usualPictures && usual >= jumpMotion && motion >= jumpLeast*usual && motion <= jumpMost*usual {
		d.jump = moment{open: true, at: at, picture: d.picture, usual: usual}
	}
}

// usual returns the median of the motion lately, and whether it is within a share of that.
func (d *stutter) usual(within float64) (float64, bool) {
	if d.moved < usualPictures {
		return 0, false
	}
	sorted := d.recent
	slices.Sort(sorted[:])
	median := sorted[usualPictures/2]
	return median, sorted[0] >= (1-within)*median && sorted[usualPictures-1] <= (1+2*within)*median
}

func (d *stutter) judge(at time.Duration) detectors.Verdict {
	if usual, _ := d.usual(1); d.cadence.count == 0 && usual < motionLeast {
		return detectors.Verdict{}
	}
	times := d.cadence.irregular()
	v := detectors.Verdict{State: detectors.Clear, Score: min(float64(times)/float64(2*d.settings.Times), 0.5)}
	if times < d.settings.Times || at-d.cadence.at(0) > d.cadence.longest() {
		return v
	}
	return detectors.Verdict{
		State: detectors.Present, Score: min(float64(times)/float64(2*d.settings.Times), 1),
		Detail: "motion halts and jumps", Lasted: at - d.cadence.at(d.cadence.count-1),
	}
}
