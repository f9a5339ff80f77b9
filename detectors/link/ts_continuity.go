package link

import (
	"github.com/vedette-av/vedette/detectors"
)

// Continuity tells that packets of a transport stream are missing.
var Continuity = detectors.Kind{
	Name: "continuity",
	Doc: "Packets of a transport stream are missing, out of order or there more than twice, by the counter that every " +
		"PID carries. What this machine itself failed to read in time is not counted here but told by " +
		"analysis-degraded, and loss behind a discontinuity that the stream announces is none. (ETSI TR 101 290, 1.4.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsErrors,
	New: newTSFaults("packets lost, out of order or too often", func(t *detectors.TransportStream) detectors.Faults {
		return t.Continuity
	}),
}
