package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PCRDiscontinuity tells that the clock of a programme jumps.
var PCRDiscontinuity = detectors.Kind{
	Name: "pcr-discontinuity",
	Doc: "The programme clock reference jumps, ahead or back, and the stream does not announce it: receivers lose their " +
		"clock. Typical for a splice or a playout that restarts. (ETSI TR 101 290, 2.3b.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsLimit("100ms", "By how much the PCR may step further than the time that passed."),
	New: newTSInterval(tsInterval{
		longest: func(t *detectors.TransportStream) detectors.Interval { return t.PCRAdvance },
		faults:  func(t *detectors.TransportStream) detectors.Faults { return t.PCRBackwards },
		faulty:  "the PCR went back",
		late:    "the PCR jumped ahead",
		at:      true,
	}, 100*time.Millisecond),
}
