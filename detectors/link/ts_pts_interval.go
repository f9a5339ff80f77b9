package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PTSInterval tells that timestamps come too seldom.
var PTSInterval = detectors.Kind{
	Name: "pts-interval",
	Doc: "A video or audio stream of the watched programme carries no timestamps for too long, without which sound and " +
		"picture cannot be kept together. Not known while the stream is scrambled. (ETSI TR 101 290, 2.5.)",
	Severity: detectors.Minor,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsLimit("700ms", "Longest time between two presentation timestamps of a PID."),
	New: newTSInterval(tsInterval{
		longest: func(t *detectors.TransportStream) detectors.Interval { return t.PTSGap },
		late:    "no PTS",
	}, 700*time.Millisecond),
}
