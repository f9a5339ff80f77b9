package sound

import (
	"fmt"
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Loudness tells that the programme is too loud or too quiet, over minutes.
var Loudness = detectors.Kind{
	Name: "loudness",
	Doc: "The programme is too loud or too quiet: its integrated loudness over the last minutes is not within a " +
		"tolerance of the target; or one moment (the short-term loudness, 3 s) is far above the target; or its loudness " +
		"range over those minutes is wide. Integrated is gated as the standard says, so pauses do not count; it " +
		"slides along with the feed, for a feed has no beginning and no end, and it says nothing until a minute of programme was heard. It is off by " +
		"default, for a target is a rule of a house: the web's programme is mostly between -13 and -19 LUFS. The defaults are those of EBU R 128; for ATSC A/85 set " +
		"target to -24LKFS and tolerance to 2dB. " +
		"Source: ITU-R BS.1770-4, EBU R 128 and Tech 3341 (integrated), Tech 3342 (range).",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(5, 30),
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "target", Default: "-23LUFS", Range: "-60LUFS to 0LUFS", Doc: "Integrated loudness that is wanted."},
		{Name: "tolerance", Default: "1dB", Range: "0.1dB to 20dB", Doc: "How far off the target it may be, in LU. R 128 grants live programme 1."},
		{Name: "window", Default: "10m", Range: "1m to 24h", Doc: "How much of the past is integrated."},
		{Name: "peak", Default: "12dB", Range: "1dB to 40dB", Doc: "How far above the target the short-term loudness may be, in LU."},
		{Name: "range", Default: "25dB", Range: "1dB to 60dB", Doc: "How wide the loudness range may be, in LU."},
	},
	New: newLoudness,
}

type loudnessSettings struct {
	Target    detectors.LUFS     `mapstructure:"target"`
	Tolerance detectors.Decibels `mapstructure:"tolerance"`
	Window    time.Duration      `mapstructure:"window"`
	Peak      detectors.Decibels `mapstructure:"peak"`
	Range     detectors.Decibels `mapstructure:"range"`
}

const (
	// loudnessLeast is how much programme must be above the gates before anything is said.
	loudnessLeast = time.Minute
	// rangeLeast is how much makes a range mean something (Tech 3342 warns of less).
	rangeLeast = time.Minute
	// loudnessCertain is how many tolerances off the target the score is certain.
	loudnessCertain = 4
	// gatingStep is how often a gating block ends.
	gatingStep = 100 * time.Millisecond
	// mostLoudness is more than any meter tells, in LUFS.
	mostLoudness = 200
	// integrateEvery is how many gating blocks come between two integrations.
	integrateEvery = 10
)

type loudness struct {
	settings loudnessSettings
	gated    gated
	answer   detectors.Verdict
	details  [4]string
	fresh    int // gating blocks since the last answer
}

func newLoudness(decode func(any) error) (detectors.Detector, error) {
	d := &loudness{settings: loudnessSettings{Target: -23, Tolerance: 1, Window: 10 * time.Minute, Peak: 12, Range: 25}}
	s := &d.settings
	if err := decode(s); err != nil {
		return nil, err
	}
	if err := firstError(
		detectors.InRange("target", s.Target, -60, 0),
		detectors.InRange("tolerance", s.Tolerance, 0.1, 20),
		detectors.InRange("window", s.Window, time.Minute, 24*time.Hour),
		detectors.InRange("peak", s.Peak, 1, 40),
		detectors.InRange("range", s.Range, 1, 60),
	); err != nil {
		return nil, err
	}
	d.gated = newGated(int(s.Window / gatingStep))
	d.details = [4]string{
		fmt.Sprintf("too loud: more than %v above the target of %v over %v", s.Tolerance, s.Target, s.Window),
		fmt.Sprintf("too quiet: more than %v below the target of %v over %v", s.Tolerance, s.Target, s.Window),
		fmt.Sprintf("too loud: short-term loudness more than %v above the target of %v", s.Peak, s.Target),
		fmt.Sprintf("the loudness range over %v is more than %v", s.Window, s.Range),
	}
	return d, nil
}

func (d *loudness) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	l := &s.Sound.Loudness
	if math.IsNaN(l.Momentary+l.ShortTerm) || max(l.Momentary, l.ShortTerm) > mostLoudness || l.Measured < 400*time.Millisecond {
		return detectors.Verdict{}
	}
	if l.Updated {
		d.gated.add(l.Momentary, l.ShortTerm, l.Measured >= 3*time.Second)
		if d.fresh++; d.fresh >= integrateEvery {
			d.fresh, d.answer = 0, d.integrate()
		}
	}
	if over := l.ShortTerm - float64(d.settings.Target+detectors.LUFS(d.settings.Peak)); over > 0 {
		return said(true, score(over, 0, 10), d.details[2])
	}
	return d.answer
}

// integrate answers of the window.
func (d *loudness) integrate() detectors.Verdict {
	s := &d.settings
	integrated, blocks := d.gated.integrated()
	if time.Duration(blocks)*gatingStep < loudnessLeast {
		return detectors.Verdict{}
	}
	off := integrated - float64(s.Target)
	limit := float64(s.Tolerance)
	how := score(math.Abs(off), limit, loudnessCertain*limit)
	switch {
	case off > limit:
		return said(true, how, d.details[0])
	case off < -limit:
		return said(true, how, d.details[1])
	}
	if time.Duration(blocks)*gatingStep >= rangeLeast {
		if wide := d.gated.loudnessRange(); wide > float64(s.Range) {
			return said(true, score(wide, float64(s.Range), 2*float64(s.Range)), d.details[3])
		}
	}
	return said(false, how, "")
}
