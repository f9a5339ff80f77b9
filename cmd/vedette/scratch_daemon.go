package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// scratchDaemon is a daemon of our own on free ports, with its state in a scratch folder.
type scratchDaemon struct {
	cmd       *exec.Cmd
	log       string // its file
	api       string // host:port
	rtmp      string // host:port
	startup   time.Duration
	listening sync.WaitGroup
}

const scratchConfig = `site: demo
state_directory: %s
api: { listen: %s }
%sfeeds:
%s`

// startScratchDaemon starts a daemon with feeds of the given names, each at url(name). detectors is
// that section of its configuration, or nothing.
func startScratchDaemon(ctx context.Context, scratch, detectors string, names ...string) (*scratchDaemon, error) {
	api, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	rtmp, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	feeds := ""
	for _, name := range names {
		feeds += fmt.Sprintf("  - { name: %s, source: rtmp://%s/live/%s }\n", name, rtmp, name)
	}
	path := filepath.Join(scratch, "vedette.yaml")
	text := fmt.Sprintf(scratchConfig, filepath.Join(scratch, "state"), api, detectors, feeds)
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
	d := &scratchDaemon{api: api, rtmp: rtmp, log: log.Name()}
	//nolint:noctx // it is stopped in order, so that its shutdown is part of what is looked at
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

// url is where to publish a feed.
func (d *scratchDaemon) url(name string) string { return "rtmp://" + d.rtmp + "/live/" + name }

func freeAddress(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// awaitReady asks until the daemon says that it is ready.
func (d *scratchDaemon) awaitReady(ctx context.Context) error {
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

func (d *scratchDaemon) get(ctx context.Context, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.api+path, nil)
	if err != nil {
		return nil, err
	}
	return http.DefaultClient.Do(request)
}

// stop ends the daemon and tells whether it left as it should.
func (d *scratchDaemon) stop() error {
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
