package link

import (
	"fmt"

	"github.com/vedette-av/vedette/detectors"
)

// TSSync tells that a transport stream is out of step.
var TSSync = detectors.Kind{
	Name: "ts-sync",
	Doc: "The sync bytes of a transport stream are wrong: one that is wrong is damage, two in a row are loss of sync, " +
		"and then nothing can be read until five right ones follow one another. What the other checks say " +
		"meanwhile means little. (ETSI TR 101 290, 1.1 and 1.2.)",
	Severity: detectors.Critical,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: []detectors.Setting{{Name: "errors", Default: "0", Range: "0 to 10000",
		Doc: "Wrong sync bytes that may come within a second before it is told. Loss of sync is always told."}},
	New: newTSSync,
}

type tsSync struct {
	settings struct {
		Errors int `mapstructure:"errors"`
	}
	lost   bool
	recent []drop // wrong sync bytes within dropWindow
}

func newTSSync(decode func(any) error) (detectors.Detector, error) {
	d := &tsSync{}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("errors", d.settings.Errors, 0, 10_000)
}

func (d *tsSync) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil || s.Link.Transport == nil {
		d.lost = false // the source has ended; what comes next begins anew
		return detectors.Verdict{}
	}
	t := s.Link.Transport
	if t.SyncLosses.Count > 0 {
		d.lost = true
	} else if t.Synced {
		d.lost = false
	}
	var recent int
	d.recent, recent = within(d.recent, s.At, t.SyncBytes.Count)
	switch {
	case d.lost:
		return detectors.Verdict{State: detectors.Present, Score: 1, Detail: "sync lost"}
	case t.SyncBytes.Count > 0 && recent > d.settings.Errors:
		score := float64(recent) / float64(recent+d.settings.Errors)
		return detectors.Verdict{State: detectors.Present, Score: score, Detail: fmt.Sprintf("more than %d wrong sync bytes a second", d.settings.Errors)}
	case t.Packets == 0:
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Clear}
}
