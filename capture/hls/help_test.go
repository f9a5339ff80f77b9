package hls

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

const (
	// patience bounds every wait of these tests; it is reached only when something is broken.
	patience = 40 * time.Second
	ms       = time.Millisecond
)

// origin is an HTTP server of a folder that ffmpeg writes to. Before a file is served, intercept may
// answer in its place.
type origin struct {
	*httptest.Server
	folder string

	mu        sync.Mutex
	intercept func(w http.ResponseWriter, r *http.Request) bool
	asked     map[string]int
}

func serve(t *testing.T) *origin {
	t.Helper()
	o := &origin{folder: t.TempDir(), asked: map[string]int{}}
	files := http.FileServer(http.Dir(o.folder))
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.mu.Lock()
		o.asked[r.URL.Path]++
		intercept := o.intercept
		o.mu.Unlock()
		if intercept == nil || !intercept(w, r) {
			files.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *origin) set(intercept func(http.ResponseWriter, *http.Request) bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.intercept = intercept
}

// freeze serves the playlist as it is now for as long as it is not thawed.
func (o *origin) freeze(t *testing.T, name string) {
	t.Helper()
	now, err := os.ReadFile(filepath.Join(o.folder, name))
	if err != nil {
		t.Fatal(err)
	}
	o.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/"+name {
			_, _ = w.Write(now)
			return true
		}
		return false
	})
}

func (o *origin) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(o.folder, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// source is what ffmpeg encodes: a moving picture and a tone, a key picture each second.
var moving = []string{
	"-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-f", "lavfi", "-i", "sine=r=48000",
	"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25", "-keyint_min", "25", "-sc_threshold", "0",
	"-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2",
}

// segments are the settings of a live playlist of segments of a second.
var segments = []string{"-f", "hls", "-hls_time", "1", "-hls_list_size", "6", "-hls_flags", "delete_segments+temp_file"}

// live has ffmpeg write a playlist in real time until the test ends or it is stopped, and waits until
// it lists as many segments.
func (o *origin) live(t *testing.T, wait int, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	all := []string{}
	for i, a := range moving {
		if a == "-f" && moving[i+1] == "lavfi" {
			all = append(all, "-re")
		}
		all = append(all, a)
	}
	cmd := ffmpeg(t, ctx, append(append(all, args...), "index.m3u8")...)
	cmd.Dir = o.folder
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("ffmpeg said: %s", cmd.Stderr)
		}
	})
	t.Cleanup(stop)
	await(t, "segments", func() bool {
		b, _ := os.ReadFile(filepath.Join(o.folder, "index.m3u8"))
		return strings.Count(string(b), "#EXTINF") >= wait
	})
	return stop
}

// record has ffmpeg write a whole playlist at once.
func (o *origin) record(t *testing.T, seconds string, args ...string) {
	t.Helper()
	all := append(append(append([]string{}, moving...), "-t", seconds), args...)
	cmd := ffmpeg(t, t.Context(), append(all, "index.m3u8")...)
	cmd.Dir = o.folder
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, cmd.Stderr)
	}
}

// ffmpeg returns a command, or skips the test where there is no ffmpeg.
func ffmpeg(t *testing.T, ctx context.Context, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: it is the real peer of this test")
	}
	cmd := exec.CommandContext(ctx, path, append([]string{"-hide_banner", "-nostdin", "-loglevel", "error", "-y"}, args...)...)
	cmd.Stderr = &bytes.Buffer{}
	return cmd
}

// sink collects what a source emits.
type sink struct {
	mu      sync.Mutex
	packets []capture.Packet
	fresh   chan struct{}
	ended   chan error
	stop    func()
}

func (s *sink) emit(p capture.Packet) {
	s.mu.Lock()
	s.packets = append(s.packets, p)
	s.mu.Unlock()
	select {
	case s.fresh <- struct{}{}:
	default:
	}
}

func (s *sink) of(media capture.Media) []capture.Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	var got []capture.Packet
	for _, p := range s.packets {
		if p.Format.Media == media {
			got = append(got, p)
		}
	}
	return got
}

// wait returns once enough holds.
func (s *sink) wait(t *testing.T, what string, enough func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !enough() {
		select {
		case <-s.fresh:
		case err := <-s.ended:
			t.Fatalf("waiting for %s: Run ended with %v", what, err)
		case <-deadline:
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// run starts a source that ends with the test, and returns what it emits.
func run(t *testing.T, source capture.Source) *sink {
	t.Helper()
	s := &sink{fresh: make(chan struct{}, 1), ended: make(chan error, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); s.ended <- source.Run(ctx, s.emit) }()
	s.stop = func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("Run does not return after its context ended")
		}
	}
	t.Cleanup(s.stop)
	return s
}

// pull makes a Pull of an origin's playlist.
func pull(t *testing.T, url string, opt Options) *Pull {
	t.Helper()
	p, err := NewPull(url, opt, capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// await polls for what has no channel to wait on.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}
