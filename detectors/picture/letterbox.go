package picture

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Letterbox tells that the black bars around the picture are not those that belong there.
var Letterbox = detectors.Kind{
	Name: "letterbox",
	Doc: "Black bars above and below the picture (letterbox), beside it (pillarbox) or all around (windowbox) appear, " +
		"go or change: a converter with a wrong setting, or material that went through two. What is right is what " +
		"the feed was like when it was first seen, and every format that it has shown for `adopt` altogether in the last " +
		"24 hours, so that a channel which shows films and advertisements is told of each format once; or, where `expect` " +
		"is set, that aspect and no other. Bars are black lines that end in a straight, bright edge, alike on both sides; " +
		"a dark scene, credits on black and a fade have none and are unknown, and what was known last goes on to " +
		"hold. Bars filled with blurred picture are not found. " +
		"Source: own, on the means of rows and columns; aspects are those of EBU R 95 and SMPTE ST 2016-1.",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 30 * time.Second, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "expect", Default: "", Range: "an aspect such as 16:9, 4:3 or 2.39:1, or empty",
			Doc: "The aspect that the picture without its bars must have; empty: what the feed is used to."},
		{Name: "frame", Default: "", Range: "an aspect such as 16:9, or empty",
			Doc: "The aspect of the whole frame, for expect, where pixels are not square, as in standard definition."},
		{Name: "adopt", Default: "5m", Range: "10s to 24h",
			Doc: "For how long a new format must have been shown to belong to the feed."},
	},
	New: newLetterbox,
}

type letterboxSettings struct {
	Expect string        `mapstructure:"expect"`
	Frame  string        `mapstructure:"frame"`
	Adopt  time.Duration `mapstructure:"adopt"`
}

const (
	// boxSettle is how long a format must have been the same to be one. What moves along an edge
	// in a film does so for less.
	boxSettle = time.Second
	// aspectTolerance is how far an aspect may be from the expected one: 1.85 is not 16:9.
	aspectTolerance = 0.03
)

type letterbox struct {
	settings      letterboxSettings
	expect, frame float64 // 0 where not set

	width, height int
	rows, columns axis
	habits        habits
	last          time.Duration
	began         time.Duration // of what is said now
	wrong         bool          // as last said
	detail        string
}

func newLetterbox(decode func(any) error) (detectors.Detector, error) {
	d := &letterbox{settings: letterboxSettings{Adopt: 5 * time.Minute}}
	err := decode(&d.settings)
	if err == nil {
		err = detectors.InRange("adopt", d.settings.Adopt, 10*time.Second, 24*time.Hour)
	}
	if err == nil {
		d.expect, err = aspect("expect", d.settings.Expect)
	}
	if err == nil {
		d.frame, err = aspect("frame", d.settings.Frame)
	}
	if err != nil {
		return nil, err
	}
	return d, nil
}

// aspect reads "16:9"; empty is 0.
func aspect(setting, text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	across, down, ok := strings.Cut(text, ":")
	a, errA := strconv.ParseFloat(strings.TrimSpace(across), 64)
	b, errB := strconv.ParseFloat(strings.TrimSpace(down), 64)
	if !ok || errA != nil || errB != nil || !(b > 0) || !(a/b >= 0.2 && a/b <= 5) {
		return 0, fmt.Errorf("setting %s is %q: want an aspect such as 16:9 or 2.39:1", setting, text)
	}
	return a / b, nil
}

func (d *letterbox) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if !isMeasured(p) || len(p.Rows.Mean) != p.Height || len(p.Columns.Mean) != p.Width {
		return detectors.Verdict{}
	}
	if p.Width != d.width || p.Height != d.height { // bars are in lines of the frame
		d.width, d.height, d.last = p.Width, p.Height, s.At
		d.rows, d.columns, d.habits = axis{}, axis{}, habits{}
	}
	rows := d.rows.step(s.At, barsOf(p, &p.Rows, true), p.Height)
	columns := d.columns.step(s.At, barsOf(p, &p.Columns, false), p.Width)
	if !d.rows.settled || !d.columns.settled || d.rows.pending || d.columns.pending || !rows && !columns {
		d.last = s.At
		return detectors.Verdict{}
	}
	v := detectors.Verdict{State: detectors.Clear, Score: d.deviation(s.At)}
	if wrong := v.Score >= 0.5; wrong != d.wrong || d.detail == "" {
		d.wrong, d.began = wrong, max(d.rows.since, d.columns.since)
		d.detail = d.describe()
	}
	v.Lasted = max(s.At-d.began, 0)
	if d.wrong {
		v.State, v.Detail = detectors.Present, d.detail
	}
	return v
}

// deviation is 0.5 and more where the bars are not those that belong there.
func (d *letterbox) deviation(at time.Duration) float64 {
	shown := format{d.rows.bars, d.columns.bars}
	passed := min(at-d.last, time.Second)
	d.last = at
	if d.expect > 0 {
		off := math.Abs(d.aspect()/d.expect - 1)
		return min(off/aspectTolerance/2, 1)
	}
	if d.habits.known(at, passed, shown, d.settings.Adopt) {
		return 0
	}
	return 1
}

// aspect is that of the picture within its bars.
func (d *letterbox) aspect() float64 {
	frame := d.frame
	if frame == 0 {
		frame = float64(d.width) / float64(d.height)
	}
	return frame * (1 - d.columns.bars) / (1 - d.rows.bars)
}

func (d *letterbox) describe() string {
	name := "no black bars around the picture"
	switch {
	case d.rows.bars > 0 && d.columns.bars > 0:
		name = "black bars all around the picture (windowbox)"
	case d.rows.bars > 0:
		name = "black bars above and below the picture (letterbox)"
	case d.columns.bars > 0:
		name = "black bars beside the picture (pillarbox)"
	}
	return fmt.Sprintf("%s, %.0fx%.0f of %dx%d", name,
		float64(d.width)*(1-d.columns.bars), float64(d.height)*(1-d.rows.bars), d.width, d.height)
}
