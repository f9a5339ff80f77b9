// Package sound holds the detectors that read measured sound.
package sound

import "github.com/vedette-av/vedette/detectors"

// All is the table of this folder.
var All = []detectors.Kind{
	Silence, ChannelMissing, Dropout, Clipping, Click, Phase, DualMono, Tone, Hum, DCOffset, TruePeak, Loudness,
}
