package sound

import (
	"fmt"
	"math"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// DCOffset tells that a channel's wave does not swing about zero.
var DCOffset = detectors.Kind{
	Name: "dc-offset",
	Doc: "The mean of a channel over two seconds is off zero: a converter or an amplifier at fault. It costs headroom " +
		"on one side and makes clicks at every cut. Programme itself has hardly any: less than 0.7 % of full scale in " +
		"the worst of what was tried, but for the explosions of a film, which last seconds. " +
		"Source: the mean of samples (as FFmpeg's astats tells it), over 100 blocks of 20 ms.",
	Severity: detectors.Minor,
	Reads:    detectors.Sounds,
	Hold:     holdSeconds(20, 5),
	Settings: []detectors.Setting{
		{Name: "above", Default: "2%", Range: "0.1% to 50%", Doc: "Share of full scale that the mean may be off zero."},
	},
	New: newDCOffset,
}

type dcOffsetSettings struct {
	Above detectors.Ratio `mapstructure:"above"`
}

// dcWindow is how many blocks the mean is taken over: 2 s, in which even a slow swell averages out.
const dcWindow = 100

type dcOffset struct {
	settings dcOffsetSettings
	detail   string
	channels []window
	off      bool // as last said
}

func newDCOffset(decode func(any) error) (detectors.Detector, error) {
	d := &dcOffset{settings: dcOffsetSettings{Above: 0.02}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.detail = fmt.Sprintf("the sound is more than %v of full scale off zero", d.settings.Above)
	return d, detectors.InRange("above", d.settings.Above, 0.001, 0.5)
}

func (d *dcOffset) Judge(s detectors.Sample) detectors.Verdict {
	if !audible(s.Sound) {
		return detectors.Verdict{}
	}
	if len(d.channels) != len(s.Sound.Channels) {
		d.channels = make([]window, len(s.Sound.Channels))
		for i := range d.channels {
			d.channels[i] = newWindow(dcWindow)
		}
		d.off = false
	}
	worst, mean := 0, 0.0
	for i := range d.channels {
		w := &d.channels[i]
		if s.Sound.Broken {
			w.reset()
		}
		w.add(s.Sound.Channels[i].DC, 1)
		if m := math.Abs(w.mean()); m > mean {
			worst, mean = i, m
		}
	}
	w := &d.channels[worst]
	if !w.full() {
		return detectors.Verdict{}
	}
	limit := float64(d.settings.Above)
	side := math.Copysign(limit, w.mean())
	off := mean > limit
	v := said(off, share(mean, limit, 4*limit), d.detail)
	switch {
	case off != d.off:
		v.Lasted = time.Duration(w.since(side, off == (side > 0))) * blockLength
	case off && w.since(side, side < 0) >= turned:
		v = detectors.Verdict{} // the mean is still off, by what came before
	}
	d.off = off
	return v
}
