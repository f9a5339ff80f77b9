package config

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// typed is the tree as a document: file, environment and command line, the later over the former.
func (t *tree) typed(general []assignment) (document, Problems) {
	v := viper.New()
	v.SetEnvPrefix("VEDETTE")
	v.SetEnvKeyReplacer(strings.NewReplacer(".", "_"))
	for _, path := range t.fromEnvironment() {
		v.MustBindEnv(path, variable(path))
	}
	doc := presets()
	// viper lower-cases the keys of the map it is given, so it gets one of its own.
	if err := v.MergeConfigMap(clone(t.root).(map[string]any)); err != nil {
		return doc, Problems{{Where: t.file, Text: err.Error()}}
	}
	for _, set := range general {
		t.origin[strings.Join(set.path, ".")] = "--set"
		v.Set(strings.Join(set.path, "."), set.value)
	}
	err := v.Unmarshal(&doc, func(c *mapstructure.DecoderConfig) { strict(c) })
	return doc, t.problems("", err, nil)
}

// strict makes a decoder convert nothing silently.
func strict(c *mapstructure.DecoderConfig) {
	c.WeaklyTypedInput = false
	c.DecodeHook = mapstructure.DecodeHookFuncValue(convert)
}

// convert reads the types that are written as text, and refuses what would lose its meaning.
func convert(from, to reflect.Value) (any, error) {
	if !from.IsValid() || !to.IsValid() || from.Kind() == reflect.Map && from.IsNil() {
		return nil, nil
	}
	value, written := from.Interface(), kindOf(from.Interface())
	target := to.Type()
	for target.Kind() == reflect.Pointer {
		target = target.Elem()
	}
	scalar := written != "a list" && written != "a group of settings"
	if target == reflect.TypeFor[time.Duration]() {
		if from.Type() == target {
			return value, nil
		}
		return duration(value)
	}
	if made := reflect.New(target); scalar && from.Type() != target {
		if text, ok := made.Interface().(encoding.TextUnmarshaler); ok {
			if err := text.UnmarshalText([]byte(fmt.Sprint(value))); err != nil {
				return nil, err
			}
			return made.Elem().Interface(), nil
		}
	}
	want := wanted(target)
	if want == "" || want == written || want == "a number" && written == "a whole number" {
		if number, ok := value.(float64); ok && (math.IsNaN(number) || math.IsInf(number, 0)) {
			return nil, fmt.Errorf("%v is not a usable number", number)
		}
		return value, nil
	}
	if want == "text" && scalar {
		return nil, fmt.Errorf("is %s, where text is wanted: put it in quotes", written)
	}
	return nil, fmt.Errorf("is %s, where %s is wanted", written, want)
}

// kindOf says in an operator's words what a value is.
func kindOf(value any) string {
	switch value.(type) {
	case string:
		return "text"
	case bool:
		return "true or false"
	case int, int64, uint64:
		return "a whole number"
	case float64:
		return "a number"
	case time.Time:
		return "a date"
	case []any:
		return "a list"
	case map[string]any:
		return "a group of settings"
	}
	return "something else"
}

// wanted says the same of what a field takes; "" where it takes anything.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a group of settings"
	}
	return ""
}

// day is an amount of days at the start of a duration, which the standard library does not read.
var day = regexp.MustCompile(`^(\d{1,5})d(.*)$`)

// duration reads "3s", "1m30s", "90d" or 0.
func duration(value any) (time.Duration, error) {
	if value == 0 {
		return 0, nil
	}
	text := fmt.Sprint(value)
	bad := fmt.Errorf("%q is not a duration: write a number and a unit, such as 500ms, 3s or 2h", shorten(text))
	if _, ok := value.(string); !ok {
		if kind := kindOf(value); kind != "a number" && kind != "a whole number" {
			return 0, fmt.Errorf("is %s, where a duration such as 3s is wanted", kind)
		}
		return 0, fmt.Errorf("%s has no unit: write %ss for seconds, or %sms", text, text, text)
	}
	var days time.Duration
	if m := day.FindStringSubmatch(text); m != nil {
		count, _ := strconv.Atoi(m[1])
		days = time.Duration(count) * 24 * time.Hour
		if text = m[2]; text == "" {
			return days, nil
		}
	}
	rest, err := time.ParseDuration(text)
	if err != nil || days+rest < days && rest > 0 {
		return 0, bad
	}
	return days + rest, nil
}

// problems turns the errors of a decoder into problems with the path of the key, below a base.
// settings are the keys as written where they differ from the names of the fields.
func (t *tree) problems(base string, err error, settings map[string]any) Problems {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		var all Problems
		for _, each := range joined.Unwrap() {
			all = append(all, t.problems(base, each, settings)...)
		}
		return all
	}
	var at *mapstructure.DecodeError
	if !errors.As(err, &at) {
		if inner := errors.Unwrap(err); inner != nil {
			return t.problems(base, inner, settings)
		}
		return Problems{t.at(base, oneLine(err.Error()))}
	}
	name, text := dotted(at.Name()), at.Unwrap().Error()
	for key := range settings {
		if sameName(key, name) {
			name = key
		}
	}
	var mistyped *mapstructure.UnconvertibleTypeError
	if errors.As(err, &mistyped) {
		text = fmt.Sprintf("is %s, where %s is wanted", kindOf(mistyped.Value), wanted(mistyped.Expected.Type()))
	}
	return Problems{t.at(join(base, name), oneLine(text))}
}

// bracket is how the decoder names an entry of a map: detectors[freeze].
var bracket = regexp.MustCompile(`\[([^\]\d][^\]]*)\]`)

// dotted makes the decoder's name of a field a path: detectors.freeze.
func dotted(name string) string { return bracket.ReplaceAllString(name, ".$1") }

// at is a problem of the key at a path.
func (t *tree) at(path, text string) Problem {
	problem := Problem{Where: t.file, Path: t.display(path), Text: text}
	for place := path; place != ""; place = parent(place) {
		if origin, ok := t.origin[place]; ok {
			problem.Where = origin
			return problem
		}
		if line, ok := t.lines[place]; ok {
			problem.Line = line
			return problem
		}
	}
	return problem
}

// parent is the path one step up.
func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

// indexed is a path into a feed.
var indexed = regexp.MustCompile(`^feeds\[(\d+)\]`)

// display writes a path as --set takes it: with the name of the feed in place of its index.
func (t *tree) display(path string) string {
	m := indexed.FindStringSubmatch(path)
	if m == nil {
		return shorten(path)
	}
	index, _ := strconv.Atoi(m[1])
	if feeds, _ := t.root["feeds"].([]any); index < len(feeds) {
		if feed, _ := feeds[index].(map[string]any); feed != nil {
			if name, _ := feed["name"].(string); ValidName(name) == nil {
				return shorten("feeds." + name + strings.TrimPrefix(path, m[0]))
			}
		}
	}
	return shorten(path)
}

// clone copies nested maps and lists.
func clone(value any) any {
	switch v := value.(type) {
	case map[string]any:
		copied := make(map[string]any, len(v))
		for key, item := range v {
			copied[key] = clone(item)
		}
		return copied
	case []any:
		copied := make([]any, len(v))
		for i, item := range v {
			copied[i] = clone(item)
		}
		return copied
	}
	return value
}

// isGroup tells whether an item of a list is a group of settings.
func (t *tree) isGroup(list string, index int) bool {
	items, _ := t.root[list].([]any)
	if index >= len(items) {
		return false
	}
	_, ok := items[index].(map[string]any)
	return ok
}
