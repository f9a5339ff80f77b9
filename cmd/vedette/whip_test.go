package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/status"
)

// A browser publishes by WHIP, its picture freezes and moves again, and the daemon tells the incident
// with its end.
func TestWHIP(t *testing.T) {
	whip := freePort(t)
	d, _ := newDaemon(t, "feeds:\n"+
		"  - name: browser\n    source: whip://"+whip+"/studio?wait=200ms\n    placement: cpu\n    key_credential: whip-token\n"+
		"    detectors: { freeze: { for: 1s } }\n")
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "whip-token"), []byte("secret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	page := publishingPage(t)
	d.start()
	d.until(5*time.Second, "waiting", func() bool { return strings.Contains(d.feed("browser").Reason, "no publisher yet") })
	evaluate(t, page, fmt.Sprintf("publish({url: 'http://%s/studio', token: 'secret', codec: 'VP8'}); ''", whip))
	d.until(20*time.Second, "measured", func() bool { return d.feed("browser").Pictures > 60 })
	if f := d.feed("browser"); f.State != status.Up || len(f.Tracks) != 1 || f.Tracks[0].Codec != "vp8" {
		t.Errorf("with a publisher: %+v", f)
	}
	freeze := func(over bool) bool {
		return slices.ContainsFunc(d.incidents("kind=freeze"), func(i detectors.Incident) bool { return i.Ended.IsZero() != over })
	}
	if freeze(true) || freeze(false) {
		t.Errorf("a freeze of a moving picture: %+v", d.incidents(""))
	}
	evaluate(t, page, "still = true; ''")
	d.until(20*time.Second, "told of the freeze", func() bool { return freeze(false) })
	evaluate(t, page, "still = false; ''")
	d.until(20*time.Second, "told of its end", func() bool { return freeze(true) })
	d.stop()
}

// publishingPage opens in Chromium the page that the tests of WebRTC publish from.
func publishingPage(t *testing.T) context.Context {
	t.Helper()
	needPrograms(t)
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	html, err := os.ReadFile("../../capture/webrtc/testdata/publish.html")
	if err != nil {
		t.Fatal(err)
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write(html)
	}))
	t.Cleanup(site.Close)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoFirstRun, chromedp.NoSandbox,
	}
	for _, flag := range []string{
		"headless", "disable-gpu", "disable-background-networking", "disable-component-update", "disable-sync",
		"allow-loopback-in-peer-connection", "disable-background-timer-throttling", "disable-renderer-backgrounding",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(end)
	ctx, leave := chromedp.NewContext(ctx)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // and wait until it is gone
		leave()
	})
	if err := chromedp.Do(ctx, chromedp.Navigate(site.URL)); err != nil {
		t.Fatal("chromium:", err)
	}
	return ctx
}

// evaluate runs a script in a page.
func evaluate(t *testing.T, page context.Context, script string) {
	t.Helper()
	if _, err := chromedp.Run(page, chromedp.Evaluate[string](script)); err != nil {
		t.Fatal("chromium:", err)
	}
}
