package forward

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vedette-av/vedette/docs/schema"
)

// rule is the part of JSON Schema (draft 2020-12) that the schema of messages uses.
type rule struct {
	Defs       map[string]*rule `json:"$defs"`
	Ref        string           `json:"$ref"`
	OneOf      []*rule          `json:"oneOf"`
	Const      any              `json:"const"`
	Enum       []any            `json:"enum"`
	Type       string           `json:"type"`
	Format     string           `json:"format"`
	Minimum    *float64         `json:"minimum"`
	Maximum    *float64         `json:"maximum"`
	MinLength  *int             `json:"minLength"`
	MaxLength  *int             `json:"maxLength"`
	MinItems   *int             `json:"minItems"`
	MaxItems   *int             `json:"maxItems"`
	Items      *rule            `json:"items"`
	Properties map[string]*rule `json:"properties"`
	Required   []string         `json:"required"`
	Closed     *bool            `json:"additionalProperties"`
}

// Schema checks messages.
type Schema struct{ root rule }

// LoadSchema reads the schema of messages that belongs to this version.
func LoadSchema() (*Schema, error) {
	var s Schema
	if err := json.Unmarshal(schema.Message, &s.root); err != nil {
		return nil, fmt.Errorf("the schema of messages cannot be read: %w", err)
	}
	return &s, nil
}

// Check tells how a text is no message of the schema.
func (s *Schema) Check(text []byte) error {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return fmt.Errorf("is not JSON: %w", err)
	}
	return s.check(&s.root, value, "message")
}

func (s *Schema) check(r *rule, value any, path string) error {
	if name, ok := strings.CutPrefix(r.Ref, "#/$defs/"); ok {
		below, known := s.root.Defs[name]
		if !known {
			return fmt.Errorf("%s: the schema has no %s", path, name)
		}
		return s.check(below, value, path)
	}
	if len(r.OneOf) > 0 {
		return s.oneOf(r, value, path)
	}
	if r.Const != nil && !reflect.DeepEqual(r.Const, value) {
		return fmt.Errorf("%s: is %v, not %v", path, value, r.Const)
	}
	if r.Enum != nil && !slices.Contains(r.Enum, value) {
		return fmt.Errorf("%s: %v is none of %v", path, value, r.Enum)
	}
	switch v := value.(type) {
	case map[string]any:
		return s.object(r, v, path)
	case []any:
		return s.array(r, v, path)
	case string:
		return r.text(v, path)
	case float64:
		return r.number(v, path)
	case bool:
		if r.Type == "boolean" {
			return nil
		}
	}
	return fmt.Errorf("%s: %v, where %s is wanted", path, value, r.Type)
}

// oneOf takes the alternative whose type fits; the error is that of the nearest.
func (s *Schema) oneOf(r *rule, value any, path string) error {
	fits := 0
	var nearest error
	for _, below := range r.OneOf {
		err := s.check(below, value, path)
		if err == nil {
			fits++
		} else if nearest == nil || strings.HasPrefix(nearest.Error(), path+".type:") {
			nearest = err
		}
	}
	switch fits {
	case 0:
		return nearest
	case 1:
		return nil
	}
	return fmt.Errorf("%s: is of %d kinds at once", path, fits)
}

func (s *Schema) object(r *rule, v map[string]any, path string) error {
	if r.Type != "object" {
		return fmt.Errorf("%s: is an object, where %s is wanted", path, r.Type)
	}
	// The type first: it tells which alternative was meant.
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		if a == "type" || b == "type" {
			return map[bool]int{true: -1, false: 1}[a == "type"]
		}
		return strings.Compare(a, b)
	})
	for _, name := range names {
		below, known := r.Properties[name]
		if !known {
			if r.Closed != nil && !*r.Closed {
				return fmt.Errorf("%s.%s: has no place in the schema", path, name)
			}
			continue
		}
		if err := s.check(below, v[name], path+"."+name); err != nil {
			return err
		}
	}
	for _, name := range r.Required {
		if _, there := v[name]; !there {
			return fmt.Errorf("%s.%s: is missing", path, name)
		}
	}
	return nil
}

func (s *Schema) array(r *rule, v []any, path string) error {
	switch {
	case r.Type != "array" || r.Items == nil:
		return fmt.Errorf("%s: is a list, where %s is wanted", path, r.Type)
	case r.MinItems != nil && len(v) < *r.MinItems, r.MaxItems != nil && len(v) > *r.MaxItems:
		return fmt.Errorf("%s: has %d entries", path, len(v))
	}
	for i, item := range v {
		if err := s.check(r.Items, item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
			return err
		}
	}
	return nil
}

func (r *rule) text(v, path string) error {
	length := utf8.RuneCountInString(v)
	switch {
	case r.Type == "" && (r.Const != nil || r.Enum != nil):
		return nil
	case r.Type != "string":
		return fmt.Errorf("%s: is text, where %s is wanted", path, r.Type)
	case r.MinLength != nil && length < *r.MinLength, r.MaxLength != nil && length > *r.MaxLength:
		return fmt.Errorf("%s: has %d characters", path, length)
	}
	if _, err := time.Parse(time.RFC3339, v); r.Format == "date-time" && err != nil {
		return fmt.Errorf("%s: %q is no time", path, v)
	}
	return nil
}

func (r *rule) number(v float64, path string) error {
	switch {
	case r.Type != "number" && r.Type != "integer", r.Type == "integer" && v != math.Trunc(v):
		return fmt.Errorf("%s: is %v, where %s is wanted", path, v, r.Type)
	case r.Minimum != nil && v < *r.Minimum, r.Maximum != nil && v > *r.Maximum:
		return fmt.Errorf("%s: %v is out of range", path, v)
	}
	return nil
}

// Verify holds a record of what was sent against the schema, against the chain of the record before
// ("" for the first) and, where it has one of ours and the secret is known, against its signature.
func (s *Schema) Verify(r Sent, before, secret string) error {
	if len(r.Messages) == 0 {
		return errors.New("it has no message")
	}
	for i, text := range r.Messages {
		if err := s.Check(text); err != nil {
			return fmt.Errorf("message %d of %d is not of the schema: %w", i+1, len(r.Messages), err)
		}
	}
	if before != "" && r.link(before) != r.Chain {
		return errors.New("it was changed, or one before it was taken out: its chain is broken")
	}
	if secret != "" && r.Signature != "" {
		if err := CheckSignature(r.Signature, secret, []byte(r.Body), time.Time{}); err != nil {
			return err
		}
	}
	return nil
}
