package catalogue

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Settings is what the configuration says of one detector of one feed. The zero value of a field
// leaves the detector's default.
type Settings struct {
	Enabled  *bool
	For      *time.Duration
	Keep     *time.Duration
	Severity detectors.Severity
	// Decode fills the detector's own settings struct, whose fields carry mapstructure tags.
	// nil: all defaults.
	Decode func(any) error
}

// longestHold is the longest dwell that can be set; what takes longer is not an alarm any more.
const longestHold = 24 * time.Hour

// Arm makes the detectors of one feed from its settings by detector name: all that are on by
// default or enabled, in the order of the table. An unknown name and a setting out of its range
// are errors that say so.
func Arm(settings map[string]Settings) ([]detectors.Armed, error) {
	return arm(All, settings)
}

func arm(kinds []detectors.Kind, settings map[string]Settings) ([]detectors.Armed, error) {
	if err := checkNames(kinds, settings); err != nil {
		return nil, err
	}
	var armed []detectors.Armed
	for _, kind := range kinds {
		s := settings[kind.Name]
		enabled := !kind.Off
		if s.Enabled != nil {
			enabled = *s.Enabled
		}
		if !enabled {
			continue
		}
		a, err := armOne(kind, s)
		if err != nil {
			return nil, fmt.Errorf("detector %s: %w", kind.Name, err)
		}
		armed = append(armed, a)
	}
	return armed, nil
}

func armOne(kind detectors.Kind, s Settings) (detectors.Armed, error) {
	a := detectors.Armed{Kind: kind, Hold: kind.Hold, Severity: kind.Severity}
	if s.For != nil {
		a.Hold.For = *s.For
	}
	if s.Keep != nil {
		a.Hold.Keep = *s.Keep
	}
	if s.Severity != 0 {
		a.Severity = s.Severity
	}
	if err := detectors.InRange("for", a.Hold.For, 0, longestHold); err != nil {
		return a, err
	}
	if err := detectors.InRange("keep", a.Hold.Keep, 0, longestHold); err != nil {
		return a, err
	}
	decode := s.Decode
	if decode == nil {
		decode = func(any) error { return nil }
	}
	var err error
	a.Detector, err = kind.New(decode)
	return a, err
}

func checkNames(kinds []detectors.Kind, settings map[string]Settings) error {
	var known []string
	for _, k := range kinds {
		known = append(known, k.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no detector %q: want one of %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}
