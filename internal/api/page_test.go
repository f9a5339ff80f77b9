package api

import (
	"regexp"
	"strings"
	"testing"
)

func TestPage(t *testing.T) {
	d := serve(t, nil)
	code, header, body := d.ask("GET", "/")
	if code != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/html") {
		t.Fatalf("%d %v", code, header)
	}
	csp := header.Get("Content-Security-Policy")
	if strings.Contains(csp, "unsafe") || strings.Count(csp, "'sha256-") != 2 {
		t.Errorf("policy %s", csp)
	}
	if outside := regexp.MustCompile(`(?:src|href)="?(https?:)?//`).FindString(body); outside != "" {
		t.Errorf("the page needs something from outside: %s", outside)
	}
	for _, never := range []string{"innerHTML", "onclick", "style=", "eval("} {
		if strings.Contains(body, never) {
			t.Errorf("the page has %s, which its policy forbids or a hostile detail could use", never)
		}
	}
	// What the page asks for is there.
	for _, path := range regexp.MustCompile(`"(/api/v1/[^"]*)"`).FindAllStringSubmatch(body, -1) {
		if strings.HasPrefix(path[1], "/api/v1/events") {
			continue
		}
		if code, _, answer := d.ask("GET", path[1]); code != 200 {
			t.Errorf("%s: %d %s", path[1], code, answer)
		}
	}
}
