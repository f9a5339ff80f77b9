// Package catalogue joins the tables of detectors. It is the only package that knows them all.
package catalogue

import (
	"slices"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/detectors/link"
	"github.com/vedette-av/vedette/detectors/picture"
	"github.com/vedette-av/vedette/detectors/sound"
	"github.com/vedette-av/vedette/detectors/sync"
)

// All is every detector, in the order of the documentation.
var All = slices.Concat(picture.All, sound.All, link.All, sync.All)

// Find returns the detector of a name.
func Find(name string) (detectors.Kind, bool) {
	for _, k := range All {
		if k.Name == name {
			return k, true
		}
	}
	return detectors.Kind{}, false
}
