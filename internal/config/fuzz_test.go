package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzLoad feeds Load any file and any override: it must answer with a configuration that can be
// used or with problems of one line each, and never panic.
func FuzzLoad(f *testing.F) {
	f.Add(full, "detectors.freeze.for=1s")
	f.Add("feeds: [{name: a, source: 'rtmp://:1935/live/a', detectors: {silence: {below: -3, 1: x}}}]", "feeds.a.pull=true")
	f.Add("a: &a [x, x]\nb: &b [*a, *a]\nfeeds: [*b, *b]", "feeds.0=1")
	f.Add("feeds: {a: {b: 1}}\ndetectors: [1]\nforward: [{type: mqtt}, 3]", "bus=3")
	f.Add("base: &x {name: a}\nfeeds:\n- <<: *x\n  source: rtmps://h:1/a/b?c#d", "a.b.c=[")
	f.Add("feeds: [[]]\ntls: 2001-01-01\nsite: !!binary aGk=", "feeds.=")
	path := filepath.Join(f.TempDir(), "vedette.yaml")
	kinds := testKinds()
	f.Fuzz(func(t *testing.T, text, override string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path, []string{override}, kinds)
		if err != nil {
			var problems Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("not problems: %v", err)
			}
			for _, p := range problems {
				if line := p.String(); strings.ContainsAny(line, "\n\r") || p.Text == "" {
					t.Fatalf("not one line: %q", line)
				}
			}
			return
		}
		for _, feed := range c.Feeds {
			if err := ValidName(feed.Name); err != nil {
				t.Fatal(err)
			}
			if _, err := feed.Arm(kinds); err != nil {
				t.Fatalf("accepted, and cannot be armed: %v", err)
			}
		}
		if d := Diff(c, c); len(d.Added)+len(d.Removed)+len(d.Changed)+len(d.Sections) != 0 {
			t.Fatalf("differs from itself: %+v", d)
		}
	})
}
