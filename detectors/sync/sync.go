// Package sync holds the detectors of time: whether sound and picture belong together, and whether
// the sender's clock runs as ours does.
package sync

import "github.com/vedette-av/vedette/detectors"

// All is the table of this folder.
var All = []detectors.Kind{AVSkew, ClockDrift}
