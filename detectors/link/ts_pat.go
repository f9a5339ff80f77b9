package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PAT tells that the programme association table is missing.
var PAT = detectors.Kind{
	Name: "pat",
	Doc: "The programme association table, by which receivers find everything else in a transport stream, is missing, " +
		"late, scrambled, or another table is in its place. (ETSI TR 101 290, 1.3.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsLimit("500ms", "Longest time between two PATs."),
	New: newTSInterval(tsInterval{
		longest: func(t *detectors.TransportStream) detectors.Interval { return t.PATGap },
		faults:  func(t *detectors.TransportStream) detectors.Faults { return t.PAT },
		faulty:  "a wrong table, or a scrambled one,",
		late:    "no PAT",
	}, 500*time.Millisecond),
}
