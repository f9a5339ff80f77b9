package webrtc

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/vedette-av/vedette/capture"
)

//go:embed testdata/publish.html
var page string

// browser opens the page in Chromium, where that is installed.
func browser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this one runs a browser")
	}
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("chromium is not installed")
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(site.Close)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(program), chromedp.UserDataDir(t.TempDir()), chromedp.NoFirstRun, chromedp.NoSandbox,
	}
	for _, flag := range []string{
		"headless", "disable-gpu", "use-fake-device-for-media-stream", "use-fake-ui-for-media-stream",
		"disable-background-networking", "disable-component-update", "disable-sync", "allow-loopback-in-peer-connection",
		"disable-background-timer-throttling", "disable-renderer-backgrounding",
	} {
		options = append(options, chromedp.Flag(flag, true))
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*lasting)
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

// evaluate runs a script in the page and returns its value as text.
func evaluate(t *testing.T, ctx context.Context, script string) string {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal("chromium:", err)
	}
	return value
}

// publishPage lets the page publish and waits until it is connected.
func publishPage(t *testing.T, ctx context.Context, options map[string]any) {
	t.Helper()
	b, err := json.Marshal(options)
	if err != nil {
		t.Fatal(err)
	}
	evaluate(t, ctx, fmt.Sprintf("publish(%s); ''", b))
	until(t, "connected", func() bool {
		state := evaluate(t, ctx, "state")
		if strings.HasPrefix(state, "no such") {
			t.Skip("this Chromium has", state)
		}
		if strings.ContainsAny(state, ":") || state == "failed" {
			t.Fatal("the page says:", state)
		}
		return state == "connected"
	})
}

func TestChromium(t *testing.T) {
	for _, c := range []struct {
		name    string
		codec   capture.Codec
		camera  bool
		trickle bool
	}{
		{"VP8", capture.VP8, true, true},
		{"H264", capture.H264, true, false},
		{"VP9", capture.VP9, false, false},
		{"AV1", capture.AV1, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, Options{})
			f, got := run(t, s, "studio/browser", "secret", Settings{})
			ctx := browser(t)
			began := time.Now()
			publishPage(t, ctx, map[string]any{
				"url": "http://" + s.Addr().String() + "/studio/browser", "token": "secret",
				"codec": c.name, "camera": c.camera, "trickle": c.trickle,
			})
			packets := got.wait(t, "two seconds of pictures", func(p []capture.Packet) bool { return count(p, capture.Video) >= 60 })
			t.Logf("first picture %v after the offer", packets[0].Arrived.Sub(began).Round(time.Millisecond))
			checkMedia(t, packets, c.codec)
			if c.camera && count(packets, capture.Audio) < 50 {
				t.Errorf("%d packets of sound with 60 pictures", count(packets, capture.Audio))
			}
			until(t, "measured", func() bool { return f.Facts().RoundTrip > 0 })
			if now := f.Facts(); !now.Up || now.State != "connected" || now.Lost > 0 {
				t.Errorf("facts %+v", now)
			}
			decodes(t, packets)
		})
	}
}

// checkMedia checks what holds for the packets of any live peer.
func checkMedia(t *testing.T, packets []capture.Packet, codec capture.Codec) {
	t.Helper()
	last, keyed := map[int]time.Duration{}, false
	for i, p := range packets {
		if p.Format.Media == capture.Video {
			if p.Format.Codec != codec || p.Format.Width == 0 || p.Format.Height == 0 {
				t.Fatalf("packet %d has format %+v, want codec %s", i, p.Format, codec)
			}
			if !keyed && !p.Key {
				t.Fatalf("the first picture is no key picture")
			}
			keyed = true
		}
		if p.At < last[p.Track] {
			t.Errorf("packet %d of track %d goes back from %v to %v", i, p.Track, last[p.Track], p.At)
		}
		last[p.Track] = p.At
	}
	if d := last[0] - last[1]; len(last) == 2 && (d > 300*time.Millisecond || d < -300*time.Millisecond) {
		t.Errorf("the tracks end %v apart", d)
	}
}

func TestChromiumRestartsICE(t *testing.T) {
	s := serve(t, Options{})
	_, got := run(t, s, "studio", "secret", Settings{})
	ctx := browser(t)
	publishPage(t, ctx, map[string]any{"url": "http://" + s.Addr().String() + "/studio", "token": "secret", "codec": "VP8", "trickle": true})
	got.wait(t, "pictures", func(p []capture.Packet) bool { return len(p) >= 10 })
	if said := evaluate(t, ctx, "restart()"); said != "restarted" {
		t.Fatal("the page says:", said)
	}
	before := len(got.all())
	got.wait(t, "pictures after the restart", func(p []capture.Packet) bool { return len(p) >= before+60 })
	if c := s.Counters(); c.Restarts != 1 || c.Publishers != 1 {
		t.Errorf("counters %+v", c)
	}
}
