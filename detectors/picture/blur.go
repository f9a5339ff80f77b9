package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Blur tells that the picture lost its sharpness.
var Blur = detectors.Kind{
	Name: "blur",
	Doc: "The picture lost its sharpness: a camera out of focus, a filter that takes away too much, a picture enlarged " +
		"from a small one. Measured is how fine the finest structure is for its contrast, wherever there is contrast, so light, " +
		"fades and fog do not matter, and one sharp face, title or ticker is enough to be sharp, and so is noise on top of it. " +
		"It is held against the feed's " +
		"own last ten minutes, of which it needs the first half to know anything; a scene that is black, flat or " +
		"foggy says nothing. " +
		"Off by default: what is soft on purpose (animation, an old film, a shot of the sky) cannot be told from what is soft by " +
		"fault where it lasts. It is meant for feeds of one camera, and of studios. " +
		"Source: the ratio of the mean luma step to the standard deviation in small squares, which is 1.13 for " +
		"independent pixels and below 0.2 for one smooth slope (detail against contrast as in Crété, Dolmière, Ladret and Nicolas, The blur " +
		"effect, 2007).",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 20 * time.Second, Keep: 10 * time.Second},
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "loss", Default: "60%", Range: "20% to 95%",
			Doc: "How much of the sharpness that the feed nearly always has must be gone."},
		{Name: "learn", Default: "5m", Range: "5s to 24h",
			Doc: "How long a feed is watched before its sharpness is known; what is older than twice that fades from memory."},
	},
	New: newBlur,
}

type blurSettings struct {
	Loss  detectors.Ratio `mapstructure:"loss"`
	Learn time.Duration   `mapstructure:"learn"`
}

const (
	// Sharpness is told from the cells whose standard deviation is blurSpread halves of a code value or
	// more, where they are blurCells of all or more.
	blurSpread = 10
	blurCells  = 0.05
	// finest is the share of those cells up to which structure may be coarser than the sharpness: a
	// twentieth is sharp in a portrait with all else out of focus.
	finest = 0.95
	// slope is the sharpness of a smooth slope, in fineBins: that of a picture in which nothing is sharp.
	slope = 0.17
	// softest is the sharpness above which no picture is called blurred, whatever the feed has been.
	softest = 0.27
	// hardEdges is by how much the root mean square of the luma steps exceeds their mean where steps are
	// few and high: smooth slopes and textures stay below 3. Such a picture counts as of sharpness edged.
	hardEdges = 3.2
	edged     = 0.5
	// usually is the part of the feed's past that was less sharp than what it is held against.
	usually = 0.1
	// blurMemory is the time over which pictures are averaged.
	blurMemory = 2 * time.Second
	// hesitation is how long softness is not learned yet, as it may be the beginning of blur.
	hesitation = 3 * blurMemory
	// blurHysteresis widens the limit while the picture is blurred.
	blurHysteresis = 1.25
)

type blur struct {
	settings blurSettings
	over     [256]float64 // for each spread, what turns a detail into a bin
	average  smooth
	past     past
	blurred  bool
	soft     since // how long it has been softer than usual
}

func newBlur(decode func(any) error) (detectors.Detector, error) {
	d := &blur{settings: blurSettings{Loss: 0.6, Learn: 5 * time.Minute}, average: smooth{memory: blurMemory}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	for _, err := range []error{
		detectors.InRange("loss", d.settings.Loss, 0.2, 0.95),
		detectors.InRange("learn", d.settings.Learn, 5*time.Second, 24*time.Hour),
	} {
		if err != nil {
			return nil, err
		}
	}
	for spread := blurSpread; spread < len(d.over); spread++ {
		// Detail is in quarters, spread in halves of a code value.
		d.over[spread] = fineBins / 2 / float64(spread)
	}
	d.past.memory = 2 * d.settings.Learn
	return d, nil
}

func (d *blur) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || len(p.Cells.Detail) == 0 {
		return detectors.Verdict{}
	}
	sharpness, known := d.sharpness(p)
	if !known {
		return detectors.Verdict{}
	}
	sharp := sharpness - slope
	// The sharpest counts as twice the limit at most: it is forgotten as fast as blur is.
	now := max(d.average.add(s.At, min(sharp, 2*(softest-slope))), 0)
	if d.past.seen < d.settings.Learn {
		d.past.add(s.At, sharpness)
		return detectors.Verdict{}
	}
	usual := max(d.past.quantile(usually)-slope, 0)
	limit := min((1-float64(d.settings.Loss))*usual, softest-slope)
	if d.blurred {
		limit *= blurHysteresis
	}
	if !d.blurred {
		d.soft.mark(s.At, sharp <= (limit+usual)/2)
	}
	v := detectors.Verdict{State: detectors.Clear, Score: min(max(1-now/(2*limit+0.001), 0), 1)}
	if d.blurred = now < limit; d.blurred {
		v.State, v.Detail, v.Lasted = detectors.Present, "blurred picture", s.At-d.soft.began
		v.Score = max(v.Score, 0.5)
		d.past.pause(s.At)
		return v
	}
	v.Score = min(v.Score, 0.5)
	if d.soft.on && s.At-d.soft.began < hesitation {
		d.past.pause(s.At)
	} else {
		d.past.add(s.At, sharpness)
	}
	return v
}

// sharpness returns how fine the finest structure of a picture is, and whether it has enough
// structure to tell. Structure of hard edges and plain surfaces, as in graphics, is fine enough
// however coarse it is.
func (d *blur) sharpness(p *detectors.Picture) (float64, bool) {
	var counts [fineBins + 1]int
	total, detail := 0, 0
	for i, spread := range p.Cells.Spread {
		detail += int(p.Cells.Detail[i])
		if spread < blurSpread {
			continue
		}
		counts[min(int(float64(p.Cells.Detail[i])*d.over[spread]), fineBins)]++
		total++
	}
	cells := float64(len(p.Cells.Spread))
	if total == 0 || float64(total) < blurCells*cells {
		return 0, false
	}
	sharpness, sum := 1.0, 0
	for bin, n := range counts {
		if sum += n; float64(sum) >= finest*float64(total) {
			sharpness = (float64(bin) + 0.5) / fineBins
			break
		}
	}
	// The details of plain cells were rounded down to 0: a quarter of a quarter stands for that.
	if p.Gradient > hardEdges*(float64(detail)/cells+0.25)/4 {
		sharpness = max(sharpness, edged)
	}
	return sharpness, true
}
