package sound

import (
	"slices"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Clipping tells of waves that were cut off.
var Clipping = detectors.Kind{
	Name: "clipping",
	Doc: "The tops of the wave are cut off, at full scale or, where it was turned down afterwards, below: an input is " +
		"overdriven. A flat top is three samples or more at the highest value of 20 ms, which the wave reaches with its full slope; they must be in a " +
		"good part of the blocks of three seconds. Loud, limited music has few. After a lossy codec the tops are no longer " +
		"flat: then blocks count that all end at one ceiling with many samples close under it, which tells heavy clipping only. " +
		"Source: runs of samples at the extremes, as FFmpeg's astats counts them in its flat factor, with the slope beside them.",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(2, 5),
	Settings: []detectors.Setting{
		{Name: "share", Default: "15%", Range: "1% to 100%", Doc: "Share of the blocks of three seconds that flat tops are in."},
		{Name: "crowded", Default: "5%", Range: "1% to 100%",
			Doc: "Share of all samples that lie within 10 % under one ceiling, where a codec rounded the tops. 100% turns this off."},
	},
	New: newClipping,
}

type clippingSettings struct {
	Share   detectors.Ratio `mapstructure:"share"`
	Crowded detectors.Ratio `mapstructure:"crowded"`
}

const (
	clippingWindow = 150 // blocks: 3 s
	clippingEvery  = 5   // blocks between two looks at the ceiling, which sorts them
	// ceilingRank is where in the blocks by their peak the ceiling is: one overshoot is none.
	ceilingRank = 0.9
	// A block ends at the ceiling within this ratio.
	ceilingRoom = 1.18
	// A block with less than this beside one sine is a tone; clipping leaves harmonics.
	clippingSine = 0.2
	// clippingLeast is the amplitude from which a ceiling can be one.
	clippingLeast = 0.05
)

type clipping struct {
	settings clippingSettings
	channels []tops
	blocks   int
}

// tops is what is remembered of a channel.
type tops struct {
	flat   window
	peak   []float64 // of the last blocks, a ring
	near   []float64 // share of a block's samples within 10 % of its peak
	next   int
	crowd  float64
	bad    bool // as last said
	sorted []float64
}

func newClipping(decode func(any) error) (detectors.Detector, error) {
	d := &clipping{settings: clippingSettings{Share: 0.15, Crowded: 0.05}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, firstError(
		detectors.InRange("share", d.settings.Share, 0.01, 1),
		detectors.InRange("crowded", d.settings.Crowded, 0.01, 1),
	)
}

func (d *clipping) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.channels) != len(s.Sound.Channels) {
		d.channels = make([]tops, len(s.Sound.Channels))
		for i := range d.channels {
			d.channels[i] = newTops()
		}
	}
	d.blocks++
	answer := detectors.Verdict{}
	for i := range d.channels {
		t, c := &d.channels[i], &s.Sound.Channels[i]
		t.add(c, s.Sound.Rate)
		if d.blocks%clippingEvery == 0 {
			t.look()
		}
		v := d.judge(t)
		if v.State > answer.State || v.State == answer.State && v.Score > answer.Score {
			answer = v
		}
	}
	return answer
}

func newTops() tops {
	return tops{flat: newWindow(clippingWindow), peak: make([]float64, clippingWindow),
		near: make([]float64, clippingWindow), sorted: make([]float64, clippingWindow)}
}

func (t *tops) add(c *detectors.Channel, rate int) {
	flat := 0.0
	if c.Clipped > 0 {
		flat = 1
	}
	t.flat.add(flat, 1)
	t.peak[t.next], t.near[t.next] = 0, 0
	if number(c.Peak) {
		t.peak[t.next] = c.Peak
	}
	// The samples of a sine are crowded under its peak by nature.
	if rate > 0 && c.Tone.Rest > clippingSine {
		t.near[t.next] = float64(c.NearPeak) * float64(time.Second/blockLength) / float64(rate)
	}
	t.next = (t.next + 1) % clippingWindow
}

// look finds the ceiling of the last seconds, and the share of their samples that lie close under it.
func (t *tops) look() {
	copy(t.sorted, t.peak)
	slices.Sort(t.sorted)
	t.crowd = 0
	ceiling := t.sorted[int(ceilingRank*float64(clippingWindow))]
	if ceiling < clippingLeast {
		return
	}
	for i, peak := range t.peak {
		if peak <= ceiling*ceilingRoom && peak >= ceiling/ceilingRoom {
			t.crowd += t.near[i] / clippingWindow
		}
	}
}

// clippingOver is how many blocks without a flat top tell that what the share still says is over.
const clippingOver = 25

func (d *clipping) judge(t *tops) detectors.Verdict {
	flats := t.flat.mean()
	limit, crowded := float64(d.settings.Share), float64(d.settings.Crowded)
	if t.bad {
		limit, crowded = limit/2, crowded*0.75
	}
	flat := flats > limit
	bad := flat || t.crowd > crowded
	how := max(share(flats, limit, 4*limit), share(t.crowd, crowded, 3*crowded))
	v := said(bad, how, "the tops of the wave are cut off")
	switch {
	case bad != t.bad && (flat || !bad):
		v.Lasted = time.Duration(t.flat.since(limit, bad)) * blockLength
	case flat && t.flat.since(limit, false) >= clippingOver:
		v = detectors.Verdict{}
	}
	t.bad = bad
	return v
}
