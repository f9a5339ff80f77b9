package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PCRInterval tells that clock references come too seldom.
var PCRInterval = detectors.Kind{
	Name: "pcr-interval",
	Doc: "The programme clock reference, to which receivers tune their clock, comes too seldom. Measured by the PCRs " +
		"themselves, so that the jitter of a network does not count; only their absence is measured by arrival. The " +
		"accuracy of the PCR (±500 ns) is not measurable here: it takes a hardware clock. (ETSI TR 101 290, 2.3a.)",
	Severity: detectors.Minor,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsLimit("100ms", "Longest time between two PCRs: 100 ms by ISO/IEC 13818-1 and TR 101 290; 40 ms by DVB's own rule (TS 101 154)."),
	New: newTSInterval(tsInterval{
		longest: func(t *detectors.TransportStream) detectors.Interval { return t.PCRGap },
		late:    "no PCR",
	}, 100*time.Millisecond),
}
