package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// longestFile bounds what is read: a thousand feeds with settings of their own fit ten times.
const longestFile = 1 << 20

// tree is a configuration as read, before it is typed: nested maps and lists, and where each part
// was written. Paths are like feeds[0].detectors.freeze.for.
type tree struct {
	file   string
	root   map[string]any
	lines  map[string]int
	origin map[string]string // of what does not come from the file
}

// read takes the file apart. A path of "" is an empty configuration.
func read(path string) (*tree, error) {
	t := &tree{file: path, root: map[string]any{}, lines: map[string]int{}, origin: map[string]string{}}
	if path == "" {
		return t, nil
	}
	text, err := slurp(path)
	if err != nil {
		return nil, Problems{{Where: path, Text: err.Error()}}
	}
	return t, t.parse(text)
}

func slurp(path string) ([]byte, error) {
	file, err := os.Open(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, errors.New("no such file: write one, or name another with -c")
	case errors.Is(err, os.ErrPermission):
		return nil, errors.New("not readable by this user: it must belong to the group of the service")
	case err != nil:
		return nil, fmt.Errorf("cannot be opened: %w", err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, errors.New("is a directory: name the file in it")
	}
	text, err := io.ReadAll(io.LimitReader(file, longestFile+1))
	if err != nil {
		return nil, fmt.Errorf("cannot be read: %w", err)
	}
	if len(text) > longestFile {
		return nil, fmt.Errorf("is longer than %s: this is not a configuration", Size(longestFile))
	}
	return text, nil
}

// parse reads the one YAML document in text.
func (t *tree) parse(text []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var node yaml.Node
	switch err := decoder.Decode(&node); {
	case errors.Is(err, io.EOF):
		return nil // empty, or only comments
	case err != nil:
		return t.syntax(err)
	}
	var second yaml.Node
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return Problems{{Where: t.file, Line: second.Line, Text: "has more than one YAML document: keep one"}}
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return t.syntax(err)
	}
	if value == nil {
		return nil
	}
	root, ok := plain(value).(map[string]any)
	if !ok {
		return Problems{{Where: t.file, Line: node.Line, Text: "is not a configuration: it must be made of keys, such as \"feeds:\""}}
	}
	t.root = root
	t.locate("", &node)
	return nil
}

// location is how the YAML library tells the line of an error.
var location = regexp.MustCompile(`^(?:yaml: )?(?:unmarshal errors:\s*)?line (\d+): (.*)$`)

// syntax turns an error of the YAML library into problems.
func (t *tree) syntax(err error) error {
	texts := []string{err.Error()}
	var typed *yaml.TypeError
	if errors.As(err, &typed) {
		texts = typed.Errors
	}
	var problems Problems
	for _, text := range texts {
		problem := Problem{Where: t.file, Text: "is not YAML: " + shorten(strings.TrimPrefix(text, "yaml: "))}
		if m := location.FindStringSubmatch(text); m != nil {
			problem.Line, _ = strconv.Atoi(m[1])
			problem.Text = "is not YAML: " + shorten(m[2])
		}
		problems = append(problems, problem)
	}
	return problems
}

// locate notes the line of every key below node. It does not follow aliases, which may be many.
func (t *tree) locate(path string, node *yaml.Node) {
	switch node.Kind {
	case yaml.DocumentNode:
		for _, child := range node.Content {
			t.locate(path, child)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			child := join(path, node.Content[i].Value)
			t.lines[child] = node.Content[i].Line
			t.locate(child, node.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			child := fmt.Sprintf("%s[%d]", path, i)
			t.lines[child] = item.Line
			t.locate(child, item)
		}
	}
}

// join appends a key to a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// plain makes every map one of text, so that a key like 1 or true is an unknown key, not a panic.
func plain(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = plain(item)
		}
	case map[any]any:
		texts := make(map[string]any, len(v))
		for key, item := range v {
			texts[fmt.Sprint(key)] = plain(item)
		}
		return texts
	case []any:
		for i, item := range v {
			v[i] = plain(item)
		}
	}
	return value
}
