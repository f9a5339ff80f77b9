package link

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// tsKeep is how long a transport stream must have been in order before an incident is closed: faults
// of a bad line come in runs.
const tsKeep = 10 * time.Second

// tsFaults judges a count of faults. It is Unknown where no packets were seen.
type tsFaults struct {
	settings struct {
		Errors int `mapstructure:"errors"`
	}
	count  func(*detectors.TransportStream) detectors.Faults
	what   string
	recent []drop // within dropWindow
}

// tsErrors is the setting that the detectors of faults share.
var tsErrors = []detectors.Setting{{Name: "errors", Default: "0", Range: "0 to 10000",
	Doc: "Faults that may come within a second before it is told."}}

func newTSFaults(what string, count func(*detectors.TransportStream) detectors.Faults) func(func(any) error) (detectors.Detector, error) {
	return func(decode func(any) error) (detectors.Detector, error) {
		d := &tsFaults{count: count, what: what}
		if err := decode(&d.settings); err != nil {
			return nil, err
		}
		return d, detectors.InRange("errors", d.settings.Errors, 0, 10_000)
	}
}

func (d *tsFaults) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil || s.Link.Transport == nil {
		return detectors.Verdict{}
	}
	found := d.count(s.Link.Transport)
	var recent int
	d.recent, recent = within(d.recent, s.At, found.Count)
	switch {
	case found.Count > 0 && recent > d.settings.Errors:
		return detectors.Verdict{
			State: detectors.Present, Score: float64(recent) / float64(recent+d.settings.Errors),
			Detail: fmt.Sprintf("%s on PID %d", d.what, found.PID),
		}
	case s.Link.Transport.Packets == 0:
		return detectors.Verdict{}
	}
	return detectors.Verdict{State: detectors.Clear}
}

// within adds a count and returns the sum over the window that ends at this moment.
func within(recent []drop, at time.Duration, count int) (kept []drop, sum int) {
	if count > 0 {
		recent = append(recent, drop{at, count})
	}
	kept = recent[:0]
	for _, r := range recent {
		if at-r.at < dropWindow {
			kept = append(kept, r)
			sum += r.count
		}
	}
	return kept, sum
}

// tsInterval judges the longest interval between two of a kind. It is Unknown where no packets were
// seen: what does not arrive at all is told by no-signal.
type tsInterval struct {
	settings struct {
		Limit time.Duration `mapstructure:"limit"`
	}
	longest func(*detectors.TransportStream) detectors.Interval
	faults  func(*detectors.TransportStream) detectors.Faults // that count as well; nil for none
	late    string                                            // "no PAT", of the PID and for how long is added
	faulty  string
	at      bool // it is a step at a moment, not a time that has lasted
}

// tsLimit is the setting that the detectors of intervals share.
func tsLimit(standard, doc string) []detectors.Setting {
	return []detectors.Setting{{Name: "limit", Default: standard, Range: "10ms to 1m0s", Doc: doc}}
}

func newTSInterval(like tsInterval, standard time.Duration) func(func(any) error) (detectors.Detector, error) {
	return func(decode func(any) error) (detectors.Detector, error) {
		d := like
		d.settings.Limit = standard
		if err := decode(&d.settings); err != nil {
			return nil, err
		}
		return &d, detectors.InRange("limit", d.settings.Limit, 10*time.Millisecond, time.Minute)
	}
}

func (d *tsInterval) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil || s.Link.Transport == nil || s.Link.Transport.Packets == 0 {
		return detectors.Verdict{}
	}
	if d.faults != nil {
		if f := d.faults(s.Link.Transport); f.Count > 0 {
			return detectors.Verdict{State: detectors.Present, Score: 1, Detail: fmt.Sprintf("%s on PID %d", d.faulty, f.PID)}
		}
	}
	gap := d.longest(s.Link.Transport)
	if gap.Time <= d.settings.Limit {
		return detectors.Verdict{State: detectors.Clear}
	}
	v := detectors.Verdict{
		State: detectors.Present, Score: 1 - float64(d.settings.Limit)/float64(2*gap.Time), Lasted: gap.Time,
		Detail: fmt.Sprintf("%s on PID %d for more than %v", d.late, gap.PID, d.settings.Limit),
	}
	if d.at {
		v.Lasted, v.Detail = 0, fmt.Sprintf("%s on PID %d by more than %v", d.late, gap.PID, d.settings.Limit)
	}
	return v
}
