package sinks_test

import (
	"strings"
	"testing"

	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/sinks"
)

// TestSites opens at each site the sinks that are there, and wants no credential of the others.
func TestSites(t *testing.T) {
	hook := func(name, credential string, sites ...string) config.Sink {
		return config.Sink{Name: name, Type: "webhook", Sites: sites, Settings: &config.Webhook{Preset: "plain", Web: config.Web{URL: "https://x", TokenCredential: credential}}}
	}
	wanted := []config.Sink{hook("all", "here"), hook("studios", "here", "studio-*"), hook("van", "in-the-van", "van-?", "car")}
	for site, want := range map[string]string{"studio-4": "all studios", "van-12": "all", "": "all"} {
		opened, err := sinks.Open(wanted, site, "1", forwardtest.Secrets(map[string]string{"here": "x"}))
		var names []string
		for _, o := range opened {
			names = append(names, o.Policy.Name)
		}
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("at %q there are %q, want %q, %v", site, got, want, err)
		}
	}
	if _, err := sinks.Open(wanted, "van-1", "1", forwardtest.Secrets(map[string]string{"here": "x"})); err == nil || !strings.Contains(err.Error(), "forward to van: credential in-the-van") {
		t.Errorf("got %v", err)
	}
}
