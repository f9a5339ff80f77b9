package link

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Stall tells that media come slower than they are to be played.
var Stall = detectors.Kind{
	Name: "stall",
	Doc: "The connection stands and packets come, but slower than they are to be played: over `window` the sender's " +
		"timestamps went on by less than `pace` of the time that passed, or stand still. A player runs dry. It is the " +
		"work of an encoder that cannot keep up or a line that is too narrow. Where nothing comes at all, no-signal " +
		"tells, and this is unknown.",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 2 * time.Second, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "pace", Default: "75%", Range: "1% to 100%", Doc: "Share of real time at which media must come."},
		{Name: "window", Default: "5s", Range: "1s to 1m0s", Doc: "Over which the pace is taken."},
	},
	New: newStall,
}

type stallSettings struct {
	Pace   detectors.Ratio `mapstructure:"pace"`
	Window time.Duration   `mapstructure:"window"`
}

const (
	// stallQuiet is how long nothing need come to be nobody's slow media but no signal.
	stallQuiet = time.Second
	// stallHole is a pause after which the count starts anew: no-signal has told of it.
	stallHole = 2 * time.Second
	// stallOver is how long media must come at about their pace for a stall to be over, and stallDoubt how
	// long for it to be in doubt.
	stallOver  = 2 * time.Second
	stallDoubt = time.Second
)

type stall struct {
	settings     stallSettings
	video, audio pace
}

// pace is how the timestamps of one kind of media went on.
type pace struct {
	window  window // media time, packets
	session int
	seen    time.Duration // when something last came
	stalled bool          // as last said
}

func newStall(decode func(any) error) (detectors.Detector, error) {
	d := &stall{settings: stallSettings{Pace: 0.75, Window: 5 * time.Second}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.video.window.length, d.audio.window.length = d.settings.Window, d.settings.Window
	if err := detectors.InRange("pace", d.settings.Pace, 0.01, 1); err != nil {
		return nil, err
	}
	return d, detectors.InRange("window", d.settings.Window, time.Second, time.Minute)
}

func (d *stall) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil {
		return detectors.Verdict{}
	}
	if !s.Link.Up {
		d.video.restart()
		d.audio.restart()
		return detectors.Verdict{}
	}
	d.video.step(s.At, s.Link.Interval, s.Link.VideoTime)
	d.audio.step(s.At, s.Link.Interval, s.Link.AudioTime)
	v, a := d.video.judge(s.At, d.settings), d.audio.judge(s.At, d.settings)
	worse, what := v, "video"
	if a.State == detectors.Present && (v.State != detectors.Present || a.Score > v.Score) || v.State == detectors.Unknown {
		worse, what = a, "audio"
	}
	if a.State == detectors.Present && v.State == detectors.Present {
		what = "video and audio"
	}
	if worse.State == detectors.Present {
		worse.Detail = fmt.Sprintf("%s comes slower than it is to be played: less than %v of real time", what, d.settings.Pace)
	}
	return worse
}

// step adds what came in an interval.
func (p *pace) step(at, passed time.Duration, m detectors.MediaTime) {
	if m.Session != p.session || m.Stamped > 0 && at-p.seen > stallHole {
		p.restart()
		p.session = m.Session
	}
	if m.Stamped > 0 {
		p.seen = at
	}
	if p.session > 0 {
		p.window.add(at, passed, float64(m.Advanced), float64(m.Stamped))
	}
}

func (p *pace) restart() {
	p.window.clear()
	p.stalled = false
}

// judge answers for one kind of media. That the next packet is still to come is no slowness.
func (p *pace) judge(at time.Duration, set stallSettings) detectors.Verdict {
	sum := p.window.sum()
	if sum.counts[1] == 0 || at-p.seen >= stallQuiet || sum.passed < set.Window-set.Window/10 {
		return detectors.Verdict{}
	}
	came := (sum.counts[0] + sum.counts[0]/sum.counts[1]) / float64(sum.passed)
	score := min(max(1-came*0.5/float64(set.Pace), 0), 1)
	switch late := p.window.last(at, stallOver); {
	case p.stalled && late.passed >= stallOver*8/10 && set.atPace(late):
		p.restart() // what was missing before counts no more
		return detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5), Lasted: stallOver}
	case p.stalled && set.atPace(p.window.last(at, stallDoubt)):
		return detectors.Verdict{} // it may be over
	case p.stalled || came < float64(set.Pace):
		v := detectors.Verdict{State: detectors.Present, Score: max(score, 0.5)}
		if !p.stalled {
			v.Lasted = at - p.window.onset(func(s slice) float64 { return set.even()*float64(s.passed) - s.counts[0] })
		}
		p.stalled = true
		return v
	}
	return detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5)}
}

// atPace tells whether media came as they are to be played.
func (s stallSettings) atPace(of slice) bool { return of.counts[0] >= s.even()*float64(of.passed) }

// even is the pace half way to that of time.
func (s stallSettings) even() float64 { return (1 + float64(s.Pace)) / 2 }
