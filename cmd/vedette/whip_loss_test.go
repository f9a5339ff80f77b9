package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/eval"
)

// Chromium publishes by WHIP over a network that loses 2 % and then 5 % of the datagrams: the loss is
// told though it is repaired, and the picture stays measured.
func TestWHIPLoss(t *testing.T) {
	whip := freePort(t)
	d, _ := newDaemon(t, "feeds:\n"+
		"  - name: browser\n    source: whip://"+whip+"/studio?wait=300ms\n    placement: cpu\n    key_credential: whip-token\n"+
		"    detectors: { packet-loss: { keep: 2s } }\n")
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "whip-token"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	page := publishingPage(t)
	wire, err := eval.NewWire(whip, 11)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wire.Close() })
	d.start()
	d.until(5*time.Second, "waiting", func() bool { return strings.Contains(d.feed("browser").Reason, "no publisher yet") })
	evaluate(t, page, fmt.Sprintf("publish({url: 'http://%s/studio', token: 'secret', codec: 'VP8', port: %d}); ''", whip, wire.Port()))
	d.until(30*time.Second, "measured", func() bool { return d.feed("browser").Pictures > 90 })
	told := func() []detectors.Incident { return d.incidents("kind=packet-loss") }
	if len(told()) != 0 {
		t.Fatalf("loss on a network that loses nothing: %+v", told())
	}
	for n, rate := range []float64{0.02, 0.05} {
		before, _ := wire.Counts()
		pictures := d.feed("browser").Pictures
		wire.Lose(rate)
		d.until(20*time.Second, fmt.Sprintf("told of a loss of %v", rate), func() bool { return len(told()) == n+1 })
		began := time.Now()
		d.until(10*time.Second, "measured on", func() bool { return d.feed("browser").Pictures > pictures+120 })
		t.Logf("%v: %d pictures more %v after it was told", rate, d.feed("browser").Pictures-pictures, time.Since(began).Round(time.Millisecond))
		wire.Lose(0)
		d.until(20*time.Second, "told of its end", func() bool {
			return !slices.ContainsFunc(told(), func(i detectors.Incident) bool { return i.Ended.IsZero() })
		})
		if passed, _ := wire.Counts(); passed-before < 200 {
			t.Errorf("only %d datagrams came this way", passed-before)
		}
	}
	for _, i := range told() {
		t.Logf("%s: %.2f, %s", i.Ended.Sub(i.Began), i.Worst, i.Detail)
		if !strings.Contains(i.Detail, "repair") {
			t.Errorf("the detail %q does not say what was repaired", i.Detail)
		}
	}
	f := d.feed("browser")
	if f.Network == nil || f.Network.Recovered == 0 || f.Network.Requests == 0 {
		t.Errorf("the API shows no repair: %+v", f.Network)
	}
	// The picture was measured all the time: neither its loss nor that of the signal was told.
	for _, kind := range []string{"no-signal", "freeze", "stall"} {
		if others := d.incidents("kind=" + kind); len(others) != 0 {
			t.Errorf("%s: %+v", kind, others)
		}
	}
	d.stop()
}
