package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PMT tells that a programme map table is missing.
var PMT = detectors.Kind{
	Name: "pmt",
	Doc: "The programme map table of a programme, which names its video and audio, is missing, late or scrambled. All " +
		"programmes that the PAT lists are looked at. (ETSI TR 101 290, 1.5.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsLimit("500ms", "Longest time between two PMTs of a programme."),
	New: newTSInterval(tsInterval{
		longest: func(t *detectors.TransportStream) detectors.Interval { return t.PMTGap },
		faults:  func(t *detectors.TransportStream) detectors.Faults { return t.PMT },
		faulty:  "a scrambled PMT",
		late:    "no PMT",
	}, 500*time.Millisecond),
}
