package link

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// KeyFrameInterval tells that key pictures are too far apart.
var KeyFrameInterval = detectors.Kind{
	Name: "key-frame-interval",
	Doc: "Key pictures, at which a viewer can join and after which damage is gone, are too far apart. Encoders for " +
		"broadcast and streaming make one every 1 to 4 s, those for the web up to every 10 s; set `limit` to what your " +
		"chain needs. Unknown where they come on request, as in WebRTC.",
	Severity: detectors.Minor,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: 5 * time.Second},
	Settings: []detectors.Setting{
		{Name: "limit", Default: "30s", Range: "100ms to 10m0s", Doc: "Longest time from one key picture to the next."},
	},
	New: newKeyFrameInterval,
}

type keyFrameInterval struct {
	settings struct {
		Limit time.Duration `mapstructure:"limit"`
	}
	session int
	known   bool
	last    time.Duration // when a key picture last came
}

func newKeyFrameInterval(decode func(any) error) (detectors.Detector, error) {
	d := &keyFrameInterval{}
	d.settings.Limit = 30 * time.Second
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	return d, detectors.InRange("limit", d.settings.Limit, 100*time.Millisecond, 10*time.Minute)
}

func (d *keyFrameInterval) Judge(s detectors.Sample) detectors.Verdict {
	l := s.Link
	if l == nil || l.KeysOnRequest {
		return detectors.Verdict{}
	}
	if m := l.VideoTime; !l.Up || m.Session != d.session {
		d.session, d.known = m.Session, false
	}
	if l.VideoTime.Keys > 0 {
		d.known, d.last = true, s.At
	}
	age := s.At - d.last
	switch {
	case !d.known:
		return detectors.Verdict{}
	case age > d.settings.Limit && l.Video == 0:
		return detectors.Verdict{} // nothing comes that could be one
	case age > d.settings.Limit:
		return detectors.Verdict{
			State: detectors.Present, Score: 1 - float64(d.settings.Limit)/float64(2*age), Lasted: age - d.settings.Limit,
			Detail: fmt.Sprintf("no key picture for more than %v", d.settings.Limit),
		}
	}
	return detectors.Verdict{State: detectors.Clear, Score: float64(age) / float64(2*d.settings.Limit)}
}
