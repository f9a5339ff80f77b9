package main

import (
	"strings"
	"testing"
)

func TestBetween(t *testing.T) {
	document := "# Title\n\n" + beginMarker + "\n\nold\n\n" + endMarker + "\n\nafter\n"
	got, err := between(document, "\nnew | table\n\n")
	if want := "# Title\n\n" + beginMarker + "\n\nnew | table\n\n" + endMarker + "\n\nafter\n"; err != nil || got != want {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	again, err := between(got, "new | table")
	if err != nil || again != got {
		t.Errorf("the second time %q, %v", again, err)
	}
	for _, bad := range []string{"", beginMarker, endMarker + beginMarker} {
		if _, err := between(bad, "new"); err == nil || !strings.Contains(err.Error(), "markers") {
			t.Errorf("%q: %v, want an error about markers", bad, err)
		}
	}
}

func TestFlagsThatDisagree(t *testing.T) {
	for _, args := range [][]string{{"--half", "both"}, {"--only", "black", "--markdown", "x.md"}, {"--only", "blakc", "--list"}, {"surplus"}} {
		cmd := command()
		cmd.SetArgs(args)
		if err := cmd.Execute(); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
