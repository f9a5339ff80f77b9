package feed

import (
	"context"
	"slices"
	"testing"

	"github.com/vedette-av/vedette/capture/rtmp"
	"github.com/vedette-av/vedette/internal/status"
)

func TestEvents(t *testing.T) {
	got := events(rtmp.Counters{WrongKey: 2, NotRTMP: 3})
	for _, want := range []status.Event{{Name: "wrong_key", Count: 2}, {Name: "not_rtmp", Count: 3}, {Name: "takeovers"}} {
		if !slices.Contains(got, want) {
			t.Errorf("no %+v in %+v", want, got)
		}
	}
}

// A port is shared by its feeds, opened by the first and closed after the last.
func TestPortsAreShared(t *testing.T) {
	var p ports[string]
	opened, ended := 0, 0
	take := func() func() {
		_, release, err := p.take("a:1", func() (string, error) { opened++; return "server", nil },
			func(_ string, ctx context.Context) error { <-ctx.Done(); ended++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return release
	}
	first, second := take(), take()
	first()
	open := 0
	p.each(func(string, string) { open++ })
	if opened != 1 || ended != 0 || open != 1 {
		t.Errorf("opened %d times, ended %d, %d open, want one that is open", opened, ended, open)
	}
	second()
	p.each(func(string, string) { t.Error("a port is open that nobody needs") })
	if ended != 1 {
		t.Error("the server did not end with its last feed")
	}
}
