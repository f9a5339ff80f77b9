package link

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// AnalysisDegraded tells that we did not look, or not at everything.
var AnalysisDegraded = detectors.Kind{
	Name: "analysis-degraded",
	Doc: "We did not look, or not at everything: packets were dropped because analysis could not keep up, analysis " +
		"is behind the feed by more than `behind`, or something in the feed cannot be measured. Nothing is said " +
		"about the feed itself; a fault in the part that was not looked at may have gone unseen.",
	Severity: detectors.Minor,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: 10 * time.Second},
	Settings: []detectors.Setting{
		{Name: "dropped", Default: "0", Range: "0 to 10000",
			Doc: "Packets that may be dropped within a second before it is told."},
		{Name: "behind", Default: "2s", Range: "100ms to 1m0s",
			Doc: "How far analysis may be behind the feed."},
	},
	New: newAnalysisDegraded,
}

type analysisDegradedSettings struct {
	Dropped int           `mapstructure:"dropped"`
	Behind  time.Duration `mapstructure:"behind"`
}

// dropWindow is what the setting "dropped" counts over.
const dropWindow = time.Second

// troubleGap separates one run of drops from the next in the counts of the detail.
const troubleGap = time.Minute

type analysisDegraded struct {
	settings analysisDegradedSettings
	recent   []drop // within dropWindow
	run      struct {
		last    time.Duration // when there last was trouble
		dropped int
		behind  time.Duration // the most
	}
}

type drop struct {
	at    time.Duration
	count int
}

func newAnalysisDegraded(decode func(any) error) (detectors.Detector, error) {
	d := &analysisDegraded{settings: analysisDegradedSettings{Behind: 2 * time.Second}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := detectors.InRange("dropped", d.settings.Dropped, 0, 10_000); err != nil {
		return nil, err
	}
	return d, detectors.InRange("behind", d.settings.Behind, 100*time.Millisecond, time.Minute)
}

func (d *analysisDegraded) Judge(s detectors.Sample) detectors.Verdict {
	l := s.Link
	if l == nil {
		return detectors.Verdict{}
	}
	recent := d.count(s.At, l.Dropped)
	dropping := l.Dropped > 0 && recent > d.settings.Dropped
	late := l.Behind > d.settings.Behind
	d.note(s.At, l, dropping, late)

	v := detectors.Verdict{State: detectors.Clear}
	var why []string
	if dropping {
		v.Score = float64(recent) / float64(recent+d.settings.Dropped)
	}
	if late {
		v.Score = max(v.Score, 1-float64(d.settings.Behind)/float64(2*l.Behind))
	}
	if l.Unmeasured != "" {
		v.Score = 1
		why = append(why, "not measured: "+l.Unmeasured)
	}
	if !dropping && !late && l.Unmeasured == "" {
		return v
	}
	if d.run.dropped > 0 {
		why = append(why, fmt.Sprintf("%d packets dropped", d.run.dropped))
	}
	if d.run.behind > 0 {
		why = append(why, fmt.Sprintf("up to %v behind", d.run.behind.Round(100*time.Millisecond)))
	}
	v.State, v.Detail = detectors.Present, strings.Join(why, "; ")
	return v
}

// count returns how many packets were dropped within the window that ends at this moment.
func (d *analysisDegraded) count(at time.Duration, dropped int) int {
	if dropped > 0 {
		d.recent = append(d.recent, drop{at, dropped})
	}
	sum := 0
	d.recent = slices.DeleteFunc(d.recent, func(old drop) bool { return at-old.at >= dropWindow })
	for _, r := range d.recent {
		sum += r.count
	}
	return sum
}

// note keeps what the detail tells of the present run of trouble.
func (d *analysisDegraded) note(at time.Duration, l *detectors.Link, dropping, late bool) {
	if at-d.run.last > troubleGap {
		d.run.dropped, d.run.behind = 0, 0
	}
	d.run.dropped += l.Dropped
	if late {
		d.run.behind = max(d.run.behind, l.Behind)
	}
	if dropping || late {
		d.run.last = at
	}
}
