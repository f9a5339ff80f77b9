package picture

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Interlace tells that the fields of a picture are not what the stream says of them.
var Interlace = detectors.Kind{
	Name: "interlace",
	Doc: "What moves shows that the fields do not go together as the stream says. Field order: the stream says that the top " +
		"field comes first and motion goes back and forth unless the bottom field does (or the other way round). " +
		"Combing: pictures said to be progressive consist of two fields of different moments, because interlaced pictures " +
		"are marked wrongly or were not deinterlaced, or a film was carried in 3:2 fields. Exchanged lines: every line of one field lies " +
		"where that of the other belongs, also where nothing moves. Progressive pictures in an interlaced stream are " +
		"normal (segmented frames) and no fault. Combing that was scaled vertically, or is confined to a small part " +
		"of the motion, is not found. Unknown where nothing moves. " +
		"Source: the lines of each field of the previous picture are put between those of the other field; " +
		"neighbours in time fit best, as in FFmpeg's idet. Levels lie between five clips made interlaced, telecined and progressive.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 2 * time.Second, Keep: 5 * time.Second},
	New:      newInterlace,
}

const (
	// fieldsMoved is the combing, in code values, that motion must add before it tells anything.
	fieldsMoved = 0.15
	// fieldsOrder is how much better, as a share of that, the one field of the previous picture must fit
	// than the other: about 0.9 in interlaced pictures, below 0.2 in progressive ones.
	fieldsOrder = 0.45
	// fieldsLater is how much worse the better one may fit than the field of the same picture: about 0.1
	// in interlaced pictures, 0.9 in progressive ones.
	fieldsLater = 0.6
	// fieldsMemory is the share of what was seen that is kept from one moving picture to the next: about
	// a second of motion; fieldsFade is that from one picture to the next where nothing moves.
	// fieldsEnough is how much must have been seen.
	fieldsMemory = 0.96
	fieldsFade   = 0.97
	fieldsEnough = 10
	// wrongOrder is the share of moving pictures that must tell the wrong order, while few tell the right
	// one; combed that of progressive ones which must be combed: two of five in 3:2 fields. What was told stays
	// told down to fieldsStay of that.
	wrongOrder = 0.35
	combed     = 0.25
	fieldsStay = 0.5
	// fieldsPause is for how long a fault need not be seen.
	fieldsPause = 400 * time.Millisecond
	// exchanged is how much of the step from line to line is combing where lines are exchanged: 0.43 to
	// 0.6. In pictures it is up to 0.3, in noise 0.5, which changes with every picture.
	exchanged = 0.42
	// noisy is the step from line to line, as a share of the deviation of luma, from which a picture is noise
	// rather than a scene: 1.1 is noise alone.
	noisy = 0.5
)

type interlace struct {
	right, wrong, combs, other, exchange evidence
	wrongly                              string // how the order is wrong
	told                                 bool   // that motion shows a fault
}

// evidence is how often something was seen lately.
type evidence struct {
	weight      float64
	since, last time.Duration // the first and the last time
}

func newInterlace(decode func(any) error) (detectors.Detector, error) {
	return &interlace{}, decode(&struct{}{})
}

func (d *interlace) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || !p.HasPrevious || len(p.Rows.Step) == 0 {
		return detectors.Verdict{}
	}
	if v := d.judgeLines(s); v.State == detectors.Present {
		return v
	}
	order, moved := fieldOrder(&p.Fields)
	if !moved {
		d.forget(fieldsFade)
		return detectors.Verdict{}
	}
	d.forget(fieldsMemory)
	switch {
	case order == unordered:
		d.other.add(s.At)
	case !p.Interlaced:
		d.combs.add(s.At)
	case p.TopFirst == (order == topFirst):
		d.right.add(s.At)
	default:
		d.wrong.add(s.At)
		d.wrongly = wrongOrders[order]
	}
	return d.judgeMotion(s)
}

type order uint8

const (
	unordered order = iota
	topFirst
	bottomFirst
)

// wrongOrders is what is said of pictures that show an order other than the one they say.
var wrongOrders = [...]string{
	topFirst:    "field order: top field first, said to be bottom field first",
	bottomFirst: "field order: bottom field first, said to be top field first",
}

// fieldOrder tells which field came first, and whether there is motion to tell it by. How the lines
// of each field of the previous picture fit is taken both as it is and against how those of this
// picture do: text that scrolls has more detail in the lines of one field than in the other's, and
// fits by chance, but not both ways.
func fieldOrder(f *detectors.Fields) (order, bool) {
	top, bottom := f.CrossComb[0]-f.Comb[0], f.CrossComb[1]-f.Comb[1]
	near := min(top, bottom)
	motion := max(top, bottom) - min(near, 0)
	if !(motion >= fieldsMoved) || math.IsInf(motion, 0) {
		return unordered, false
	}
	apart, crossApart := (top-bottom)/motion, (f.CrossComb[0]-f.CrossComb[1])/motion
	switch {
	case near > fieldsLater*motion:
		return unordered, true
	case apart >= fieldsOrder && crossApart >= fieldsOrder:
		return topFirst, true
	case apart <= -fieldsOrder && crossApart <= -fieldsOrder:
		return bottomFirst, true
	}
	return unordered, true
}

func (d *interlace) forget(kept float64) {
	for _, e := range []*evidence{&d.right, &d.wrong, &d.combs, &d.other} {
		e.weight *= kept
	}
}

func (e *evidence) add(at time.Duration) {
	if e.weight < 0.5 {
		e.since = at
	}
	e.last = at
	e.weight++
}

func (d *interlace) judgeMotion(s detectors.Sample) detectors.Verdict {
	total := d.right.weight + d.wrong.weight + d.combs.weight + d.other.weight
	if total < fieldsEnough {
		return detectors.Verdict{}
	}
	wrong, comb, limit := (d.wrong.weight-d.right.weight)/total, d.combs.weight/total, 1.0
	if d.told {
		limit = fieldsStay
	}
	switch {
	case s.Picture.Interlaced && wrong >= wrongOrder*limit:
		d.told = true
		return present(s.At, &d.wrong, min(wrong/wrongOrder/2, 1), d.wrongly)
	case !s.Picture.Interlaced && comb >= combed*limit:
		d.told = true
		return present(s.At, &d.combs, min(comb/combed/2, 1), "combing in progressive pictures")
	}
	v := detectors.Verdict{State: detectors.Clear, Score: min(max(wrong/wrongOrder, comb/combed, 0)/2, 0.5)}
	if d.told {
		v.Lasted = s.At - max(d.wrong.last, d.combs.last)
	}
	d.told = false
	return v
}

// judgeLines looks at the lines themselves, which tell where nothing moves.
func (d *interlace) judgeLines(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	steps := 0
	for _, step := range p.Rows.Step {
		steps += int(step)
	}
	step := float64(steps) / 8 / float64(len(p.Rows.Step))
	comb := (p.Fields.Comb[0] + p.Fields.Comb[1]) / 2
	change := (p.Fields.Difference[0] + p.Fields.Difference[1]) / 2
	switch {
	case !p.Interlaced:
		d.exchange.weight = 0
		return detectors.Verdict{}
	case comb < exchanged*step || comb < fieldsMoved || step > noisy*p.Deviation:
		d.exchange.weight *= fieldsMemory * fieldsMemory
	case change < comb: // else it may be noise
		d.exchange.add(s.At)
		d.exchange.weight *= fieldsMemory
	}
	if d.exchange.weight < fieldsEnough {
		return detectors.Verdict{}
	}
	return present(s.At, &d.exchange, min(comb/(2*exchanged*step), 1), "lines of the two fields exchanged")
}

// present tells a fault, unless it has not been seen for a while and may be gone.
func present(at time.Duration, e *evidence, score float64, detail string) detectors.Verdict {
	if at-e.last > fieldsPause {
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Present, Score: max(score, 0.5), Detail: detail, Lasted: at - e.since}
}
