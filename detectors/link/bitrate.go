package link

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Bitrate tells that the bit rate is not what it should be.
var Bitrate = detectors.Kind{
	Name: "bitrate",
	Doc: "The bit rate of the media is under `min`, over `max`, or has fallen under a share (`fall`) of what it was over " +
		"the last five minutes. It is off unless it is enabled: a still picture needs a hundredth of the bits of a moving " +
		"one, and only who sends the feed knows whether its encoder keeps the rate up all the same.",
	Severity: detectors.Minor,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 10 * time.Second, Keep: 10 * time.Second},
	Off:      true,
	Settings: []detectors.Setting{
		{Name: "min", Default: "0kbit/s", Range: "0kbit/s to 10Gbit/s", Doc: "Lowest rate; 0 for none."},
		{Name: "max", Default: "0kbit/s", Range: "0kbit/s to 10Gbit/s", Doc: "Highest rate; 0 for none."},
		{Name: "fall", Default: "30%", Range: "0% to 99%", Doc: "Share of its usual rate that it may fall to; 0% to compare with the limits alone."},
	},
	New: newBitrate,
}

// Rate is a bit rate in bits a second, written "2.5Mbit/s" or "800kbit/s".
type Rate float64

// UnmarshalText reads "2.5Mbit/s", "800kbit/s", "800 kb/s", "800k" or a number of bits a second.
func (r *Rate) UnmarshalText(text []byte) error {
	number := strings.TrimSpace(string(text))
	for _, unit := range []string{"bit/s", "bits/s", "bps", "b/s"} {
		number = strings.TrimSuffix(number, unit)
	}
	number = strings.TrimSpace(number)
	scale := 1.0
	for prefix, factor := range map[string]float64{"k": 1e3, "M": 1e6, "G": 1e9} {
		if rest, ok := strings.CutSuffix(number, prefix); ok {
			number, scale = strings.TrimSpace(rest), factor
			break
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || !(value >= 0 && value < 1e15) {
		return fmt.Errorf("bit rate %q: want such as 2.5Mbit/s or 800kbit/s", text)
	}
	*r = Rate(value * scale)
	return nil
}

// MarshalText writes "2500kbit/s".
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

func (r Rate) String() string {
	switch {
	case r >= 1e9:
		return strconv.FormatFloat(float64(r)/1e9, 'g', 4, 64) + "Gbit/s"
	case r >= 1e6:
		return strconv.FormatFloat(float64(r)/1e6, 'g', 4, 64) + "Mbit/s"
	}
	return strconv.FormatFloat(float64(r)/1e3, 'g', 4, 64) + "kbit/s"
}

type bitrateSettings struct {
	Min  Rate            `mapstructure:"min"`
	Max  Rate            `mapstructure:"max"`
	Fall detectors.Ratio `mapstructure:"fall"`
}

const (
	rateWindow = 5 * time.Second
	// usualOver is over how long the usual rate is taken, and usualFrom how much of it must have been
	// seen to be one.
	usualOver = 5 * time.Minute
	usualFrom = time.Minute
)

type bitrate struct {
	settings bitrateSettings
	window   window  // bits
	usual    float64 // bits a second
	seen     time.Duration
	wrong    bool // as last said
}

func newBitrate(decode func(any) error) (detectors.Detector, error) {
	d := &bitrate{settings: bitrateSettings{Fall: 0.3}}
	d.window.length = rateWindow
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := detectors.InRange("min", float64(d.settings.Min), 0, 10e9); err != nil {
		return nil, err
	}
	if err := detectors.InRange("max", float64(d.settings.Max), 0, 10e9); err != nil {
		return nil, err
	}
	if d.settings.Max > 0 && d.settings.Min > d.settings.Max {
		return nil, fmt.Errorf("setting min is %v: want no more than max, %v", d.settings.Min, d.settings.Max)
	}
	return d, detectors.InRange("fall", d.settings.Fall, 0, 0.99)
}

func (d *bitrate) Judge(s detectors.Sample) detectors.Verdict {
	l := s.Link
	if l == nil || !l.Up {
		d.window.clear()
		d.wrong = false
		return detectors.Verdict{}
	}
	d.window.add(s.At, l.Interval, 8*float64(l.Bytes))
	sum := d.window.sum()
	if sum.passed < rateWindow*9/10 || sum.counts[0] == 0 {
		return detectors.Verdict{} // too early to tell, or no signal
	}
	rate := sum.counts[0] / sum.passed.Seconds()
	low, high, fallen := float64(d.settings.Min), float64(d.settings.Max), d.usual*float64(d.settings.Fall)
	if d.seen < usualFrom {
		fallen = 0
	}
	switch {
	case rate < low:
		return d.off(s.At, rate/low, low, fmt.Sprintf("the bit rate is under %v", d.settings.Min))
	case high > 0 && rate > high:
		return d.off(s.At, high/rate, -high, fmt.Sprintf("the bit rate is over %v", d.settings.Max))
	case rate < fallen:
		// What is usual does not follow: it is a fault until the rate is back.
		return d.off(s.At, rate/fallen, fallen, fmt.Sprintf("the bit rate has fallen: it was %v", d.usually()))
	}
	d.wrong = false
	d.learn(rate, l.Interval)
	if low == 0 && high == 0 && d.seen < usualFrom {
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Clear, Score: max(ratio(low, rate), ratio(rate, high), ratio(fallen, rate)) / 2}
}

// learn moves the usual rate.
func (d *bitrate) learn(rate float64, passed time.Duration) {
	d.seen = min(d.seen+passed, usualOver)
	d.usual += (rate - d.usual) * min(float64(passed)/float64(max(d.seen, passed, time.Millisecond)), 1)
}

// usually is the usual rate to two digits.
func (d *bitrate) usually() Rate {
	unit := math.Pow(10, math.Floor(math.Log10(max(d.usual, 1)))-1)
	return Rate(math.Round(d.usual/unit) * unit)
}

// off answers for a rate under a limit, or over one, which is negative then.
func (d *bitrate) off(at time.Duration, nearness, limit float64, detail string) detectors.Verdict {
	v := detectors.Verdict{State: detectors.Present, Score: 1 - min(max(nearness, 0), 1)/2, Detail: detail}
	if !d.wrong {
		sign := 1.0
		if limit < 0 {
			sign = -1
		}
		v.Lasted = at - d.window.onset(func(s slice) float64 { return limit*s.passed.Seconds() - sign*s.counts[0] })
	}
	d.wrong = true
	return v
}

// ratio is a to b, 0 where there is no b.
func ratio(a, b float64) float64 {
	if b <= 0 {
		return 0
	}
	return min(a/b, 1)
}
