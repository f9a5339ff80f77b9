package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
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
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// demoDaemon is a daemon of our own on free ports, with its state in a scratch folder.
type demoDaemon struct {
	cmd       *exec.Cmd
	log       string // its file
	api       string // host:port
	rtmp      string // where to publish
	startup   time.Duration
	listening sync.WaitGroup
}

const demoConfig = `site: demo
state_directory: %s
api: { listen: %s }
detectors:
%sfeeds:
  - name: programme
    source: rtmp://%s/live/demo
`

func startDemoDaemon(ctx context.Context, scratch string) (*demoDaemon, error) {
	api, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	rtmp, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	dwells := ""
	for _, kind := range []string{"black", "freeze", "silence", "no-signal"} {
		dwells += fmt.Sprintf("  %s: { for: %s, keep: 1s }\n", kind, demoDwell)
	}
	path := filepath.Join(scratch, "vedette.yaml")
	text := fmt.Sprintf(demoConfig, filepath.Join(scratch, "state"), api, dwells, rtmp)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(scratch, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	d := &demoDaemon{api: api, rtmp: "rtmp://" + rtmp + "/live/demo", log: log.Name()}
	d.cmd = exec.Command(self, "run", "-c", path)
	d.cmd.Stderr = log
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	began := time.Now()
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the daemon: %w", err)
	}
	if err := d.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, d.stop())
	}
	d.startup = time.Since(began)
	return d, nil
}

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// awaitReady asks until the daemon says that it is ready.
func (d *demoDaemon) awaitReady(ctx context.Context) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
		response, err := d.get(ctx, "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		if err := wait(ctx, 10*time.Millisecond); err != nil {
			return err
		}
	}
	said, _ := os.ReadFile(d.log) // best effort: it may say why
	return fmt.Errorf("the daemon did not become ready: %s", strings.TrimSpace(string(said)))
}

func (d *demoDaemon) get(ctx context.Context, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.api+path, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

// stop ends the daemon and tells whether it left as it should.
func (d *demoDaemon) stop() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM) // it may be gone already
	killer := time.AfterFunc(shutdownIn+time.Second, func() { _ = d.cmd.Process.Kill() })
	err := d.cmd.Wait()
	killer.Stop()
	d.listening.Wait()
	if err != nil {
		said, _ := os.ReadFile(d.log)
		return fmt.Errorf("the daemon ended with %w: %s", err, strings.TrimSpace(string(said)))
	}
	return nil
}

// told is one change with the moment at which somebody outside heard of it.
type told struct {
	detectors.Change
	when time.Time
}

// listener hears what the daemon tells.
type listener struct {
	mu      sync.Mutex
	changes []told
}

// listen follows the daemon's events, printing each, until the daemon ends.
func (d *demoDaemon) listen(ctx context.Context, out io.Writer) (*listener, error) {
	response, err := d.get(ctx, "/api/v1/events")
	if err != nil {
		return nil, fmt.Errorf("listen to the daemon: %w", err)
	}
	began, l := time.Now(), &listener{}
	d.listening.Go(func() {
		defer response.Body.Close()
		scanner := bufio.NewScanner(response.Body)
		for scanner.Scan() {
			data, ok := strings.CutPrefix(scanner.Text(), "data: ")
			if !ok {
				continue
			}
			t := told{when: time.Now()}
			if err := json.Unmarshal([]byte(data), &t.Change); err != nil || t.Incident.ID == "" {
				continue
			}
			l.hear(t)
			fmt.Fprintf(out, "%7.2f s %-7s %-10s %s\n", t.when.Sub(began).Seconds(), t.Phase, t.Incident.Kind, t.Incident.Detail)
		}
	})
	return l, nil
}

func (l *listener) hear(t told) {
	l.mu.Lock()
	l.changes = append(l.changes, t)
	l.mu.Unlock()
}

func (l *listener) all() []told {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changes
}

// quiet tells whether nothing is open but the loss of the signal.
func (l *listener) quiet() bool {
	open := map[string]bool{}
	for _, t := range l.all() {
		if t.Incident.Kind != "no-signal" {
			open[t.Incident.ID] = t.Phase != detectors.Closed
		}
	}
	for _, still := range open {
		if still {
			return false
		}
	}
	return true
}
