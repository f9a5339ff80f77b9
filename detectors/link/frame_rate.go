package link

import (
	"fmt"
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// FrameRate tells that pictures are fewer than they should be.
var FrameRate = detectors.Kind{
	Name: "frame-rate",
	Doc: "Pictures come less often than `nominal`, or than they did while they came evenly: under a share (`fall`) of that " +
		"over five seconds. An encoder, a camera or a line drops pictures. A rate that is lower and even for a minute is " +
		"taken as the new one. Without `nominal` a feed whose pictures never come evenly is not judged, nor one that stands " +
		"still, in which encoders leave out what does not change.",
	Severity: detectors.Minor,
	Reads:    detectors.Links | detectors.Pictures,
	Hold:     detectors.Hold{For: 0, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "nominal", Default: "0", Range: "0 to 1000", Doc: "Pictures a second that there should be; 0 to go by what was usual."},
		{Name: "fall", Default: "80%", Range: "1% to 100%", Doc: "Share of that rate that there must be."},
	},
	New: newFrameRate,
}

type frameRateSettings struct {
	Nominal float64         `mapstructure:"nominal"`
	Fall    detectors.Ratio `mapstructure:"fall"`
}

const (
	frameWindow = 5 * time.Second
	// usualBlocks blocks of frameWindow with an even and equal rate make it the usual one; newBlocks
	// of them replace it by a lower one.
	usualBlocks = 4
	newBlocks   = 12
	// even is the share of intervals that must be within unevenness of their mean.
	even       = 0.95
	unevenness = 0.35
	// equalRates is how much the rates of two blocks may differ and be one.
	equalRates = 0.05
	// frameHole is a pause after which the count starts anew: that is no signal, not fewer pictures.
	frameHole = 2 * time.Second
	// moving is the mean change between pictures, in code values, from which on one would miss them.
	moving = 0.5
	// mostIntervals bounds those that are kept of a block: 5 s at 200 pictures a second.
	mostIntervals = 1000
)

type frameRate struct {
	settings frameRateSettings
	window   window // pictures that are missing
	last     time.Duration
	began    bool
	usual    float64 // pictures a second; 0 while there is none
	verdict  detectors.Verdict

	block struct {
		from      time.Duration
		intervals []float64 // seconds
		rate      float64   // of the blocks before that are alike
		alike     int
	}
}

func newFrameRate(decode func(any) error) (detectors.Detector, error) {
	d := &frameRate{settings: frameRateSettings{Fall: 0.8}}
	d.window.length = frameWindow
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := detectors.InRange("nominal", d.settings.Nominal, 0, 1000); err != nil {
		return nil, err
	}
	d.usual = d.settings.Nominal
	return d, detectors.InRange("fall", d.settings.Fall, 0.01, 1)
}

func (d *frameRate) Judge(s detectors.Sample) detectors.Verdict {
	switch {
	case s.Picture != nil:
		d.verdict = d.picture(s)
		v := d.verdict
		d.verdict.Lasted = 0
		return v
	case s.Link == nil:
	case !s.Link.Up || s.Link.Dropped > 0 || s.Link.Decoder != detectors.DecoderRunning || s.At-d.last > frameHole:
		d.restart() // what is missing is not the encoder's fault, or there are no pictures at all
		d.verdict = detectors.Verdict{}
	}
	return d.verdict
}

// restart forgets the pictures, not what is usual.
func (d *frameRate) restart() {
	d.window.clear()
	d.began = false
	d.block.intervals, d.block.alike = d.block.intervals[:0], 0
}

func (d *frameRate) picture(s detectors.Sample) detectors.Verdict {
	interval := s.At - d.last
	if !d.began || interval > frameHole || interval < 0 {
		d.restart()
		d.began, d.last, d.block.from = true, s.At, s.At
		return detectors.Verdict{}
	}
	d.last = s.At
	d.window.add(s.At, interval, d.missing(interval, s.Picture))
	d.learn(s.At, interval)
	sum := d.window.sum()
	if d.usual == 0 || sum.passed < frameWindow*9/10 {
		return detectors.Verdict{}
	}
	allowed := 1 - float64(d.settings.Fall)
	late := d.window.last(s.At, time.Second)
	missing := d.share(sum)
	if missing <= allowed || d.share(late) <= allowed { // or they come again
		return detectors.Verdict{State: detectors.Clear, Score: min(missing/max(allowed, 0.01), 1) / 2}
	}
	v := detectors.Verdict{
		State: detectors.Present, Score: missing / (missing + allowed),
		Detail: fmt.Sprintf("fewer pictures than %s a second", perSecond(d.usual)),
	}
	if d.verdict.State != detectors.Present {
		v.Lasted = s.At - d.window.onset(func(s slice) float64 { return s.counts[0] - allowed/2*d.usual*s.passed.Seconds() })
	}
	return v
}

// missing returns how many pictures are missing before one that came after an interval: none where it
// hardly differs from the one before, for nobody sees that.
func (d *frameRate) missing(interval time.Duration, p *detectors.Picture) float64 {
	due := interval.Seconds() * d.usual
	if due < 1.5 || p.Difference < moving && d.settings.Nominal == 0 {
		return 0
	}
	return due - 1
}

// share is the share of pictures that are missing in a stretch.
func (d *frameRate) share(s slice) float64 {
	return s.counts[0] / max(s.passed.Seconds()*d.usual, 1)
}

// learn follows what is usual.
func (d *frameRate) learn(at, interval time.Duration) {
	b := &d.block
	if len(b.intervals) < mostIntervals {
		b.intervals = append(b.intervals, interval.Seconds())
	}
	if at-b.from < frameWindow || d.settings.Nominal > 0 {
		return
	}
	rate := evenRate(b.intervals)
	b.from, b.intervals = at, b.intervals[:0]
	switch {
	case rate == 0:
		b.alike = 0
		return
	case b.alike > 0 && math.Abs(rate-b.rate) <= equalRates*b.rate:
		b.alike++
	default:
		b.alike, b.rate = 1, rate
	}
	if d.usual == 0 && b.alike >= usualBlocks || b.alike >= newBlocks || b.alike >= usualBlocks && rate > d.usual {
		d.usual = b.rate
	}
}

// evenRate returns how many pictures came in a second, or 0 where they did not come evenly.
func evenRate(intervals []float64) float64 {
	sum := 0.0
	for _, i := range intervals {
		sum += i
	}
	if len(intervals) == 0 || sum <= 0 {
		return 0
	}
	mean := sum / float64(len(intervals))
	near := 0
	for _, i := range intervals {
		if math.Abs(i-mean) <= unevenness*mean {
			near++
		}
	}
	if float64(near) < even*float64(len(intervals)) {
		return 0
	}
	return 1 / mean
}

// perSecond writes a rate as one says it.
func perSecond(rate float64) string {
	if whole := math.Round(rate); math.Abs(rate-whole) < 0.01*rate {
		return fmt.Sprintf("%.0f", whole)
	}
	return fmt.Sprintf("%.1f", rate)
}
