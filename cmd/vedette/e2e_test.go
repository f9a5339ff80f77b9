package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/status"
)

// binaries is where TestMain has put the programs; empty where they could not be built.
var binaries, whyNoBinaries string

// TestMain builds both programs once, as a user would have them: side by side. The daemon has the
// race detector where the test has it.
func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "vedette-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if err := buildPrograms(folder); err != nil {
		whyNoBinaries = err.Error()
	} else {
		binaries = folder
	}
	code := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

func buildPrograms(folder string) error {
	daemon := []string{"build", "-o", filepath.Join(folder, "vedette")}
	if raceDetector {
		daemon = append(daemon, "-race")
	}
	for _, args := range [][]string{
		append(daemon, "."),
		{"build", "-o", filepath.Join(folder, "vedette-worker"), "../vedette-worker"},
	} {
		if said, err := exec.Command("go", args...).CombinedOutput(); err != nil {
			return fmt.Errorf("go %s: %w: %s", strings.Join(args, " "), err, said)
		}
	}
	return nil
}

// needPrograms skips the test where it cannot be run.
func needPrograms(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: this one runs the real programs")
	}
	if binaries == "" {
		t.Skip("the programs could not be built here:", whyNoBinaries)
	}
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
}

// vedette runs the program to its end.
func vedette(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	needPrograms(t)
	cmd := exec.CommandContext(t.Context(), filepath.Join(binaries, "vedette"), args...)
	var out, diagnostics bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &diagnostics
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0")
	err := cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), diagnostics.String(), cmd.ProcessState.ExitCode()
}

// testDaemon is a real daemon with a state directory that outlives it.
type testDaemon struct {
	t      *testing.T
	api    string
	config string // its file
	state  string
	env    []string // beside that of the test
	cmd    *exec.Cmd
	log    *syncBuffer
}

// newDaemon writes a configuration; start runs it. feeds is the rest of the file, in which %s
// stands for the RTMP address.
func newDaemon(t *testing.T, settings string) (d *testDaemon, rtmp string) {
	t.Helper()
	needPrograms(t)
	folder := t.TempDir()
	d = &testDaemon{t: t, api: freePort(t), config: filepath.Join(folder, "vedette.yaml"), state: filepath.Join(folder, "state"), log: &syncBuffer{}}
	rtmp = freePort(t)
	d.configure(strings.ReplaceAll(settings, "RTMP", rtmp))
	return d, "rtmp://" + rtmp
}

func (d *testDaemon) configure(settings string) {
	d.t.Helper()
	text := fmt.Sprintf("site: test\nstate_directory: %s\napi: { listen: %s }\n%s", d.state, d.api, settings)
	if err := os.WriteFile(d.config, []byte(text), 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (d *testDaemon) start() {
	d.t.Helper()
	d.cmd = exec.Command(filepath.Join(binaries, "vedette"), "run", "-c", d.config)
	d.cmd.Stderr = d.log
	d.cmd.Env = append(append(os.Environ(), "GORACE=atexit_sleep_ms=0"), d.env...)
	if err := d.cmd.Start(); err != nil {
		d.t.Fatal(err)
	}
	cmd := d.cmd
	d.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	d.until(10*time.Second, "ready", func() bool { return d.get("/readyz", nil) == http.StatusOK })
}

// stop ends the daemon in order and checks that it left within its time.
func (d *testDaemon) stop() {
	d.t.Helper()
	began := time.Now()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	if err := d.cmd.Wait(); err != nil {
		d.t.Fatalf("the daemon ended with %v:\n%s", err, d.log)
	}
	if took := time.Since(began); took > shutdownIn {
		d.t.Errorf("the shutdown took %s, want at most %s", took, shutdownIn)
	}
}

func (d *testDaemon) kill() {
	d.t.Helper()
	_ = d.cmd.Process.Kill()
	_ = d.cmd.Wait()
}

// get asks the API; it returns 0 where the daemon does not answer.
func (d *testDaemon) get(path string, into any) int {
	response, err := http.Get("http://" + d.api + path)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	if into == nil {
		_, _ = io.Copy(io.Discard, response.Body)
	} else if err := json.NewDecoder(response.Body).Decode(into); err != nil {
		return 0
	}
	return response.StatusCode
}

func (d *testDaemon) feed(name string) status.Feed {
	d.t.Helper()
	var f status.Feed
	if code := d.get("/api/v1/feeds/"+name, &f); code != http.StatusOK {
		d.t.Fatalf("GET feed %s: %d\n%s", name, code, d.log)
	}
	return f
}

// incidents asks for all incidents of the query, newest first.
func (d *testDaemon) incidents(query string) []detectors.Incident {
	d.t.Helper()
	var answer struct {
		Incidents []detectors.Incident `json:"incidents"`
	}
	if code := d.get("/api/v1/incidents?limit=1000&"+query, &answer); code != http.StatusOK {
		d.t.Fatalf("GET incidents: %d\n%s", code, d.log)
	}
	return answer.Incidents
}

// until asks again and again whether something has come to be.
func (d *testDaemon) until(within time.Duration, what string, holds func() bool) {
	d.t.Helper()
	for deadline := time.Now().Add(within); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return
		}
	}
	d.t.Fatalf("not %s within %s\n%s", what, within, d.log)
}

// listen follows the events until the daemon ends, handing over each change.
func (d *testDaemon) listen(hear func(detectors.Change)) (wait func()) {
	d.t.Helper()
	response, err := http.Get("http://" + d.api + "/api/v1/events")
	if err != nil {
		d.t.Fatal(err)
	}
	var listening sync.WaitGroup
	listening.Go(func() {
		defer response.Body.Close()
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var c detectors.Change
			if ok && json.Unmarshal([]byte(data), &c) == nil && c.Incident.ID != "" {
				hear(c)
			}
		}
	})
	return listening.Wait
}

// encoder publishes with ffmpeg until the test ends or it is stopped.
func encoder(t *testing.T, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, args...)...)
	said := &syncBuffer{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			_ = cmd.Wait()
			if t.Failed() && said.String() != "" {
				t.Log("ffmpeg said:", said)
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

// makeClip renders a clip with ffmpeg.
func makeClip(t *testing.T, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args = append(append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}, args...), path)
	if said, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg %s: %v: %s", strings.Join(args, " "), err, said)
	}
	return path
}

// syncBuffer is a buffer that a process may write to while the test reads it.
type syncBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
