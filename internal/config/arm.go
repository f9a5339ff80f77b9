package config

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"

	"github.com/vedette-av/vedette/detectors"
)

// Arm makes fresh detectors for the feed, in the order of kinds, without those that are turned off.
func (f Feed) Arm(kinds []detectors.Kind) ([]detectors.Armed, error) {
	var armed []detectors.Armed
	for _, kind := range kinds {
		set, ok := f.Detectors[kind.Name]
		if !ok {
			set = initial(kind)
		}
		if !set.Enabled {
			continue
		}
		detector, err := kind.New(func(into any) error { return settle(set.Settings, into) })
		if err != nil {
			return nil, fmt.Errorf("set up detector %s of feed %s: %w", kind.Name, f.Name, err)
		}
		armed = append(armed, detectors.Armed{Kind: kind, Detector: detector, Hold: set.Hold, Severity: set.Severity})
	}
	return armed, nil
}

// Dwell sets how long a fault must last to be told, for every detector of the feed.
func (f *Feed) Dwell(open time.Duration) {
	f.Detectors = maps.Clone(f.Detectors)
	for name, set := range f.Detectors {
		set.Hold.For = open
		f.Detectors[name] = set
	}
}

// initial is a detector of which nothing is set.
func initial(kind detectors.Kind) Detector {
	return Detector{Enabled: !kind.Off, Hold: kind.Hold, Severity: kind.Severity}
}

// base is every detector of which nothing is set.
func base(kinds []detectors.Kind) map[string]Detector {
	all := make(map[string]Detector, len(kinds))
	for _, kind := range kinds {
		all[kind.Name] = initial(kind)
	}
	return all
}

// longestHold bounds the dwell: beyond it an alarm is of no use to anybody.
const longestHold = 24 * time.Hour

// severities are the names of the ranks.
var severities = map[string]detectors.Severity{
	"info": detectors.Info, "minor": detectors.Minor, "major": detectors.Major, "critical": detectors.Critical,
}

// detectors lays one detectors section, at a path, over what was set before.
func (t *tree) detectors(path string, under map[string]Detector, section map[string]map[string]any, kinds []detectors.Kind) (map[string]Detector, Problems) {
	var problems Problems
	all := maps.Clone(under)
	for _, kind := range kinds {
		written, ok := section[kind.Name]
		if !ok {
			continue
		}
		set, wrong := t.detector(join(path, kind.Name), under[kind.Name], written)
		if len(wrong) == 0 {
			wrong = t.try(join(path, kind.Name), kind, set, written)
		}
		if len(wrong) == 0 { // or else every feed would repeat what is wrong with the defaults
			all[kind.Name] = set
		}
		problems = append(problems, wrong...)
	}
	return all, problems
}

// detector lays what is written of one detector over what was set before.
func (t *tree) detector(path string, set Detector, written map[string]any) (Detector, Problems) {
	var doc detectorDocument
	config := mapstructure.DecoderConfig{Result: &doc}
	strict(&config)
	decoder, err := mapstructure.NewDecoder(&config)
	if err == nil {
		err = decoder.Decode(written)
	}
	problems := t.problems(path, err, nil)
	if doc.Enabled != nil {
		set.Enabled = *doc.Enabled
	}
	hold := func(key string, value *time.Duration, into *time.Duration) {
		switch {
		case value == nil:
		case *value < 0 || *value > longestHold:
			problems = append(problems, t.at(join(path, key), fmt.Sprintf("%s is not from 0s to %s", *value, longestHold)))
		default:
			*into = *value
		}
	}
	hold("for", doc.For, &set.Hold.For)
	hold("keep", doc.Keep, &set.Hold.Keep)
	if doc.Severity != nil {
		severity, ok := severities[*doc.Severity]
		if !ok {
			problems = append(problems, t.at(join(path, "severity"), unknown(
				fmt.Sprintf("severity %q", shorten(*doc.Severity)), *doc.Severity, slices.Sorted(maps.Keys(severities)))))
		}
		set.Severity = severity
	}
	if len(doc.Settings) > 0 {
		set.Settings = maps.Clone(set.Settings)
		if set.Settings == nil {
			set.Settings = map[string]any{}
		}
		maps.Copy(set.Settings, doc.Settings)
	}
	return set, problems
}

// try makes the detector once, so that what it refuses is told now and not at the first sample.
// Only what is written here is complained of: the settings below it were tried before.
func (t *tree) try(path string, kind detectors.Kind, set Detector, written map[string]any) Problems {
	var problems Problems
	_, err := kind.New(func(into any) error {
		err := settle(set.Settings, into)
		var strange *strangeError
		if errors.As(err, &strange) {
			for _, key := range strange.keys {
				if _, here := written[key]; here {
					problems = append(problems, t.at(join(path, key), unknown("setting", key, settingsOf(kind))))
				}
			}
		} else {
			problems = append(problems, t.problems(path, err, set.Settings)...)
		}
		return err
	})
	if err != nil && len(problems) == 0 {
		problems = append(problems, t.at(path, oneLine(err.Error())))
	}
	return problems
}

// settingsOf are the names of all that can be set of a kind.
func settingsOf(kind detectors.Kind) []string {
	names := []string{"enabled", "for", "keep", "severity"}
	for _, setting := range kind.Settings {
		names = append(names, setting.Name)
	}
	return names
}

// strangeError tells of settings that a detector does not have.
type strangeError struct{ keys []string }

func (e *strangeError) Error() string { return "unknown settings " + list(e.keys) }

// settle decodes the settings of a detector into its settings struct, which holds the defaults.
// A key stands for the field of the same name, without regard to case and underscores.
func settle(settings map[string]any, into any) error {
	var seen mapstructure.Metadata
	config := mapstructure.DecoderConfig{Result: into, Metadata: &seen, MatchName: sameName}
	strict(&config)
	if kind := reflect.ValueOf(into).Kind(); kind != reflect.Pointer {
		return fmt.Errorf("settings are decoded into a pointer, not into a %s", kind)
	}
	decoder, err := mapstructure.NewDecoder(&config)
	if err != nil {
		return err
	}
	if err := decoder.Decode(settings); err != nil {
		return err
	}
	if len(seen.Unused) > 0 {
		slices.Sort(seen.Unused)
		return &strangeError{seen.Unused}
	}
	return nil
}

func sameName(key, field string) bool {
	return strings.EqualFold(strings.ReplaceAll(key, "_", ""), strings.ReplaceAll(field, "_", ""))
}
