package srt

import (
	"bytes"
	"context"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gosrt "github.com/datarhei/gosrt"

	"github.com/vedette-av/vedette/capture"
)

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// station runs a source and collects what comes of it.
type station struct {
	t      *testing.T
	source interface {
		capture.Source
		capture.Teller
	}
	mu      sync.Mutex
	packets []capture.Packet
	results []error
}

func (s *station) take(p capture.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.packets = append(s.packets, p)
}

func (s *station) count(m capture.Media) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.packets {
		if p.Format.Media == m {
			n++
		}
	}
	return n
}

// start runs the source, again and again where it ends by itself, until the test ends or it is
// stopped.
func (s *station) start() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for ctx.Err() == nil {
			err := s.source.Run(ctx, s.take)
			s.mu.Lock()
			s.results = append(s.results, err)
			s.mu.Unlock()
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	})
	stop = func() { cancel(); running.Wait() }
	s.t.Cleanup(stop)
	return stop
}

func (s *station) until(what string, holds func() bool) {
	s.t.Helper()
	until(s.t, what, holds, func() any { return s.source.Facts() })
}

func (s *station) taken() {
	s.t.Helper()
	had, heard := s.count(capture.Video), s.count(capture.Audio)
	s.until("taken", func() bool { return s.count(capture.Video) > had+20 && s.count(capture.Audio) > heard+20 })
}

func until(t *testing.T, what string, holds func() bool, tell func() any) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("not %s; %+v", what, tell())
}

func parse(t testing.TB, text string) Address {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAddress(u)
	if err != nil {
		t.Fatalf("%s %v", text, err)
	}
	return a
}

// newServer serves on a free port until the test ends.
func newServer(t *testing.T, opt Options) (s *Server, log *lockedBuffer) {
	t.Helper()
	log = &lockedBuffer{}
	opt.Log = slog.New(slog.NewTextHandler(log, nil))
	s, err := Listen(t.Context(), "127.0.0.1:"+freePort(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var serving sync.WaitGroup
	serving.Go(func() { _ = s.Serve(ctx) })
	t.Cleanup(func() { cancel(); serving.Wait() })
	return s, log
}

// feed runs a feed of the server, with the query of its URL.
func (s *Server) feed(t *testing.T, settings string) *station {
	f := &station{t: t, source: s.Source(parse(t, "srt://:9000?"+settings), capture.NewTimeline(time.Now()))}
	f.start()
	f.until("running", func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		_, ok := s.feeds[f.source.(*Feed)]
		return ok
	})
	return f
}

// freePort finds a port of UDP that nobody listens on, below those that the system gives to senders.
func freePort(t testing.TB) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20_000 + rand.IntN(10_000))
		c, err := net.ListenPacket("udp4", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// ffmpeg sends a made programme to a URL in real time until the test ends or it is stopped.
func ffmpeg(t *testing.T, to string, options ...string) (stop func(), said *lockedBuffer) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	if list, _ := exec.Command("ffmpeg", "-hide_banner", "-protocols").Output(); !strings.Contains(string(list), "srt") {
		t.Skip("this ffmpeg knows no SRT")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "ffmpeg", slices.Concat([]string{"-hide_banner", "-loglevel", "error", "-nostdin",
		"-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-re", "-f", "lavfi", "-i", "sine=r=48000",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-f", "mpegts"}, options, []string{to})...)
	said = &lockedBuffer{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			_ = cmd.Wait()
			if t.Failed() {
				t.Log("ffmpeg said:", said)
			}
		})
	}
	t.Cleanup(stop)
	return stop, said
}

func healthy(t *testing.T, f capture.Facts) {
	t.Helper()
	if !f.Up || f.Reason != "" || f.Lost != 0 || f.Dropped != 0 || f.Transport.Continuity.Count != 0 || f.Transport.CRC.Count != 0 {
		t.Errorf("facts %+v with transport %+v, want a healthy stream", f, *f.Transport)
	}
}

func TestEncodersCall(t *testing.T) {
	t.Parallel()
	s, log := newServer(t, Options{})
	to := "srt://" + s.Addr().String() + "?pkt_size=1316"
	main := s.feed(t, "streamid=main")
	secret := s.feed(t, "streamid=secret&passphrase=correct-horse")
	control := s.feed(t, "streamid=studio-2")
	open := s.feed(t, "")
	ffmpeg(t, to+"&streamid=main&latency=300000")
	ffmpeg(t, to+"&streamid=secret&passphrase=correct-horse&pbkeylen=32")
	ffmpeg(t, to, "-srt_streamid", "#!::r=studio-2,m=publish")
	ffmpeg(t, to)
	for _, f := range []*station{main, secret, control, open} {
		f.taken()
		healthy(t, f.source.Facts())
	}
	if f := main.source.Facts(); f.State != "connected" || f.Latency != 300*time.Millisecond || f.RoundTrip <= 0 || f.Peer == "" {
		t.Errorf("facts %+v, want the connection with the caller's latency of 300ms", f)
	}
	if c := s.Counters(); c.Accepted != 4 || c.Takeovers != 0 || c.WrongPassphrase+c.UnknownStream+c.Unencrypted != 0 {
		t.Errorf("counters %+v\n%s", c, log)
	}
}

func TestCallersRefused(t *testing.T) {
	t.Parallel()
	s, log := newServer(t, Options{})
	to := "srt://" + s.Addr().String() + "?pkt_size=1316"
	s.feed(t, "streamid=secret&passphrase=correct-horse")
	s.feed(t, "streamid=plain")
	for _, c := range []struct {
		settings, id, want string
		count              func(Counters) uint64
	}{
		{"&passphrase=wrong-horse", "secret", "wrong passphrase", func(c Counters) uint64 { return c.WrongPassphrase }},
		{"", "secret", "the feed has a passphrase", func(c Counters) uint64 { return c.Unencrypted }},
		{"&passphrase=correct-horse", "plain", "the feed has no passphrase", func(c Counters) uint64 { return c.Unencrypted }},
		{"", "other", "unknown stream id", func(c Counters) uint64 { return c.UnknownStream }},
		{"", "#!::r=plain,m=request", "only takes", func(c Counters) uint64 { return c.Readers }},
	} {
		before := c.count(s.Counters())
		stop, _ := ffmpeg(t, to+c.settings, "-srt_streamid", c.id)
		until(t, "refused: "+c.want, func() bool { return c.count(s.Counters()) > before }, func() any { return log })
		stop()
	}
	if !strings.Contains(log.String(), "wrong passphrase") || strings.Contains(log.String(), "horse") {
		t.Errorf("the log: %s", log)
	}
	if c := s.Counters(); c.Accepted != 0 {
		t.Errorf("%d were accepted", c.Accepted)
	}
}

// A host that is refused again and again is not listened to for a while; others are.
func TestRefusalsAreLimited(t *testing.T) {
	l, now := limiter{}, time.Unix(1000, 0)
	for range faultsAllowed {
		if !l.allows("a", now) {
			t.Fatal("refused too early")
		}
		l.fault("a", now)
	}
	if l.allows("a", now.Add(time.Second)) || !l.allows("b", now) || !l.allows("a", now.Add(faultsWithin+time.Second)) {
		t.Error("want a refused for a while, and b not")
	}
	for n := range 10 * mostHosts {
		l.fault(string(rune(n)), now)
	}
	if len(l.hosts) > mostHosts {
		t.Errorf("%d hosts are remembered", len(l.hosts))
	}
}

// A second encoder takes over, and when it leaves the feed says so.
func TestTakeover(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, Options{})
	f := s.feed(t, "streamid=main")
	to := "srt://" + s.Addr().String() + "?pkt_size=1316&streamid=main"
	ffmpeg(t, to)
	f.taken()
	first := f.source.Facts().Peer
	stop, _ := ffmpeg(t, to)
	f.until("taken over", func() bool { return s.Counters().Takeovers == 1 && f.source.Facts().Peer != first })
	f.taken()
	stop()
	f.until("down", func() bool { return !f.source.Facts().Up })
	f.mu.Lock()
	defer f.mu.Unlock()
	last := time.Duration(0)
	for _, p := range f.packets {
		if p.Jump {
			t.Error("a new caller counts as a jump of the clock")
		}
		if p.Format.Media == capture.Video {
			if p.At < last {
				t.Errorf("the feed clock went back from %v to %v", last, p.At)
			}
			last = p.At
		}
	}
}

// lossy forwards datagrams between callers and a listener and drops some.
func lossy(t *testing.T, listener string, share float64) string {
	t.Helper()
	front, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.Dial("udp4", listener)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	random := rand.New(rand.NewPCG(1, 2))
	var caller net.Addr
	keep := func(size int) bool {
		mu.Lock()
		defer mu.Unlock()
		return size < 200 || random.Float64() >= share // the handshake is let through
	}
	var running sync.WaitGroup
	running.Go(func() {
		b := make([]byte, 2000)
		for {
			n, from, err := front.ReadFrom(b)
			if err != nil {
				return
			}
			mu.Lock()
			caller = from
			mu.Unlock()
			if keep(n) {
				_, _ = back.Write(b[:n])
			}
		}
	})
	running.Go(func() {
		b := make([]byte, 2000)
		for {
			n, err := back.Read(b)
			if err != nil {
				return
			}
			mu.Lock()
			to := caller
			mu.Unlock()
			_, _ = front.WriteTo(b[:n], to)
		}
	})
	t.Cleanup(func() { front.Close(); back.Close(); running.Wait() })
	return front.LocalAddr().String()
}

// What a network loses is asked for again, and the stream is whole.
func TestLossIsRepaired(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, Options{})
	f := s.feed(t, "streamid=main")
	ffmpeg(t, "srt://"+lossy(t, s.Addr().String(), 0.05)+"?pkt_size=1316&streamid=main&latency=500000")
	f.until("repaired", func() bool { return f.source.Facts().Recovered > 3 && f.count(capture.Video) > 40 })
	healthy(t, f.source.Facts())
	if f := f.source.Facts(); f.Requests == 0 {
		t.Errorf("facts %+v, want what was asked for again", f)
	}
}

func TestWeCall(t *testing.T) {
	t.Parallel()
	for name, settings := range map[string][2]string{
		"plain":     {"", ""},
		"encrypted": {"&passphrase=correct-horse&pbkeylen=16", "&passphrase=correct-horse"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := "127.0.0.1:" + freePort(t)
			c := &station{t: t, source: NewCall(parse(t, "srt://"+at+"?mode=caller&latency=200ms"+settings[1]), Options{}, capture.NewTimeline(time.Now()))}
			c.start()
			c.until("refused", func() bool { return strings.Contains(c.source.Facts().Reason, "nothing listens there") })
			ffmpeg(t, "srt://"+at+"?mode=listener&pkt_size=1316"+settings[0])
			c.taken()
			healthy(t, c.source.Facts())
		})
	}
}

// Attempts that fail, as they do for ever where a feed is wrong, leave nothing behind.
func TestFailedCallsLeaveNothing(t *testing.T) {
	s, _ := newServer(t, Options{})
	s.feed(t, "streamid=secret&passphrase=correct-horse")
	silent, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	before := runtime.NumGoroutine()
	for _, c := range []struct{ url, want string }{
		{"srt://" + s.Addr().String() + "?mode=caller&streamid=secret&passphrase=wrong-horse", "wrong passphrase"},
		{"srt://" + s.Addr().String() + "?mode=caller&streamid=other", "does not know the stream id"},
		{"srt://127.0.0.1:" + freePort(t) + "?mode=caller", "nothing listens there"},
		{"srt://" + silent.LocalAddr().String() + "?mode=caller", "nothing answers"},
	} {
		call := NewCall(parse(t, c.url), Options{}, capture.NewTimeline(time.Now()))
		for n := range 4 {
			err := call.Run(t.Context(), func(capture.Packet) {})
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "horse") {
				t.Errorf("%s: attempt %d: %v, want %q", c.want, n, err, c.want)
			}
		}
	}
	// Of the feeds that were refused, the first attempt was the library's own. On a machine so loaded
	// that an answer comes in the moment of its own time-out, the library leaves the time-out behind.
	stacks := func() string {
		all := make([]byte, 1<<20)
		return string(all[:runtime.Stack(all, true)])
	}
	until(t, "all ended", func() bool {
		return runtime.NumGoroutine()-strings.Count(stacks(), "gosrt.Dial.func3()") <= before+2
	}, func() any { return stacks() })
}

func TestListenFails(t *testing.T) {
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if _, err := Listen(t.Context(), taken.LocalAddr().String(), Options{}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("Listen on a port that is taken: %v", err)
	}
}

// A caller that is connected and sends nothing does not keep its place.
func TestSilentCaller(t *testing.T) {
	t.Parallel()
	s, _ := newServer(t, Options{Silence: 300 * time.Millisecond})
	f := s.feed(t, "streamid=main")
	config := gosrt.DefaultConfig()
	config.StreamId = "main"
	conn, err := gosrt.Dial("srt", s.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer settle(&link{conn: conn})
	f.until("cut off", func() bool { return s.Counters().Silent == 1 })
	f.until("told", func() bool { return strings.Contains(f.source.Facts().Reason, "sent nothing for 300ms") })
}
