package picture

import (
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Corruption tells that parts of the picture are broken.
var Corruption = detectors.Kind{
	Name: "corruption",
	Doc: "Parts of the picture are broken: blocks are misplaced, smeared, grey or green, slices are missing, and what " +
		"is predicted from them goes wrong until the next key picture. Damage is seen in the pixels: blocks that do " +
		"not belong beside each other stand out on two sides or more, in steps that the pixels beside do not share, " +
		"and at the places where a codec's macroblocks begin more than half a block further, where only the content " +
		"can make such boxes; text, animation and confetti make as many at both. How many it takes depends on what the " +
		"feed had in the last seconds, and on how long the shot lasts. So damage is found too where it was decoded and " +
		"coded again upstream. Where the decoder reports errors, much less is needed, until the next whole " +
		"key picture; what it conceals over more than `area` of the picture counts by itself. The detail says which " +
		"evidence there was. This is not blockiness: the faint grid of a starved codec does not count, unless hardly " +
		"anything of the picture is left. Damage that was scaled to another size afterwards, so that its blocks are " +
		"no longer 16 pixels wide, is hardly seen. A censoring mosaic on the grid of 16 pixels looks the same as damage. " +
		"Source: a comparison of counts in standard deviations; the levels lie between clean clips at three rates " +
		"and the same clips with lost packets, where pictures of a PSNR below 32 dB count as damaged.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 0, Keep: 3 * time.Second},
	Settings: []detectors.Setting{
		{Name: "area", Default: "0.2%", Range: "0% to 50%",
			Doc: "Share of the picture that must be damaged. What is smaller is not told, whatever the evidence."},
	},
	New: newCorruption,
}

type corruptionSettings struct {
	Area detectors.Ratio `mapstructure:"area"`
}

const (
	// corruptionPresent is the evidence, in standard deviations, from which a picture counts as
	// damaged whatever was before it. Clean programme stays below, also where it is starved of bits,
	// unless hardly anything of it is left.
	corruptionPresent = 3
	// corruptionLeast is the least that counts where the feed has shown that it has no boxes of its
	// own. It takes usualTimes what the feed had lately, and usualMore, to exceed that; usualFading is its
	// half-life. After a cut, and at first, nothing is known of the shot: the limit comes down from
	// corruptionPresent with the half-life unsureFading.
	corruptionLeast = 1.5
	usualTimes      = 1.6
	usualMore       = 0.5
	usualFading     = 10 * time.Second
	unsureFading    = 2 * time.Second
	// lingering is the share of the limit that goes on with damage that was told of.
	lingering = 0.5
	// anewShare of the cells change by anewChange quarter code values or more at a cut.
	anewShare  = 0.6
	anewChange = 40
	// forgotten is the time after which an episode is over, and what is seen is usual again.
	forgotten = 2 * time.Second
	// doubtWeight multiplies what is seen while the decoder has had errors, and doubtLevel is what
	// they count for by themselves: not enough to tell of damage that nobody can see.
	doubtWeight = 2
	doubtLevel  = 0.5
	// lostWeight is what the whole picture, concealed, counts for until the next key picture, and
	// lostFading its half-life.
	lostWeight = 12
	lostFading = 2 * time.Second
	// fading is the half-life of evidence: what was damaged a moment ago is likely to be damaged
	// still, for prediction carries the damage on.
	fading = 900 * time.Millisecond
	// doubtLasts is for how long errors of the decoder count where no key picture ends them:
	// streams that are refreshed bit by bit have none.
	doubtLasts = 10 * time.Second
	// nothingToSee is the standard deviation of a picture in which there is nothing to see.
	nothingToSee = 1
)

type corruption struct {
	settings corruptionSettings
	boxes    boxes
	level    float64    // the most evidence, fading
	usual    float64    // the most evidence that was not told of, fading slowly
	lately   [2]float64 // the most in this window of time and in the one before, not usual yet
	window   time.Duration
	unsure   float64       // how much more it takes while a shot is new
	since    time.Duration // damage was last told of
	before   time.Duration
	asked    bool
	joined   bool // a key picture came
	doubted  bool // the decoder had errors, and no whole key picture came since
	doubt    time.Duration
	lost     float64 // share of the picture that the decoder concealed since then, fading
	seen     bool    // a picture
	rising   bool    // the evidence is worth something, since rose
	rose     time.Duration
	told     bool
	detail   damageDetail
}

func newCorruption(decode func(any) error) (detectors.Detector, error) {
	d := &corruption{settings: corruptionSettings{Area: 0.002}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("area", d.settings.Area, 0, 0.5)
}

func (d *corruption) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || !d.boxes.fit(&p.Cells) {
		return detectors.Verdict{}
	}
	concealed := d.listen(s.At, p)
	if p.Deviation < nothingToSee && !d.doubted {
		return detectors.Verdict{}
	}
	tally := d.boxes.count(&p.Cells)
	passed := d.fade(s.At)
	d.lost = max(d.lost, concealed)
	evidence := d.weigh(tally, concealed)
	if d.cut(p) {
		d.unsure = corruptionPresent - corruptionLeast
	}
	limit := d.limit(passed)
	if evidence < lingering*limit {
		d.rising = false
	} else if !d.rising {
		d.rising, d.rose = true, s.At
	}
	d.level = max(d.level, evidence)
	v := detectors.Verdict{State: detectors.Clear, Score: d.level / (d.level + corruptionPresent)}
	large := max(tally.share, d.lost) >= float64(d.settings.Area)
	d.told = large && (evidence >= limit || d.told && evidence >= lingering*limit)
	d.learn(s.At, evidence)
	if d.told {
		v.State, v.Score = detectors.Present, max(v.Score, 0.5)
		v.Detail = d.detail.say(d.doubted, concealed, tally.share)
		v.Lasted = s.At - d.rose
	} else if s.At-d.since > forgotten {
		d.detail = damageDetail{}
	}
	return v
}

// limit is what the evidence must reach in this picture.
func (d *corruption) limit(passed time.Duration) float64 {
	d.usual *= kept(passed, usualFading)
	d.unsure *= kept(passed, unsureFading)
	if d.doubted {
		return corruptionPresent // its errors are weighed already
	}
	return max(corruptionLeast+d.unsure, usualTimes*d.usual+usualMore)
}

// learn takes in what is usual, but only what went on for a while without becoming damage that was
// told of: damage often begins small.
func (d *corruption) learn(at time.Duration, evidence float64) {
	switch {
	case d.told:
		d.since, d.window, d.lately = at, at, [2]float64{}
		return
	case d.doubted || d.since > 0 && at-d.since < forgotten:
		return
	case at-d.window >= forgotten:
		d.usual = max(d.usual, d.lately[1])
		d.window, d.lately = at, [2]float64{0, d.lately[0]}
	}
	d.lately[0] = max(d.lately[0], evidence)
}

// cut tells whether this picture has nothing in common with the one before.
func (d *corruption) cut(p *detectors.Picture) bool {
	if !p.HasPrevious || !d.seen {
		d.seen = true
		return true
	}
	changed := 0
	for _, change := range p.Cells.Change {
		if change >= anewChange {
			changed++
		}
	}
	return float64(changed) > anewShare*float64(len(p.Cells.Change))
}

// listen takes in what the decoder says and returns the share of the picture that it concealed.
// Before the first key picture its errors mean only that the feed was joined in the middle.
func (d *corruption) listen(at time.Duration, p *detectors.Picture) float64 {
	if p.Damage == nil {
		d.doubted, d.lost = false, 0
		return 0
	}
	d.joined = d.joined || p.Key
	failed := p.Damage.Errors || p.Damage.Concealed > 0
	switch {
	case failed && d.joined:
		d.doubted, d.doubt = true, at
	case p.Key, d.doubted && at-d.doubt > doubtLasts:
		if d.doubted {
			d.level = 0 // nothing is predicted from what was before
		}
		d.doubted, d.lost = false, 0
	}
	if !d.doubted || p.Damage.Concealed <= 0 {
		return 0
	}
	macroblocks := max(p.Width*p.Height/256, 1)
	return math.Min(float64(p.Damage.Concealed)/float64(macroblocks), 1)
}

// weigh makes one figure of all evidence, in standard deviations.
func (d *corruption) weigh(t tally, concealed float64) float64 {
	evidence := t.evidence
	if d.doubted {
		evidence = doubtLevel + doubtWeight*evidence + lostWeight*d.lost
	}
	if concealed > 0 && concealed >= float64(d.settings.Area) {
		// What was concealed is damaged for certain; how much tells how badly.
		evidence += corruptionPresent
	}
	return evidence
}

// fade lets older evidence fade and returns the time that passed.
func (d *corruption) fade(at time.Duration) time.Duration {
	passed := max(at-d.before, 0)
	if !d.asked {
		d.asked, passed = true, 0
	}
	d.before = at
	d.level *= kept(passed, fading)
	d.lost *= kept(passed, lostFading)
	return passed
}

// kept is what is left of something after a time.
func kept(passed, half time.Duration) float64 { return math.Exp2(-passed.Seconds() / half.Seconds()) }
