package config

import (
	"reflect"

	"go.yaml.in/yaml/v3"
)

// MissingKeys returns the keys that a document can have and a text has not.
func MissingKeys(text string) ([]string, error) {
	var root map[string]any
	if err := yaml.Unmarshal([]byte(text), &root); err != nil {
		return nil, err
	}
	return missing("", reflect.TypeFor[document](), []any{root}), nil
}

// missing looks for each key in any of several groups.
func missing(path string, shape reflect.Type, groups []any) []string {
	var keys []string
	for _, key := range keysOf(shape) {
		var below []any
		found := false
		for _, group := range groups {
			value, ok := group.(map[string]any)[key]
			found = found || ok
			switch v := value.(type) {
			case map[string]any:
				below = append(below, v)
			case []any:
				below = append(below, v...)
			}
		}
		field, _ := fieldOf(shape, key)
		if field.Kind() == reflect.Slice {
			field = field.Elem()
		}
		switch {
		case !found:
			keys = append(keys, join(path, key))
		case field.Kind() == reflect.Struct:
			keys = append(keys, missing(join(path, key), field, below)...)
		}
	}
	return keys
}

// SinkTypes are the types of sinks that there are.
func SinkTypes() []string { return typeNames() }

// SinkKeys are the keys of a type of sink alone, or for "" those that every sink has.
func SinkKeys(name string) []string {
	for _, kind := range sinkTypes {
		if kind.name == name {
			return flatKeys(reflect.TypeOf(kind.settings()).Elem())
		}
	}
	return flatKeys(reflect.TypeFor[sinkDocument]())
}
