// Package sound holds the detectors that read measured sound.
package sound

import "github.com/vedette-av/vedette/detectors"

// All is the table of this folder.
var All = []detectors.Kind{Silence}
