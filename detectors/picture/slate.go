package picture

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Slate tells that a still which was taught is on the feed.
var Slate = detectors.Kind{
	Name: "slate",
	Doc: "A picture is on the feed that was taught: the slate of a station or a player (\"we will be right back\"), the " +
		"card of an encoder without input, a test card. `vedette slate FILE` takes its fingerprint from a recording " +
		"of it, best one of the feed itself, and prints it for `pictures`. It is recognised in any size and range, coded again, with noise, and with a clock or a ticker in up to `ignore_area` " +
		"of it; cropped, mirrored or with bars it is another picture. A picture of nearly one brightness cannot be " +
		"taught. Off by default, because there is nothing to look for until one is. " +
		"Source: own; the means of 16 by 9 squares in luma, Cb and Cr.",
	Severity: detectors.Major,
	Reads:    detectors.Pictures,
	Hold:     detectors.Hold{For: 3 * time.Second, Keep: 2 * time.Second},
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "pictures", Default: "", Range: "NAME=CODE, several apart by blanks",
			Doc: "What to look for, as `vedette slate` prints it."},
		{Name: "tolerance", Default: "6", Range: "1 to 30",
			Doc: "How far a square may be from the one that was taught, in 8-bit code values of luma, Cb and Cr each."},
		{Name: "ignore_area", Default: "10%", Range: "0% to 50%",
			Doc: "Share of the picture that may differ: a clock, a ticker, a moving ornament."},
	},
	New: newSlate,
}

type slateSettings struct {
	Pictures   string          `mapstructure:"pictures"`
	Tolerance  float64         `mapstructure:"tolerance"`
	IgnoreArea detectors.Ratio `mapstructure:"ignore_area"`
}

// mostSlates bounds the work for a picture.
const mostSlates = 16

type slate struct {
	settings slateSettings
	taught   []taught
	grid     gridder
}

// taught is a fingerprint in the range of the feed.
type taught struct {
	limited, full Fingerprint
	detail        string
}

func newSlate(decode func(any) error) (detectors.Detector, error) {
	d := &slate{settings: slateSettings{Tolerance: 6, IgnoreArea: 0.1}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	err := errors.Join(
		detectors.InRange("tolerance", d.settings.Tolerance, 1, 30),
		detectors.InRange("ignore_area", d.settings.IgnoreArea, 0, 0.5),
	)
	if err != nil {
		return nil, err
	}
	for _, text := range strings.FieldsFunc(d.settings.Pictures, func(r rune) bool { return strings.ContainsRune(", \t\r\n", r) }) {
		f, err := ParseFingerprint(text)
		if err != nil {
			return nil, fmt.Errorf("setting pictures: %w", err)
		}
		d.taught = append(d.taught, taught{limited: f, full: f.inFull(), detail: "slate " + f.Name})
	}
	if len(d.taught) > mostSlates {
		return nil, fmt.Errorf("setting pictures has %d fingerprints: want at most %d", len(d.taught), mostSlates)
	}
	return d, nil
}

// inFull returns a fingerprint in code values of full range.
func (f Fingerprint) inFull() Fingerprint {
	for i := range printSquares {
		f.luma[i] = stretched(f.luma[i], 219)
		f.blue[i], f.reddish[i] = stretched(f.blue[i], 224), stretched(f.reddish[i], 224)
	}
	return f
}

func stretched(v byte, span float64) byte {
	return byte(min(max(math.Round((float64(v)-16)*255/span), 0), 255))
}

func (d *slate) Judge(s detectors.Sample) detectors.Verdict {
	p := s.Picture
	if len(d.taught) == 0 || !isMeasured(p) || p.Cells.Columns < printColumns || p.Cells.Rows < printRows {
		return detectors.Verdict{}
	}
	v := detectors.Verdict{State: detectors.Clear}
	luma := *d.grid.squares(p, p.Cells.Mean)
	var odd [mostSlates][printSquares]bool
	near := false
	for i := range d.taught {
		if d.differ(&odd[i], &luma, &d.taught[i].in(p).luma) {
			near = true
		}
	}
	if !near { // nothing has its luma
		return v
	}
	blue := *d.grid.squares(p, p.Cells.Cb)
	reddish := d.grid.squares(p, p.Cells.Cr)
	for i := range d.taught {
		t := &d.taught[i]
		d.differ(&odd[i], &blue, &t.in(p).blue)
		d.differ(&odd[i], reddish, &t.in(p).reddish)
		if score := d.score(&odd[i]); score > v.Score {
			v.Score = score
			if score >= 0.5 {
				v.State, v.Detail = detectors.Present, t.detail
			}
		}
	}
	return v
}

// in returns the fingerprint in the range of a picture.
func (t *taught) in(p *detectors.Picture) *Fingerprint {
	if p.Full {
		return &t.full
	}
	return &t.limited
}

// differ marks the squares that differ, and tells whether they are few enough.
func (d *slate) differ(odd *[printSquares]bool, got, want *[printSquares]byte) bool {
	for i := range printSquares {
		if float64(distance(got[i], want[i])) > d.settings.Tolerance {
			odd[i] = true
		}
	}
	return d.score(odd) >= 0.5
}

// score is 1 where no square differs, 0.5 where as many do as may.
func (d *slate) score(odd *[printSquares]bool) float64 {
	n := 0
	for _, o := range odd {
		if o {
			n++
		}
	}
	permitted := math.Floor(float64(d.settings.IgnoreArea) * printSquares)
	if float64(n) <= permitted {
		return 1 - 0.5*float64(n)/max(permitted, 1)
	}
	return max(0.5-float64(n)/(2*printSquares), 0)
}
