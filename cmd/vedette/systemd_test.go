package main

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The daemon tells systemd, on its own socket, that it is ready, that it lives, that it reloads and
// that it stops.
func TestWordToSystemd(t *testing.T) {
	t.Parallel()
	d, _ := newDaemon(t, "feeds:\n  - { name: main, source: rtmp://RTMP/live/key }\n")
	path := filepath.Join(t.TempDir(), "notify")
	socket, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	d.env = []string{"NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=300000"}
	hear := func(word string) {
		t.Helper()
		if err := socket.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
			t.Fatal(err)
		}
		message := make([]byte, 4096)
		for {
			n, err := socket.Read(message)
			if err != nil {
				t.Fatalf("systemd did not hear %s: %v\n%s", word, err, d.log)
			}
			if strings.Contains(string(message[:n]), word) {
				return
			}
		}
	}
	d.start()
	hear("READY=1")
	hear("WATCHDOG=1")
	hear("STATUS=0 of 1 feeds up")
	if err := d.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	hear("RELOADING=1")
	hear("READY=1")
	hear("WATCHDOG=1")
	d.stop()
	hear("STOPPING=1")
}
