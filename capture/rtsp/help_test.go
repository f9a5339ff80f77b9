package rtsp

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/capture"
)

const (
	// patience bounds every wait of these tests; it is reached only when something is broken.
	patience = 30 * time.Second
	ms       = time.Millisecond
)

// server is an RTSP server that hands on to its readers what a publisher records to it.
type server struct {
	*gortsplib.Server
	t              *testing.T
	user, password string // asked of readers
	drop           func(*rtp.Packet) bool
	noUDP          bool

	mu        sync.Mutex
	stream    *gortsplib.ServerStream
	publisher *gortsplib.ServerSession
	asked     []string
	readers   int
}

// serve starts a server that ends with the test. configure may change it before.
func serve(t *testing.T, address string, configure func(*server)) *server {
	t.Helper()
	s := &server{t: t, Server: &gortsplib.Server{RTSPAddress: address}}
	rtpPort := evenPorts(t)
	s.UDPRTPAddress = fmt.Sprintf("127.0.0.1:%d", rtpPort)
	s.UDPRTCPAddress = fmt.Sprintf("127.0.0.1:%d", rtpPort+1)
	if configure != nil {
		configure(s)
	}
	if s.TLSConfig != nil {
		s.UDPRTPAddress, s.UDPRTCPAddress = "", ""
	}
	s.Handler = s
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// evenPorts finds two free ports of which the first is even.
func evenPorts(t *testing.T) int {
	t.Helper()
	for range 100 {
		a, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		port := a.LocalAddr().(*net.UDPAddr).Port
		_ = a.Close()
		if port%2 != 0 {
			continue
		}
		b, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", port+1))
		if err == nil {
			_ = b.Close()
			return port
		}
	}
	t.Fatal("no two ports in a row are free")
	return 0
}

func (s *server) scheme() string {
	if s.TLSConfig != nil {
		return "rtsps"
	}
	return "rtsp"
}

func (s *server) address() string { return s.NetListener().Addr().String() }

func (s *server) OnSessionClose(c *gortsplib.ServerHandlerOnSessionCloseCtx) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Session == s.publisher && s.stream != nil {
		s.stream.Close()
		s.stream, s.publisher = nil, nil
	}
}

func (s *server) OnDescribe(c *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, c.Request.URL.String())
	if s.user != "" && !c.Conn.VerifyCredentials(c.Request, s.user, s.password) {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	if s.stream == nil || !strings.HasPrefix(c.Path, "/live") {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, s.stream, nil
}

func (s *server) OnAnnounce(c *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	stream := &gortsplib.ServerStream{Server: s.Server, Desc: c.Description}
	if err := stream.Initialize(); err != nil {
		return &base.Response{StatusCode: base.StatusInternalServerError}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.publisher, s.stream = c.Session, stream
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (s *server) OnSetup(c *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.Session.State() == gortsplib.ServerSessionStatePreRecord {
		return &base.Response{StatusCode: base.StatusOK}, nil, nil
	}
	if s.noUDP && c.Transport.Protocol == gortsplib.ProtocolUDP {
		return &base.Response{StatusCode: base.StatusUnsupportedTransport}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, s.stream, nil
}

func (s *server) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readers++
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (s *server) OnRecord(c *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	s.mu.Lock()
	stream := s.stream
	s.mu.Unlock()
	c.Session.OnPacketRTPAny(func(m *description.Media, _ format.Format, p *rtp.Packet) {
		if s.drop == nil || !s.drop(p) {
			_ = stream.WritePacketRTP(m, p)
		}
	})
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// What a server of this kind loses or cannot send is seen by its readers.
func (s *server) OnPacketsLost(*gortsplib.ServerHandlerOnPacketsLostCtx)           {}
func (s *server) OnDecodeError(*gortsplib.ServerHandlerOnDecodeErrorCtx)           {}
func (s *server) OnStreamWriteError(*gortsplib.ServerHandlerOnStreamWriteErrorCtx) {}

// published waits until the server has a stream.
func (s *server) published() {
	s.t.Helper()
	await(s.t, "the stream to be published", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.publisher != nil && s.publisher.State() == gortsplib.ServerSessionStateRecord
	})
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

// pull makes a Pull of a server's stream.
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
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timed out waiting for %s", what)
		}
	}
}

// publish has ffmpeg record to the server until the test ends or it is stopped.
func publish(t *testing.T, s *server, args ...string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	args = append(append([]string{"-re"}, args...), "-f", "rtsp", "-pkt_size", "1200", "-rtsp_transport", "tcp", s.scheme()+"://"+s.address()+"/live")
	cmd := ffmpeg(t, ctx, args...)
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
	s.published()
	return stop
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
