package link

import (
	"github.com/vedette-av/vedette/detectors"
)

// TransportError tells that packets arrive already damaged.
var TransportError = detectors.Kind{
	Name: "transport-error",
	Doc: "Packets of a transport stream are marked as damaged by the equipment that received them, a demodulator for " +
		"example, which could not repair them. (ETSI TR 101 290, 2.1.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsErrors,
	New: newTSFaults("packets marked as damaged", func(t *detectors.TransportStream) detectors.Faults {
		return t.TransportErrors
	}),
}
