package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// DecoderLost tells that the feed's worker is gone.
var DecoderLost = detectors.Kind{
	Name: "decoder-lost",
	Doc: "The process that decodes and measures this feed died or stopped answering, so nothing is known of its " +
		"pictures and sound. A new one is started at once; a feed that kills its process again and again is parked " +
		"for a while, and the detail says so. While there is nothing to decode, this is unknown.",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: time.Second},
	New: func(decode func(any) error) (detectors.Detector, error) {
		return decoderLost{}, decode(&struct{}{})
	},
}

type decoderLost struct{}

func (decoderLost) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil {
		return detectors.Verdict{}
	}
	present := detectors.Verdict{State: detectors.Present, Score: 1, Detail: s.Link.DecoderReason}
	switch s.Link.Decoder {
	case detectors.DecoderRunning:
		return detectors.Verdict{State: detectors.Clear}
	case detectors.DecoderLost:
		if present.Detail == "" {
			present.Detail = "the decoder stopped; a new one is being started"
		}
		return present
	case detectors.DecoderParked:
		if present.Detail == "" {
			present.Detail = "the feed stopped its decoder again and again; it is not tried for a while"
		}
		return present
	}
	return detectors.Verdict{} // idle, or a state that this version does not know
}
