// Package picture holds the detectors that read measured pictures.
package picture

import "github.com/vedette-av/vedette/detectors"

// All is the table of this folder.
var All = []detectors.Kind{Black, Freeze, PartialFreeze, SolidColour, ColourBars, TestCard, Letterbox, Slate, Levels, Flash, Interlace, Stutter, Tearing, Blockiness, Noise, Blur, Corruption}
