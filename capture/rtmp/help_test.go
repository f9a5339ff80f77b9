package rtmp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortmplib"

	"github.com/vedette-av/vedette/capture"
)

// patience bounds every wait of these tests; it is reached only when something is broken.
const patience = 20 * time.Second

// serve starts a server that ends with the test.
func serve(t *testing.T, opt Options) *Server {
	t.Helper()
	s, err := Listen(t.Context(), "127.0.0.1:0", opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("Serve does not return after its context ended")
		}
	})
	return s
}

// sink collects what a source emits.
type sink struct {
	mu      sync.Mutex
	packets []capture.Packet
	fresh   chan struct{}
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

func (s *sink) all() []capture.Packet {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]capture.Packet(nil), s.packets...)
}

// wait returns the packets once enough holds of them.
func (s *sink) wait(t *testing.T, what string, enough func([]capture.Packet) bool) []capture.Packet {
	t.Helper()
	deadline := time.After(patience)
	for {
		if got := s.all(); enough(got) {
			return got
		}
		select {
		case <-s.fresh:
		case <-deadline:
			t.Fatalf("timed out waiting for %s; have %d packets", what, len(s.all()))
		}
	}
}

func atLeast(n int) func([]capture.Packet) bool {
	return func(p []capture.Packet) bool { return len(p) >= n }
}

// run starts a source that ends with the test, and returns what it emits.
func run(t *testing.T, source capture.Source) *sink {
	t.Helper()
	s := &sink{fresh: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- source.Run(ctx, s.emit) }()
	t.Cleanup(func() {
		cancel()
		select {
		case <-done:
		case <-time.After(patience):
			t.Error("Run does not return after its context ended")
		}
	})
	return s
}

// feed registers and runs a feed of a server.
func feed(t *testing.T, s *Server, app, key string) (*Feed, *sink) {
	t.Helper()
	f, err := s.Source(app, key, capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	out := run(t, f)
	await(t, "the feed to listen", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, ok := s.feeds[f]
		return ok
	})
	return f, out
}

// spaced reports whether packets that the sender put want apart are so on the feed clock, which may
// run at three quarters of its speed while a session that came faster than real time settles.
func spaced(got, want time.Duration) bool {
	return got <= want+time.Millisecond && got >= want*3/4-time.Millisecond
}

// await polls for what has no channel to wait on.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// awaitReason waits for a source to give a reason that contains text.
func awaitReason(t *testing.T, source capture.Teller, text string) {
	t.Helper()
	defer func() {
		if t.Failed() {
			t.Logf("the facts are %+v", source.Facts())
		}
	}()
	await(t, "the reason "+text, func() bool { return strings.Contains(source.Facts().Reason, text) })
}

// dial connects gortmplib's client as a publisher.
func dial(t *testing.T, s *Server, path string) (*gortmplib.Client, error) {
	t.Helper()
	app, key, _ := strings.Cut(path, "/")
	u := &url.URL{Scheme: "rtmp", Host: s.Addr().String(), Path: "/" + app, Fragment: key}
	c := &gortmplib.Client{URL: u, Publish: true}
	if s.opt.TLS != nil {
		u.Scheme = "rtmps"
		c.TLSConfig = &tls.Config{InsecureSkipVerify: true} // the test's own certificate
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Initialize(ctx); err != nil {
		return nil, err
	}
	t.Cleanup(c.Close)
	return c, nil
}

// mustDial is dial for a publisher that must get in.
func mustDial(t *testing.T, s *Server, path string) *gortmplib.Client {
	t.Helper()
	c, err := dial(t, s, path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// ffmpeg returns a command, or skips the test where there is no ffmpeg.
func ffmpeg(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: it is the real peer of this test")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, append([]string{"-hide_banner", "-nostdin", "-loglevel", "error"}, args...)...)
	cmd.Stderr = &bytes.Buffer{}
	return cmd
}

// mustRun runs a command to its end.
func mustRun(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, cmd.Stderr)
	}
}

// certificate makes a self-signed one for 127.0.0.1.
func certificate(t *testing.T) (server *tls.Config, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "vedette test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots = x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}},
	}, roots
}
