package detecttest

import (
	"encoding"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"
)

// decode fills the fields of a settings struct by their mapstructure tag, as the configuration does.
func decode(into any, settings map[string]string) error {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("decode settings: want a pointer to a struct, not %T", into)
	}
	v = v.Elem()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		field := fieldOf(v, name)
		if !field.IsValid() {
			return fmt.Errorf("unknown setting %q", name)
		}
		if err := setField(field, settings[name]); err != nil {
			return fmt.Errorf("setting %s: %w", name, err)
		}
	}
	return nil
}

func fieldOf(v reflect.Value, name string) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("mapstructure") == name {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

func setField(field reflect.Value, text string) error {
	switch into := field.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return into.UnmarshalText([]byte(text))
	case *time.Duration:
		d, err := time.ParseDuration(text)
		*into = d
		return err
	case *bool:
		b, err := strconv.ParseBool(text)
		*into = b
		return err
	case *int:
		n, err := strconv.Atoi(text)
		*into = n
		return err
	case *float64:
		f, err := strconv.ParseFloat(text, 64)
		*into = f
		return err
	case *string:
		*into = text
		return nil
	}
	return fmt.Errorf("settings of type %s cannot be set", field.Type())
}
