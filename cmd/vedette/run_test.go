package main

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/status"
)

// movingPicture is a small picture that is never still, with sound that is never silent.
var movingPicture = []string{
	"-re", "-f", "lavfi", "-i", "mandelbrot=s=320x180:r=25", "-re", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3",
}

// toRTMP encodes quickly, with a key picture each second.
var toRTMP = []string{"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-f", "flv"}

func publishMoving(t *testing.T, url string) (stop func()) {
	t.Helper()
	return encoder(t, slices.Concat(movingPicture, toRTMP, []string{url})...)
}

func measuring(f status.Feed) bool { return f.State == status.Up && f.Pictures > 0 && f.Sounds > 0 }

// A freeze published by a real encoder is an incident that outlives the daemon's death, is open
// again under its id after the restart, and is closed when the picture moves again.
func TestIncidentOutlivesTheDaemon(t *testing.T) {
	t.Parallel()
	d, rtmp := newDaemon(t, "feeds:\n  - { name: main, source: rtmp://RTMP/live/key, detectors: { freeze: { for: 1s, keep: 1s } } }\n")
	d.start()
	still := encoder(t, slices.Concat([]string{
		"-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25,select='lt(n\\,2)',loop=-1:1:1,fps=25,noise=alls=3:allf=t",
		"-re", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3"}, toRTMP, []string{rtmp + "/live/key"})...)
	d.until(15*time.Second, "frozen", func() bool { return len(d.incidents("kind=freeze&open=true")) == 1 })
	before := d.incidents("kind=freeze")[0]

	d.kill()
	still()
	d.start()
	after := d.incidents("kind=freeze")
	if len(after) != 1 || after[0].ID != before.ID || !after[0].Ended.IsZero() {
		t.Fatalf("after the restart: %+v, want %s still open", after, before.ID)
	}
	publishMoving(t, rtmp+"/live/key")
	d.until(15*time.Second, "moving", func() bool { return len(d.incidents("kind=freeze&open=true")) == 0 })
	if last := d.incidents("kind=freeze"); len(last) != 1 || last[0].ID != before.ID || last[0].Ended.Before(before.Began) {
		t.Errorf("at the end: %+v, want %s closed once", last, before.ID)
	}
	d.stop()
}

// A shutdown in order closes nothing falsely.
func TestShutdownLeavesIncidentsOpen(t *testing.T) {
	t.Parallel()
	d, _ := newDaemon(t, "feeds:\n  - { name: main, source: rtmp://RTMP/live/key, detectors: { no-signal: { for: 100ms } } }\n")
	d.start()
	d.until(10*time.Second, "without signal", func() bool { return len(d.incidents("open=true")) == 1 })
	before := d.incidents("")
	d.stop()
	d.start()
	if after := d.incidents("open=true"); len(after) != 1 || after[0].ID != before[0].ID {
		t.Errorf("after the restart %+v, want %s", after, before[0].ID)
	}
	d.stop()
}

// Whatever was told stays told: fifty deaths at random moments while incidents open and close.
func TestFiftyDeaths(t *testing.T) {
	t.Parallel()
	// Every few tenths of a second something starts or ends.
	d, rtmp := newDaemon(t, `detectors:
  black: { for: 40ms, keep: 40ms }
  silence: { for: 40ms, keep: 40ms }
  no-signal: { for: 100ms, keep: 100ms }
feeds:
  - { name: main, source: rtmp://RTMP/live/key }
`)
	random := rand.New(rand.NewPCG(1, 2))
	var mu sync.Mutex
	told := map[string]bool{}
	clip := makeClip(t, "flicker.flv", slices.Concat([]string{
		"-f", "lavfi", "-i", "testsrc2=s=160x90:r=25,drawbox=color=black:t=fill:enable='lt(mod(t,0.6),0.3)'",
		"-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3,volume=0:enable='lt(mod(t,0.6),0.3)'", "-t", "6"}, toRTMP)...)
	for range 50 {
		d.start()
		checkLedger(t, d, told) // nobody writes to it while no daemon is listened to
		heard := d.listen(func(c detectors.Change) {
			mu.Lock()
			told[c.Incident.ID] = true
			mu.Unlock()
		})
		stop := encoder(t, "-re", "-i", clip, "-c", "copy", "-f", "flv", rtmp+"/live/key")
		time.Sleep(time.Duration(300+random.IntN(1000)) * time.Millisecond) // the moment is the test's own input
		d.kill()
		heard()
		stop()
	}
	d.start()
	checkLedger(t, d, told)
	d.kill()
	if len(told) < 50 {
		t.Errorf("only %d incidents were told: too few for the test to mean something", len(told))
	}
	t.Logf("%d incidents were told over 50 deaths", len(told))
}

// checkLedger checks that every incident that was told is there, once.
func checkLedger(t *testing.T, d *testDaemon, told map[string]bool) {
	t.Helper()
	count := map[string]int{}
	for _, i := range d.incidents("") {
		count[i.ID]++
	}
	for id := range told {
		if count[id] != 1 {
			t.Errorf("%s was told and is there %d times", id, count[id])
		}
	}
}

// A worker that dies or stops costs its own feed three seconds at most, and the others nothing.
func TestLostWorker(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		signal syscall.Signal
		reason string
	}{
		{"killed", syscall.SIGSEGV, "SIGSEGV"},
		{"stopped", syscall.SIGSTOP, "stopped answering"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			d, rtmp := newDaemon(t, "feeds:\n  - { name: victim, source: rtmp://RTMP/live/a }\n  - { name: other, source: rtmp://RTMP/live/b }\n")
			d.start()
			publishMoving(t, rtmp+"/live/a")
			publishMoving(t, rtmp+"/live/b")
			d.until(15*time.Second, "measured", func() bool { return measuring(d.feed("victim")) && measuring(d.feed("other")) })
			before := d.feed("victim")

			began := time.Now()
			if err := syscall.Kill(before.Worker.PID, c.signal); err != nil {
				t.Fatal(err)
			}
			d.until(15*time.Second, "measured again", func() bool {
				f := d.feed("victim")
				return f.Worker.PID != 0 && f.Worker.PID != before.Worker.PID && f.Pictures > before.Pictures && f.LastPicture.After(began)
			})
			took := time.Since(began)
			t.Logf("measured again after %s", took.Round(time.Millisecond))
			if took > 10*time.Second { // the promise of 3 s is checked by the bench, on a quiet machine
				t.Errorf("it took %s to measure again", took)
			}
			d.until(5*time.Second, "told", func() bool { return len(d.incidents("kind=decoder-lost")) == 1 })
			if i := d.incidents("kind=decoder-lost")[0]; i.Feed != "victim" || !strings.Contains(i.Detail, c.reason) {
				t.Errorf("told %+v, want feed victim and %q", i, c.reason)
			}
			d.until(10*time.Second, "closed", func() bool { return len(d.incidents("kind=decoder-lost&open=true")) == 0 })
			if f := d.feed("other"); f.Dropped != 0 || f.Worker.Restarts != 0 {
				t.Errorf("the other feed dropped %d packets and lost its worker %d times", f.Dropped, f.Worker.Restarts)
			}
			d.stop()
		})
	}
}

// SIGHUP takes the new configuration: what did not change is not touched, what is wrong changes
// nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	const two = "feeds:\n  - { name: kept, source: rtmp://RTMP/live/kept }\n  - { name: gone, source: rtmp://RTMP/live/gone, detectors: { no-signal: { for: 100ms } } }\n"
	d, rtmp := newDaemon(t, two)
	d.start()
	publishMoving(t, rtmp+"/live/kept")
	d.until(15*time.Second, "measured", func() bool { return measuring(d.feed("kept")) })
	d.until(5*time.Second, "without signal", func() bool { return len(d.incidents("feed=gone&open=true")) == 1 })
	before := d.feed("kept")

	hangUp := func() {
		t.Helper()
		if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	d.configure("feeeds: []\n")
	hangUp()
	d.until(5*time.Second, "complaining", func() bool { return strings.Contains(d.log.String(), "feeeds") })
	if code := d.get("/api/v1/feeds/gone", nil); code != http.StatusOK {
		t.Errorf("a wrong configuration took a feed away: %d", code)
	}

	d.configure(strings.ReplaceAll("feeds:\n  - { name: kept, source: rtmp://RTMP/live/kept }\n  - { name: new, source: rtmp://RTMP/live/new }\n", "RTMP", strings.TrimPrefix(rtmp, "rtmp://")))
	hangUp()
	d.until(5*time.Second, "there", func() bool { return d.get("/api/v1/feeds/new", nil) == http.StatusOK })
	if code := d.get("/api/v1/feeds/gone", nil); code != http.StatusNotFound {
		t.Errorf("a feed that was removed answers %d", code)
	}
	if left := d.incidents("feed=gone&open=true"); len(left) != 0 {
		t.Errorf("incidents of a removed feed are open: %+v", left)
	}
	after := d.feed("kept")
	if after.Worker.PID != before.Worker.PID || after.Peer != before.Peer || after.Pictures < before.Pictures {
		t.Errorf("the feed that did not change was touched: before %+v, after %+v", before.Worker, after.Worker)
	}
	d.stop()
}
