package link

import (
	"github.com/vedette-av/vedette/detectors"
)

// CRC tells that tables are damaged.
var CRC = detectors.Kind{
	Name: "crc",
	Doc: "A table of a transport stream (PAT, CAT, PMT, NIT, SDT, BAT, EIT or TOT) does not match its checksum: it was " +
		"damaged on its way, or made wrongly. (ETSI TR 101 290, 2.2.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsErrors,
	New: newTSFaults("tables with a wrong checksum", func(t *detectors.TransportStream) detectors.Faults {
		return t.CRC
	}),
}
