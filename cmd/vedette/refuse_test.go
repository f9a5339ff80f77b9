package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A daemon that cannot do its work says why in one clear line, with what to do, and exits with 2.
func TestRunRefuses(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	folder := t.TempDir()
	stranger := filepath.Join(folder, "stranger")
	if err := os.WriteFile(stranger, []byte("#!/bin/sh\necho hello\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const feeds = "feeds: [ { name: a, source: 'rtmp://127.0.0.1:%d/live/a' } ]\n"
	free := func() string {
		_, port, _ := net.SplitHostPort(freePort(t))
		return strings.ReplaceAll(feeds, "%d", port)
	}
	for _, c := range []struct {
		name, text string
		words      []string
	}{
		{"unknown key", free() + "wroker: { path: x }\n", []string{"wroker", "worker"}},
		{"no feeds", "site: x\n", []string{"feeds"}},
		{"not YAML", "feeds: [\n", []string{".yaml:"}},
		{"two feeds of one name", "feeds: [ { name: a, source: 'rtmp://:1/l/a' }, { name: a, source: 'rtmp://:1/l/b' } ]\n", []string{"called a too"}},
		{"missing worker", free() + "worker: { path: /nonexistent/vedette-worker }\n", []string{"/nonexistent/vedette-worker", "worker.path"}},
		{"another program as worker", free() + "worker: { path: " + stranger + " }\n", []string{"stranger"}},
		{"port of the API taken", free() + fmt.Sprintf("api: { listen: %s }\n", taken.Addr()), []string{taken.Addr().String(), "another process", "api.listen"}},
		{"port of RTMP taken", strings.ReplaceAll(feeds, "127.0.0.1:%d", taken.Addr().String()), []string{taken.Addr().String(), "address already in use"}},
		{"a GPU that is not used", "feeds: [ { name: a, source: 'rtmp://127.0.0.1:1/l/a', placement: gpu } ]\n", []string{"feed a", "placement"}},
		{"sink that does not exist", free() + "forward: [ { type: pigeon } ]\n", []string{"pigeon"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "v.yaml")
			text := fmt.Sprintf("state_directory: %s\n%s", t.TempDir(), c.text)
			if !strings.Contains(text, "api:") {
				text += "api: { listen: " + freePort(t) + " }\n"
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, stderr, code := vedette(t, "run", "-c", path)
			line := strings.TrimSpace(stderr)
			if code != 2 || strings.Contains(line, "\n") || !strings.HasPrefix(line, "vedette: ") {
				t.Errorf("exit status %d, want 2 and one line; stderr: %s", code, stderr)
			}
			for _, word := range c.words {
				if !strings.Contains(line, word) {
					t.Errorf("%q does not say %q", line, word)
				}
			}
		})
	}
}

// A second daemon on the same state is refused; the first goes on.
func TestSecondDaemonIsRefused(t *testing.T) {
	t.Parallel()
	d, _ := newDaemon(t, "feeds:\n  - { name: main, source: rtmp://RTMP/live/key }\n")
	d.start()
	other := filepath.Join(t.TempDir(), "other.yaml")
	text := fmt.Sprintf("state_directory: %s\napi: { listen: %s }\nfeeds: [ { name: x, source: 'rtmp://%s/l/k' } ]\n", d.state, freePort(t), freePort(t))
	if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stderr, code := vedette(t, "run", "-c", other)
	if code != 2 || !strings.Contains(stderr, d.state) {
		t.Errorf("exit status %d: %s", code, stderr)
	}
	if d.get("/readyz", nil) != 200 {
		t.Error("the first daemon does not answer any more")
	}
	d.stop()
}
