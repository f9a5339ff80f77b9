package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
	"testing"
	"time"
)

// schema is the part of JSON Schema that the description uses.
type schema struct {
	Ref        string            `json:"$ref"`
	Type       string            `json:"type"`
	Format     string            `json:"format"`
	Enum       []string          `json:"enum"`
	Minimum    *float64          `json:"minimum"`
	Properties map[string]schema `json:"properties"`
	Required   []string          `json:"required"`
	Closed     *bool             `json:"additionalProperties"`
	Items      *schema           `json:"items"`
}

type operation struct {
	Parameters []struct{ Name, In string }
	Responses  map[string]struct {
		Content map[string]struct{ Schema schema }
	}
}

type document struct {
	OpenAPI    string
	Paths      map[string]struct{ Get, Post, Delete *operation }
	Components struct{ Schemas map[string]schema }
}

func described(t *testing.T) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(description, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// check tells how a value is not what the schema says.
func (d document) check(s schema, value any, path string) error {
	if name, ok := strings.CutPrefix(s.Ref, "#/components/schemas/"); ok {
		if s, ok = d.Components.Schemas[name]; !ok {
			return fmt.Errorf("%s: no schema %s", path, name)
		}
	}
	switch v := value.(type) {
	case map[string]any:
		if s.Type != "object" {
			return fmt.Errorf("%s: an object, want %s", path, s.Type)
		}
		for _, name := range s.Required {
			if _, there := v[name]; !there {
				return fmt.Errorf("%s.%s is missing", path, name)
			}
		}
		for name, item := range v {
			below, known := s.Properties[name]
			if !known {
				if s.Closed != nil && !*s.Closed {
					return fmt.Errorf("%s.%s is not described", path, name)
				}
				continue
			}
			if err := d.check(below, item, path+"."+name); err != nil {
				return err
			}
		}
	case []any:
		if s.Type != "array" {
			return fmt.Errorf("%s: an array, want %s", path, s.Type)
		}
		for i, item := range v {
			if err := d.check(*s.Items, item, fmt.Sprintf("%s[%d]", path, i)); err != nil {
				return err
			}
		}
	case string:
		if s.Type != "string" || s.Enum != nil && !slices.Contains(s.Enum, v) {
			return fmt.Errorf("%s: %q, want %s %v", path, v, s.Type, s.Enum)
		}
		if _, err := time.Parse(time.RFC3339, v); s.Format == "date-time" && err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	case float64:
		if s.Type != "number" && (s.Type != "integer" || v != float64(int64(v))) || s.Minimum != nil && v < *s.Minimum {
			return fmt.Errorf("%s: %v, want %s", path, v, s.Type)
		}
	case bool:
		if s.Type != "boolean" {
			return fmt.Errorf("%s: %v, want %s", path, v, s.Type)
		}
	default:
		return fmt.Errorf("%s: %v, want %s", path, v, s.Type)
	}
	return nil
}

// TestDescribed checks that the description has every route with every parameter and no other.
func TestDescribed(t *testing.T) {
	d := described(t)
	var routes []string
	for _, r := range (&Server{options: Options{Feeds: fleet{}}}).routes() {
		path := strings.TrimSuffix(r.path, "{$}")
		routes = append(routes, path)
		var parameters []string
		described := d.Paths[path]
		if (described.Get != nil) != (r.handle != nil) || (described.Post != nil) != (r.post != nil) || (described.Delete != nil) != (r.remove != nil) {
			t.Errorf("%s: other methods are described than %s", path, r.allowed())
		}
		if described.Get != nil {
			for _, p := range described.Get.Parameters {
				if p.In == "query" {
					parameters = append(parameters, p.Name)
				}
			}
		}
		if !slices.Equal(parameters, r.parameters) {
			t.Errorf("%s: described with the parameters %v, and has %v", path, parameters, r.parameters)
		}
	}
	slices.Sort(routes)
	if got := slices.Sorted(maps.Keys(d.Paths)); !slices.Equal(got, routes) {
		t.Errorf("described are %v, and there are %v", got, routes)
	}
}

// TestAnswersAsDescribed holds the answers of the real server against the description.
func TestAnswersAsDescribed(t *testing.T) {
	server, d := serve(t, nil), described(t)
	a := incident("main.programme", "freeze", 1)
	server.publish(opened(a), closed(a), opened(incident("second", "black", 2)))
	seen := map[string]bool{}
	silence := `{"author":"mira","until":"` + tomorrow() + `","feeds":["b*"]}`
	for _, c := range []struct{ path, route, method, body string }{
		{"/", "/", "", ""},
		{"/api/v1/feeds", "/api/v1/feeds", "", ""},
		{"/api/v1/feeds/main.programme", "/api/v1/feeds/{name}", "", ""},
		{"/api/v1/feeds/second", "/api/v1/feeds/{name}", "", ""},
		{"/api/v1/feeds/none", "/api/v1/feeds/{name}", "", ""},
		{"/api/v1/incidents", "/api/v1/incidents", "", ""},
		{"/api/v1/incidents?limit=x", "/api/v1/incidents", "", ""},
		{"/api/v1/events?after=x", "/api/v1/events", "", ""},
		{"/api/v1/openapi.json", "/api/v1/openapi.json", "", ""},
		{"/healthz", "/healthz", "", ""},
		{"/readyz", "/readyz", "", ""},
		{"/metrics", "/metrics", "", ""},
		{"/api/v1/incidents/acknowledge", "/api/v1/incidents/acknowledge", "POST", `{"incident":"second/black/2","by":"mira","note":"on it"}`},
		{"/api/v1/incidents/acknowledge", "/api/v1/incidents/acknowledge", "POST", `{"incident":"none","by":"mira"}`},
		{"/api/v1/incidents/acknowledge", "/api/v1/incidents/acknowledge", "POST", `{"incident":"second/black/2"}`},
		{"/api/v1/incidents?open=true", "/api/v1/incidents", "", ""},
		{"/api/v1/silences", "/api/v1/silences", "POST", silence},
		{"/api/v1/silences", "/api/v1/silences", "POST", `{"author":"mira"}`},
		{"/api/v1/silences", "/api/v1/silences", "", ""},
		{"/api/v1/silences/none", "/api/v1/silences/{id}", "DELETE", ""},
		{"/api/v1/sinks", "/api/v1/sinks", "", ""},
		{"/api/v1/sinks/good/test", "/api/v1/sinks/{name}/test", "POST", ""},
		{"/api/v1/sinks/bad/test", "/api/v1/sinks/{name}/test", "POST", ""},
		{"/api/v1/sinks/none/test", "/api/v1/sinks/{name}/test", "POST", ""},
		{"/api/v1/sinks/bad/dead", "/api/v1/sinks/{name}/dead", "", ""},
		{"/api/v1/sinks/none/dead", "/api/v1/sinks/{name}/dead", "", ""},
		{"/api/v1/egress", "/api/v1/egress", "", ""},
		{"/api/v1/suppressed", "/api/v1/suppressed", "", ""},
	} {
		seen[c.route] = true
		described := d.Paths[c.route].Get
		switch c.method {
		case "POST":
			described = d.Paths[c.route].Post
		case "DELETE":
			described = d.Paths[c.route].Delete
		}
		code, header, body := server.send(cmp.Or(c.method, "GET"), c.path, c.body, nil)
		response, ok := described.Responses[fmt.Sprint(code)]
		if !ok {
			t.Errorf("%s: answer %d is not described", c.path, code)
			continue
		}
		kind, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
		content, ok := response.Content[kind]
		if !ok {
			t.Errorf("%s: type %s is not described", c.path, kind)
			continue
		}
		if kind != "application/json" {
			continue
		}
		var value any
		if err := json.Unmarshal([]byte(body), &value); err != nil {
			t.Errorf("%s: %v", c.path, err)
		} else if err := d.check(content.Schema, value, c.path); err != nil {
			t.Error(err)
		}
	}
	stream := server.follow("/api/v1/events?after=0", "")
	for range 4 {
		_, data, _ := strings.Cut(stream.next(), "\ndata: ")
		var change any
		if err := json.Unmarshal([]byte(data), &change); err != nil {
			t.Fatal(err)
		}
		content := d.Paths["/api/v1/events"].Get.Responses["200"].Content["text/event-stream"]
		if err := d.check(content.Schema, change, "event"); err != nil {
			t.Error(err)
		}
	}
	for path := range d.Paths {
		if !seen[path] {
			t.Errorf("%s was not asked", path)
		}
	}
}

// TestCheck checks the checker.
func TestCheck(t *testing.T) {
	d := described(t)
	incident := schema{Ref: "#/components/schemas/Incident"}
	whole := func() map[string]any {
		return map[string]any{"id": "a", "feed": "a", "kind": "a", "severity": "major", "began": "2026-03-01T12:00:00Z",
			"at": 1.0, "until": 1.0, "worst": 1.0, "detail": "", "flapping": false}
	}
	if err := d.check(incident, whole(), ""); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(map[string]any){
		"missing": func(v map[string]any) { delete(v, "id") },
		"more":    func(v map[string]any) { v["colour"] = "red" },
		"type":    func(v map[string]any) { v["at"] = "1" },
		"enum":    func(v map[string]any) { v["severity"] = "bad" },
		"time":    func(v map[string]any) { v["began"] = "today" },
		"null":    func(v map[string]any) { v["detail"] = nil },
	} {
		v := whole()
		spoil(v)
		if d.check(incident, v, "") == nil {
			t.Errorf("%s is not noticed", name)
		}
	}
}
