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
		"can make such boxes; text, animation and confetti make as many at both. So it is found too where it was " +
		"decoded and coded again upstream. Where the decoder reports errors, much less is needed, until the next whole " +
		"key picture; what it conceals over more than `area` of the picture counts by itself. The detail says which " +
		"evidence there was. This is not blockiness: the faint grid of a starved codec does not count. Damage that " +
		"was scaled to another size afterwards is seen by its worst parts only, and not at all where its blocks " +
		"became 8 pixels wide. A censoring mosaic on the grid of 16 pixels looks the same as damage. " +
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
	// damaged, and corruptionSteady that of several pictures on end: the mean that fades with the
	// half-life steadyFading. Clean programme stays below, also where it is starved of bits, unless
	// hardly anything of it is left.
	corruptionPresent = 3
	corruptionSteady  = 2
	steadyFading      = 100 * time.Millisecond
	// corruptionLingering is the evidence that goes on with damage that was told of.
	corruptionLingering = 1.5
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
	level    float64 // the most evidence, fading
	steady   float64 // the mean of evidence, fading
	before   time.Duration
	asked    bool
	joined   bool // a key picture came
	doubted  bool // the decoder had errors, and no whole key picture came since
	doubt    time.Duration
	lost     float64 // share of the picture that the decoder concealed since then, fading
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
	d.remember(s.At, passed, evidence)
	v := detectors.Verdict{State: detectors.Clear, Score: d.level / (d.level + corruptionPresent)}
	large := max(tally.share, d.lost) >= float64(d.settings.Area)
	if d.told = large && d.damaged(evidence); d.told {
		v.State, v.Score = detectors.Present, max(v.Score, 0.5)
		v.Detail = d.detail.say(d.doubted, concealed, tally.share)
		v.Lasted = s.At - d.rose
	} else if d.level < corruptionLingering {
		d.detail = damageDetail{}
	}
	return v
}

// damaged decides upon the evidence of this picture and of those before.
func (d *corruption) damaged(evidence float64) bool {
	return evidence >= corruptionPresent || d.steady >= corruptionSteady || d.told && evidence >= corruptionLingering
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

// remember takes in the evidence of a picture.
func (d *corruption) remember(at, passed time.Duration, evidence float64) {
	if evidence < corruptionLingering {
		d.rising = false
	} else if !d.rising {
		d.rising, d.rose = true, at
	}
	d.level = max(d.level, evidence)
	// One picture may be no more than damaged: it is not to speak for many.
	d.steady += (1 - kept(passed, steadyFading)) * (min(evidence, corruptionPresent) - d.steady)
}

// kept is what is left of something after a time.
func kept(passed, half time.Duration) float64 { return math.Exp2(-passed.Seconds() / half.Seconds()) }
