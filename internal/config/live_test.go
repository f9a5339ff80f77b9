package config

import (
	"strings"
	"testing"
)

func TestLive(t *testing.T) {
	c, err := Load("", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		source, wrong string
		pull          bool
	}{
		{"rtmp://:1935/live/main", "", false},
		{"rtmp://host/live/main", "", true},
		{"udp://@239.1.1.1:5000", "", false},
		{"gopher://host/x", "unknown scheme gopher", false},
		{"rtmp://host", "has no application", false},
		{"rtmp://user:hunter@host/live/main", "put the stream key", false},
	} {
		feed, err := c.Live("check", test.source)
		switch {
		case test.wrong == "" && (err != nil || feed.Pull != test.pull || feed.Source != test.source):
			t.Errorf("%s: %+v, %v", test.source, feed, err)
		case test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)):
			t.Errorf("%s: got %v, want %q", test.source, err, test.wrong)
		case err != nil && strings.Contains(err.Error(), "hunter"):
			t.Errorf("%s: a secret in %v", test.source, err)
		}
	}
}
