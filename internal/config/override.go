package config

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// environment is what can be set by environment variables: what differs between machines that
// share a file. VEDETTE_LOG_LEVEL sets log_level.
var environment = []string{"site", "state_directory", "log_level", "api.listen", "worker.path"}

// variable is the environment variable of a path.
func variable(path string) string {
	return "VEDETTE_" + strings.ToUpper(strings.ReplaceAll(path, ".", "_"))
}

// fromEnvironment returns what is set there, and notes it as the origin.
func (t *tree) fromEnvironment() []string {
	var set []string
	for _, path := range environment {
		if os.Getenv(variable(path)) != "" {
			t.origin[path] = variable(path)
			set = append(set, path)
		}
	}
	return set
}

// assignment is one --set: a path and its value.
type assignment struct {
	path  []string
	value any
}

// override puts the assignments of the command line ("detectors.freeze.for=1s") over the file and
// returns those that concern no feed. A feed is named by its name: feeds.main.placement=cpu.
func (t *tree) override(texts []string) ([]assignment, Problems) {
	var general []assignment
	var problems Problems
	for _, text := range texts {
		key, written, found := strings.Cut(text, "=")
		if !found || key == "" {
			problems = append(problems, Problem{Where: "--set " + shorten(text), Text: "is not of the form key=value"})
			continue
		}
		var value any
		if err := yaml.Unmarshal([]byte(written), &value); err != nil || value == nil {
			value = written // such as "%" or "": text as it stands
		}
		value = plain(value)
		path, err := t.resolve(key)
		if err != nil {
			problems = append(problems, Problem{Where: "--set", Path: shorten(key), Text: err.Error()})
			continue
		}
		if path[0] != "feeds" {
			general = append(general, assignment{path, value})
		}
		if err := t.put(path, value); err != nil {
			problems = append(problems, Problem{Where: "--set", Path: shorten(key), Text: err.Error()})
		}
	}
	return general, problems
}

// resolve splits a key at its dots, but for those in the name of a feed.
func (t *tree) resolve(key string) ([]string, error) {
	rest, ok := strings.CutPrefix(key, "feeds.")
	if !ok {
		path := strings.Split(key, ".")
		for _, part := range path {
			if part == "" {
				return nil, fmt.Errorf("has an empty part: write it like detectors.freeze.for")
			}
		}
		return path, nil
	}
	feeds, _ := t.root["feeds"].([]any)
	var names []string
	for i, item := range feeds {
		feed, _ := item.(map[string]any)
		name, _ := feed["name"].(string)
		if name == "" {
			continue
		}
		if setting, ok := strings.CutPrefix(rest, name+"."); ok && setting != "" {
			return append([]string{"feeds", fmt.Sprint(i)}, strings.Split(setting, ".")...), nil
		}
		names = append(names, name)
	}
	name, _, _ := strings.Cut(rest, ".")
	return nil, fmt.Errorf("%s", unknown("feed", name, names))
}

// put sets one value in the tree, making the maps on the way to it.
func (t *tree) put(path []string, value any) error {
	at, place, last := t.root, "", len(path)-1
	if path[0] == "feeds" && len(path) > 1 {
		index, err := strconv.Atoi(path[1])
		if err != nil {
			return err
		}
		at = t.root["feeds"].([]any)[index].(map[string]any)
		place, path, last = fmt.Sprintf("feeds[%d]", index), path[2:], last-2
	}
	for i, key := range path {
		place = join(place, key)
		if i == last {
			at[key] = value
			t.origin[place] = "--set"
			return nil
		}
		switch next := at[key].(type) {
		case map[string]any:
			at = next
		case nil:
			made := map[string]any{}
			at[key] = made
			t.origin[place] = "--set"
			at = made
		default:
			return fmt.Errorf("%s has no settings below it", place)
		}
	}
	return nil
}
