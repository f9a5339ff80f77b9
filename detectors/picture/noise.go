package picture

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Noise tells that there is random noise on the picture, or nothing but noise.
var Noise = detectors.Kind{
	Name: "noise",
	Doc: "There is random noise on the picture: that of a camera amplifier at its end, of an analogue path that breaks " +
		"down, or snow, which is noise without a picture. Noise is what differs from pixel to pixel and from picture " +
		"to picture by the same amount in most of the flat and still parts of the picture; leaves, water, confetti and the " +
		"grain of film are coarser than their pixels, or not everywhere. It is told where its standard " +
		"deviation is above `level` and twice that of the feed's last minutes: a feed that always had grain is " +
		"held against its own grain. Dark and overexposed parts do not count, and a codec at a low rate wipes noise away. " +
		"Source: noise estimated from the differences of neighbours in the smoothest parts (Olsen, Estimation of noise in " +
		"images, 1993).",
	Severity: detectors.Minor,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 5 * time.Second, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "level", Default: "6", Range: "2 to 60",
			Doc: "Standard deviation of the noise from which it counts, in code values of luma (6 is 32 dB below full range)."},
	},
	New: newNoise,
}

type noiseSettings struct {
	Level float64 `mapstructure:"level"`
}

const (
	// The mean difference of two independent values of a normal distribution is 2/sqrt(pi) standard
	// deviations. A cell is noise where its detail reaches whitest of that part of its own spread,
	// and its change lies between changeLow and changeHigh times its detail. Pixels of a camera picture
	// are correlated with their neighbours: natural texture stays below a half.
	differenceOfNormal = 1.128
	whitest            = 0.7
	changeLow          = 0.65
	changeHigh         = 1.5
	// leastDetail is the detail, in quarter code values, below which rounding decides.
	leastDetail = 6
	// Cells darker or brighter than this are cut off by the range and tell nothing.
	darkest, brightest = 24, 228
	// noisyShare is the part of the cells that must be noise, usableShare that which must tell.
	noisyShare  = 0.12
	usableShare = 0.1
	// Snow deviates by snowDeviation code values at least, changes by snowChange of its deviation, has no
	// more than snowPlain cells whose spread is below snowSpread halves of a code value, and cells
	// whose means lie within snowMeans. snowMost is the share of recent pictures that must be snow:
	// a codec repeats some.
	snowDeviation = 8
	snowChange    = 1.1
	snowSpread    = 3
	snowPlain     = 0.35
	snowMeans     = 32
	snowMost      = 0.7
	// noiseRise is by how much noise must rise above that of the past noiseHistory.
	noiseRise       = 2
	noiseMemory     = time.Second
	noiseHistory    = 5 * time.Minute
	noiseHysteresis = 0.85
)

type noise struct {
	settings noiseSettings
	average  smooth
	usual    smooth
	noisy    bool
	onset    since  // how long there has been some
	snow     smooth // the share of pictures that are snow
	snowing  since  // how long they have been
}

func newNoise(decode func(any) error) (detectors.Detector, error) {
	d := &noise{
		settings: noiseSettings{Level: 6},
		average:  smooth{memory: noiseMemory}, usual: smooth{memory: noiseHistory},
		snow: smooth{memory: noiseMemory},
	}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("level", d.settings.Level, 2, 60)
}

func (d *noise) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if p == nil || !p.HasPrevious || p.Identical || len(p.Cells.Detail) == 0 {
		return detectors.Verdict{}
	}
	if d.snows(s) {
		return detectors.Verdict{State: detectors.Present, Score: 1, Detail: "snow: noise and no picture", Lasted: s.At - d.snowing.began}
	}
	level, known := noiseLevel(&p.Cells)
	if !known {
		return detectors.Verdict{}
	}
	limit := max(d.settings.Level, noiseRise*d.usual.value)
	if !d.noisy {
		d.onset.mark(s.At, level >= limit/2)
	}
	// The worst counts as twice the limit at most: it is forgotten as fast as it was noticed.
	level = d.average.add(s.At, min(level, 2*limit))
	v := detectors.Verdict{State: detectors.Clear, Score: min(level/(2*limit), 1)}
	if d.noisy {
		limit *= noiseHysteresis
	}
	if d.noisy = level >= limit; !d.noisy {
		d.usual.add(s.At, level)
		v.Score = min(v.Score, 0.5)
		return v
	}
	v.State, v.Detail, v.Lasted = detectors.Present, "noise on the picture", s.At-d.onset.began
	v.Score = max(v.Score, 0.5)
	return v
}

// snows tells whether the recent pictures are snow.
func (d *noise) snows(s detectors.Sample) bool {
	snow := 0.0
	if isSnow(s.Picture) {
		snow = 1
	}
	share := d.snow.add(s.At, snow)
	if share < snowMost || snow > 0 {
		d.snowing.mark(s.At, snow > 0)
	}
	return share >= snowMost
}

// noiseLevel returns the standard deviation of the noise in a picture, in code values, and whether
// it can be told. It is 0 where too few cells are noise.
func noiseLevel(c *detectors.Cells) (float64, bool) {
	var details [256]int
	usable, noisy := 0, 0
	for i, mean := range c.Mean {
		if mean < darkest || mean > brightest {
			continue
		}
		usable++
		if isNoise(c, i) {
			details[c.Detail[i]]++
			noisy++
		}
	}
	if float64(usable) < usableShare*float64(len(c.Mean)) {
		return 0, false
	}
	if float64(noisy) < noisyShare*float64(usable) {
		return 0, true
	}
	return float64(median(&details, noisy)) / 4 / differenceOfNormal, true
}

// isNoise tells whether a cell holds nothing but noise: detail in quarter code values as large as the
// spread, in half code values, of independent pixels makes it, and as much change.
func isNoise(c *detectors.Cells, i int) bool {
	detail, spread, change := float64(c.Detail[i]), float64(c.Spread[i]), float64(c.Change[i])
	return detail >= leastDetail && detail >= whitest*differenceOfNormal*2*spread &&
		change >= changeLow*detail && change <= changeHigh*detail
}

func median(counts *[256]int, total int) int {
	sum := 0
	for v, n := range counts {
		if sum += n; 2*sum >= total && sum > 0 {
			return v
		}
	}
	return 0
}

// isSnow tells whether a picture is noise and nothing else: it has nothing in common with the one
// before (the difference of two independent pictures deviates by the square root of 2 times what each
// does), and looks the same everywhere. A cut is like that for one picture, rolling credits and a
// fast pan over a lawn are not the same everywhere.
func isSnow(p *detectors.Picture) bool {
	if !(p.Deviation >= snowDeviation && p.TemporalInformation >= snowChange*p.Deviation) {
		return false
	}
	plain := 0
	for _, spread := range p.Cells.Spread {
		if spread < snowSpread {
			plain++
		}
	}
	return float64(plain) <= snowPlain*float64(len(p.Cells.Spread)) && histogramOf(p.Cells.Mean).spread() <= snowMeans
}
