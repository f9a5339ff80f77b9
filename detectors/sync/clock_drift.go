package sync

import (
	"fmt"
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// ClockDrift tells that the sender's media clock does not run at the speed of time.
var ClockDrift = detectors.Kind{
	Name: "clock-drift",
	Doc: "The sender's timestamps run faster or slower than time by more than `limit` parts in a million, over minutes. " +
		"Every device downstream must then drop or repeat pictures and sound, or its buffer runs over or dry: at 300 ppm " +
		"a frame of 40 ms in two minutes. Crystals are within 100 ppm; a rate of 29.97 that is stamped as 30 is off by " +
		"1000. It is told only where the delay of packets varies little enough to be sure of it. Source: the " +
		"slope and its standard error, by least squares, of the least delayed packet in every five seconds. " +
		"Unknown for HLS, which is played by our own clock.",
	Severity: detectors.Minor,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 30 * time.Second, Keep: time.Minute},
	Settings: []detectors.Setting{
		{Name: "limit", Default: "300", Range: "20 to 100000", Doc: "Parts in a million, either way."},
	},
	New: newClockDrift,
}

const (
	pointEvery = 5 * time.Second
	// mostPoints is over how many the slope is taken (five minutes), and leastPoints from how many on.
	mostPoints  = 60
	leastPoints = 24
	// sureness is by how many standard errors a slope must exceed the limit, or not reach it.
	sureness = 4
)

type clockDrift struct {
	settings struct {
		Limit float64 `mapstructure:"limit"`
	}
	session int
	sound   bool // it is the sound that is followed
	began   time.Duration
	skipped bool
	some    bool // point holds
	point   float64
	points  []point // a ring of the last ones, in order
	verdict detectors.Verdict
}

// point is how far the sender's clock has run ahead, in seconds, at a moment.
type point struct{ at, run float64 }

func newClockDrift(decode func(any) error) (detectors.Detector, error) {
	d := &clockDrift{points: make([]point, 0, mostPoints)}
	d.settings.Limit = 300
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("limit", d.settings.Limit, 20, 100_000)
}

func (d *clockDrift) Judge(s detectors.Sample) detectors.Verdict {
	l := s.Link
	if l == nil {
		return detectors.Verdict{}
	}
	m := l.VideoTime
	if l.WantAudio { // its packets are small and wait for nothing
		m = l.AudioTime
	}
	if !l.Up || l.Playlist != detectors.NoPlaylist || m.Session != d.session || l.WantAudio != d.sound {
		d.restart(s.At, m.Session, l.WantAudio)
		return detectors.Verdict{}
	}
	if m.Stamped > 0 {
		run := m.Run.Seconds()
		if !d.some {
			d.some, d.point = true, run
		}
		d.point = max(d.point, run)
	}
	if s.At-d.began < pointEvery {
		v := d.verdict
		d.verdict.Lasted = 0
		return v
	}
	if d.some && d.skipped {
		d.add(point{s.At.Seconds(), d.point})
		d.verdict = d.judge()
	}
	// The first seconds of a session are of a burst that comes ahead of its time.
	d.began, d.some, d.skipped = s.At, false, true
	return d.verdict
}

func (d *clockDrift) restart(at time.Duration, session int, sound bool) {
	d.session, d.sound, d.began, d.skipped, d.some = session, sound, at, false, false
	d.points, d.verdict = d.points[:0], detectors.Verdict{}
}

func (d *clockDrift) add(p point) {
	if len(d.points) == mostPoints {
		copy(d.points, d.points[1:])
		d.points = d.points[:mostPoints-1]
	}
	d.points = append(d.points, p)
}

func (d *clockDrift) judge() detectors.Verdict {
	if len(d.points) < leastPoints {
		return detectors.Verdict{}
	}
	slope, doubt := fit(d.points)
	drift, margin := math.Abs(slope)*1e6, sureness*doubt*1e6
	score := drift / (drift + d.settings.Limit)
	present := d.verdict.State == detectors.Present
	switch {
	case drift-margin > d.settings.Limit || present && drift > d.settings.Limit:
		v := detectors.Verdict{State: detectors.Present, Score: score, Detail: describe(slope)}
		if !present {
			v.Lasted = time.Duration((d.points[len(d.points)-1].at - d.points[0].at) * float64(time.Second))
		}
		return v
	case drift+margin <= d.settings.Limit || present:
		return detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5)}
	}
	return detectors.Verdict{}
}

func describe(slope float64) string {
	word := "fast"
	if slope < 0 {
		word = "slow"
	}
	// To two digits: the detail is not to change with every sample.
	ppm := math.Abs(slope) * 1e6
	unit := math.Pow(10, math.Floor(math.Log10(ppm))-1)
	return fmt.Sprintf("the sender's clock is %.0f ppm too %s", math.Round(ppm/unit)*unit, word)
}

// fit returns the slope of a line through the points by least squares, and its standard error.
func fit(points []point) (slope, doubt float64) {
	n := float64(len(points))
	var at, run float64
	for _, p := range points {
		at, run = at+p.at/n, run+p.run/n
	}
	var xx, xy, yy float64
	for _, p := range points {
		x, y := p.at-at, p.run-run
		xx, xy, yy = xx+x*x, xy+x*y, yy+y*y
	}
	if xx == 0 || n < 3 {
		return 0, math.Inf(1)
	}
	slope = xy / xx
	return slope, math.Sqrt(max(yy-slope*xy, 0) / (n - 2) / xx)
}
