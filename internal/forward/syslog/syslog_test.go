package syslog_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/forward"
	"github.com/vedette-av/vedette/internal/forward/forwardtest"
	"github.com/vedette-av/vedette/internal/forward/syslog"
)

// receiver is rsyslogd, which writes what it gets as it understands it.
func receiver(t *testing.T, input string) (file string, stop func()) {
	t.Helper()
	dir := t.TempDir()
	file = filepath.Join(dir, "out")
	path := filepath.Join(dir, "rsyslog.conf")
	text := input + `
template(name="parts" type="string" string="%pri%|%hostname%|%app-name%|%msgid%|%structured-data%|%msg%\n")
action(type="omfile" file="` + file + `" template="parts")
`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	_, stop = forwardtest.Peer(t, "rsyslogd", "-n", "-f", path, "-i", filepath.Join(dir, "pid"))
	return file, stop
}

func read(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}

func TestRsyslog(t *testing.T) {
	a := forwardtest.NewAuthority(t)
	certificate, key := a.Issue("server", time.Hour)
	secure := fmt.Sprintf(`global(DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="%s" DefaultNetstreamDriverCertFile="%s" DefaultNetstreamDriverKeyFile="%s")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="PORT")`, a.File, certificate, key)
	for _, c := range []struct{ scheme, input string }{
		{"tls", secure},
		{"tcp", `module(load="imtcp")` + "\n" + `input(type="imtcp" port="PORT")`},
		{"udp", `module(load="imudp")` + "\n" + `input(type="imudp" port="PORT")`},
	} {
		t.Run(c.scheme, func(t *testing.T) {
			port := forwardtest.Port(t)
			input := strings.ReplaceAll(c.input, "PORT", port)
			file, stop := receiver(t, input)
			if c.scheme != "udp" {
				forwardtest.Listens(t, port)
			} else {
				bound(t, port)
			}
			settings := &config.Syslog{URL: c.scheme + "://127.0.0.1:" + port, Facility: "local0"}
			if c.scheme == "tls" {
				settings.CA = a.File
			}
			sink, err := syslog.New(settings)
			if err != nil {
				t.Fatal(err)
			}
			r := forwardtest.Start(t, sink, forward.Policy{})
			i := forwardtest.Incident("main", "freeze", 1)
			r.Publish(forwardtest.Change(detectors.Opened, i), forwardtest.Change(detectors.Closed, i))
			r.Until("both came", func() bool { return strings.Count(read(file), "\n") >= 2 })
			line := regexp.MustCompile(`(?m)^130\|studio-4\|vedette\|incident\.opened\|\[vedette@8072 id="studio-4/main/freeze/[^"]*/opened" feed="main".* kind="freeze" severity="critical".*\]\|.*\[studio-4\] main: freeze critical opened: no change for "3\.0 s" \]\\ äß$`)
			if text := read(file); !line.MatchString(text) || !strings.Contains(text, "133|studio-4|vedette|incident.closed|") {
				t.Errorf("got\n%s", text)
			}
			if c.scheme == "udp" {
				return
			}
			stop()
			r.Publish(forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", 2)))
			r.Until("the receiver is missed", func() bool { return r.State().LastError != "" })
			file, _ = receiver(t, input)
			r.Until("it came", func() bool { return strings.Contains(read(file), "12:02:00.000Z/opened") })
		})
	}
}

// bound waits until somebody has a port of UDP.
func bound(t *testing.T, port string) {
	t.Helper()
	forwardtest.Until(t, "somebody has the port", func() bool {
		conn, err := net.ListenPacket("udp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// TestStuckReceiver takes the connection and never reads: once its buffers are full nothing counts
// as delivered.
func TestStuckReceiver(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	held := make(chan net.Conn, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.(*net.TCPConn).SetReadBuffer(4096)
			held <- conn
		}
	}()
	sink, err := syslog.New(&config.Syslog{URL: "tcp://" + listener.Addr().String(), Facility: "local0"})
	if err != nil {
		t.Fatal(err)
	}
	r := forwardtest.Start(t, sink, forward.Policy{Timeout: 300 * time.Millisecond})
	var all []detectors.Change
	for n := range 3_000 {
		all = append(all, forwardtest.Change(detectors.Opened, forwardtest.Incident("main", "freeze", n)))
	}
	r.Publish(all...)
	r.Until("it is noticed", func() bool { return r.State().LastError != "" })
	if s := r.State(); s.Delivered >= 3_000 {
		t.Errorf("all %d count as delivered", s.Delivered)
	}
}
