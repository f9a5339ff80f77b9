package link

import (
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PIDMissing tells that an announced stream does not come.
var PIDMissing = detectors.Kind{
	Name: "pid-missing",
	Doc: "A video or audio PID that the watched programme names carries no packets. Subtitles and data, which come when " +
		"there is something to say, are not looked at. (ETSI TR 101 290, 1.6, where the limit is the user's.)",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: tsKeep},
	Settings: tsLimit("500ms", "Longest time without a packet of the PID. Raise it for sound of a very low bit rate, which comes in few packets."),
	New: newTSInterval(tsInterval{
		longest: func(t *detectors.TransportStream) detectors.Interval { return t.PIDGap },
		late:    "no packets",
	}, 500*time.Millisecond),
}
