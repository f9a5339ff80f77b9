package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/vedette-av/vedette/detectors"
)

// strangers finds the keys that mean nothing. The settings of a detector are left to the detector.
func (t *tree) strangers(kinds []detectors.Kind) Problems {
	return t.unknown("", t.root, reflect.TypeFor[document](), kinds)
}

func (t *tree) unknown(path string, group map[string]any, shape reflect.Type, kinds []detectors.Kind) Problems {
	var problems Problems
	for _, key := range slices.Sorted(maps.Keys(group)) {
		place := join(path, key)
		field, ok := fieldOf(shape, key)
		if !ok {
			problems = append(problems, t.at(place, unknown("key", key, keysOf(shape))))
			continue
		}
		switch value := group[key].(type) {
		case map[string]any:
			switch {
			case key == "detectors":
				problems = append(problems, t.unknownKinds(place, value, kinds)...)
			case field.Kind() == reflect.Struct:
				problems = append(problems, t.unknown(place, value, field, kinds)...)
			}
		case []any:
			if field.Kind() != reflect.Slice || field.Elem().Kind() != reflect.Struct {
				continue
			}
			for i, item := range value {
				if below, ok := item.(map[string]any); ok {
					problems = append(problems, t.unknown(fmt.Sprintf("%s[%d]", place, i), below, field.Elem(), kinds)...)
				}
			}
		}
	}
	return problems
}

// unknownKinds finds what is no detector, and settings that are not in lower case: viper would
// take For and for as one, and which of them won would be chance.
func (t *tree) unknownKinds(path string, section map[string]any, kinds []detectors.Kind) Problems {
	var names []string
	for _, kind := range kinds {
		names = append(names, kind.Name)
	}
	var problems Problems
	for _, name := range slices.Sorted(maps.Keys(section)) {
		place := join(path, name)
		if !slices.Contains(names, name) {
			problems = append(problems, t.at(place, unknown("detector", name, names)))
			continue
		}
		settings, _ := section[name].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			if lower := strings.ToLower(key); lower != key {
				problems = append(problems, t.at(join(place, key), "keys are written in lower case: "+lower))
			}
		}
	}
	return problems
}
