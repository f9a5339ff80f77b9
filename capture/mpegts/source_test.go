package mpegts

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// station runs a source on a real socket and collects what comes of it.
type station struct {
	t       *testing.T
	source  *Source
	address Address
	log     *lockedBuffer

	mu      sync.Mutex
	packets []capture.Packet
	gate    chan struct{} // emit waits for it once, where it is set
}

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

func newStation(t *testing.T, text string, opt Options) *station {
	t.Helper()
	s := &station{t: t, address: parse(t, text), log: &lockedBuffer{}}
	opt.Log = slog.New(slog.NewTextHandler(s.log, nil))
	s.source = New(s.address, opt, capture.NewTimeline(time.Now()))
	return s
}

// start runs the source until the test ends or it is stopped.
func (s *station) start() (stop func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var result error
	running.Go(func() { result = s.source.Run(ctx, s.take) })
	stop = func() error {
		cancel()
		running.Wait()
		return result
	}
	s.t.Cleanup(func() { _ = stop() })
	return stop
}

func (s *station) take(p capture.Packet) {
	s.mu.Lock()
	s.packets = append(s.packets, p)
	gate := s.gate
	s.gate = nil
	s.mu.Unlock()
	if gate != nil {
		<-gate
	}
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

func (s *station) until(what string, holds func() bool) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if holds() {
			return
		}
	}
	s.t.Fatalf("not %s; facts %+v\n%s", what, s.source.Facts(), s.log)
}

// listening waits until the socket is open: a datagram before that would be lost.
func (s *station) listening() {
	s.t.Helper()
	own := fmt.Sprintf(":%04X", s.address.Port)
	s.until("listening", func() bool {
		for _, name := range []string{"/proc/net/udp", "/proc/net/udp6"} {
			table, err := os.ReadFile(name)
			if err != nil {
				continue
			}
			for line := range strings.Lines(string(table)) {
				// number, own address, peer's address
				if f := strings.Fields(line); len(f) > 2 && strings.HasSuffix(f[1], own) && strings.HasSuffix(f[2], ":0000") {
					return true
				}
			}
		}
		return false
	})
}

// ffmpeg sends a made programme to a URL in real time until the test ends or it is stopped.
func ffmpeg(t *testing.T, args ...string) (stop func()) {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	ctx, cancel := context.WithCancel(context.Background())
	programme := []string{
		"-hide_banner", "-loglevel", "error", "-nostdin",
		"-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-re", "-f", "lavfi", "-i", "sine=r=48000",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac",
	}
	cmd := exec.CommandContext(ctx, "ffmpeg", append(programme, args...)...)
	var said lockedBuffer
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			cancel()
			_ = cmd.Wait()
			if t.Failed() {
				t.Log("ffmpeg said:", said.String())
			}
		})
	}
	t.Cleanup(stop)
	return stop
}

func dial(t testing.TB, to string) net.Conn {
	t.Helper()
	c, err := net.Dial("udp", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// healthy checks that nothing was found wrong with what a real encoder sends.
func (s *station) healthy() {
	s.t.Helper()
	f := s.source.Facts()
	if f.Dropped != 0 || f.Lost != 0 || errorsOf(*f.Transport) != 0 || !f.Up || f.Reason != "" {
		s.t.Errorf("facts %+v with transport %+v, want a healthy stream", f, *f.Transport)
	}
}

func TestFFmpegOverTheNetwork(t *testing.T) {
	for name, c := range map[string]struct{ listen, send, format string }{
		"udp":             {"udp://:PORT", "udp://127.0.0.1:PORT?pkt_size=1316", "mpegts"},
		"udp, own host":   {"udp://127.0.0.1:PORT", "udp://127.0.0.1:PORT?pkt_size=1316", "mpegts"},
		"udp, from":       {"udp://:PORT?source=127.0.0.1", "udp://127.0.0.1:PORT?pkt_size=1316", "mpegts"},
		"rtp":             {"rtp://:PORT", "rtp://127.0.0.1:PORT?pkt_size=1328", "rtp_mpegts"},
		"multicast":       {"udp://@239.255.77.1:PORT?interface=lo", "udp://239.255.77.1:PORT?pkt_size=1316&localaddr=127.0.0.1", "mpegts"},
		"by address":      {"udp://@239.255.77.2:PORT?interface=127.0.0.1", "udp://239.255.77.2:PORT?pkt_size=1316&localaddr=127.0.0.1", "mpegts"},
		"source-specific": {"udp://@232.1.77.1:PORT?interface=lo&source=127.0.0.1", "udp://232.1.77.1:PORT?pkt_size=1316&localaddr=127.0.0.1", "mpegts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			s := newStation(t, strings.ReplaceAll(c.listen, "PORT", port), Options{})
			stop := s.start()
			s.listening()
			ffmpeg(t, "-f", c.format, strings.ReplaceAll(c.send, "PORT", port))
			s.until("taken", func() bool { return s.count(capture.Video) > 40 && s.count(capture.Audio) > 40 })
			s.healthy()
			if f := s.source.Facts(); !strings.HasPrefix(f.Peer, "127.0.0.1:") {
				t.Errorf("peer %q", f.Peer)
			}
			if err := stop(); !errors.Is(err, context.Canceled) {
				t.Errorf("Run returned %v, want the end of its context", err)
			}
		})
	}
}

// A group joined for one source hears no other.
func TestSourceSpecificJoinKeepsOthersOut(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := newStation(t, "udp://@232.1.77.2:"+port+"?interface=lo&source=192.0.2.77", Options{})
	s.start()
	s.listening()
	other := newStation(t, "udp://@232.1.77.2:"+port+"?interface=lo&source=127.0.0.1", Options{})
	other.start()
	ffmpeg(t, "-f", "mpegts", "udp://232.1.77.2:"+port+"?pkt_size=1316&localaddr=127.0.0.1")
	other.until("taken", func() bool { return other.count(capture.Video) > 10 })
	if f := s.source.Facts(); f.Up || f.Transport.Packets != 0 {
		t.Errorf("a group joined for another source gave %+v", f)
	}
}

// A sender that comes back is taken up again, with its new timestamps; while it sends, another is
// ignored.
func TestSenderReturns(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	s := newStation(t, "udp://127.0.0.1:"+port, Options{})
	s.start()
	s.listening()
	stop := ffmpeg(t, "-f", "mpegts", "udp://127.0.0.1:"+port+"?pkt_size=1316")
	s.until("taken", func() bool { return s.count(capture.Video) > 10 })
	first := s.source.Facts().Peer

	stranger := dial(t, "127.0.0.1:"+port)
	for range 20 {
		if _, err := stranger.Write(bytes.Repeat([]byte{1}, 100)); err != nil {
			t.Fatal(err)
		}
	}
	s.until("told of", func() bool { return strings.Contains(s.log.String(), "another sender is ignored") })
	if peer := s.source.Facts().Peer; peer != first {
		t.Errorf("peer %s took over from %s while that was sending", peer, first)
	}
	stop()
	s.until("down", func() bool { return !s.source.Facts().Up })
	if reason := s.source.Facts().Reason; !strings.Contains(reason, "sends no more") {
		t.Errorf("reason %q", reason)
	}
	had := s.count(capture.Video)
	ffmpeg(t, "-output_ts_offset", "5000", "-f", "mpegts", "udp://127.0.0.1:"+port+"?pkt_size=1316")
	s.until("taken again", func() bool { return s.count(capture.Video) > had+10 && s.source.Facts().Up })
	s.mu.Lock()
	defer s.mu.Unlock()
	var last time.Duration
	for _, p := range s.packets {
		if p.Jump {
			t.Errorf("a new session counts as a jump of the clock at %v", p.At)
		}
		if p.Format.Media == capture.Video {
			if p.At < last {
				t.Errorf("the feed clock went back from %v to %v", last, p.At)
			}
			last = p.At
		}
	}
}

// 50 Mb/s arrive without a datagram being lost by us, which is told by the kernel's count.
func TestNothingIsLostAt50Megabits(t *testing.T) {
	port := freePort(t)
	s := newStation(t, "udp://127.0.0.1:"+port, Options{})
	s.start()
	s.listening()
	c := dial(t, "127.0.0.1:"+port)
	stream := made50Megabits(t)
	const datagram = 7 * packetSize
	began := time.Now()
	sent := 0
	for at := 0; at+datagram <= len(stream); at += datagram {
		due := began.Add(time.Duration(at) * 8 * time.Second / 50_000_000)
		if wait := time.Until(due); wait > 0 {
			time.Sleep(wait)
		}
		if _, err := c.Write(stream[at : at+datagram]); err != nil {
			t.Fatal(err)
		}
		sent += 7
	}
	s.until("all here", func() bool { return s.source.Facts().Transport.Packets+s.source.Facts().Dropped*7 >= uint64(sent) })
	f := s.source.Facts()
	if f.Dropped != 0 || f.Transport.Continuity.Count != 0 || errorsOf(*f.Transport) != 0 {
		t.Errorf("dropped %d datagrams, %+v", f.Dropped, *f.Transport)
	}
	t.Logf("%d packets in %v", sent, time.Since(began).Round(ms))
}

// made50Megabits is three seconds of a stream padded to 50 Mb/s, as constant-rate encoders do.
func made50Megabits(t *testing.T) []byte {
	return makeTS(t, slices.Concat([]string{"-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=3,noise=alls=40:allf=t"}, []string{
		"-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-b:v", "40M", "-maxrate", "42M", "-bufsize", "10M", "-qmin", "1", "-g", "12", "-muxrate", "50M"})...)
}

// What we fail to read in time is our loss and not the stream's.
func TestOwnLossIsToldApart(t *testing.T) {
	for _, scheme := range []string{"udp", "rtp"} {
		t.Run(scheme, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			s := newStation(t, scheme+"://127.0.0.1:"+port, Options{Buffer: 64 << 10})
			gate := make(chan struct{})
			s.gate = gate
			s.start()
			s.listening()
			c := dial(t, "127.0.0.1:"+port)
			stream := makeTS(t, slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-b:v", "4M", "-qmin", "1", "-c:a", "mp2"})...)
			sequence := uint16(65_500) // it wraps meanwhile
			send := func(b []byte) {
				head := []byte(nil)
				if scheme == "rtp" {
					head = append([]byte{0x80, payloadMP2T}, byte(sequence>>8), byte(sequence), 0, 0, 0, 0, 1, 2, 3, 4)
					sequence++
				}
				if _, err := c.Write(append(head, b...)); err != nil {
					t.Fatal(err)
				}
			}
			const datagram = 7 * packetSize
			at, opened := 0, false
			for ; at+datagram <= len(stream); at += datagram {
				send(stream[at : at+datagram])
				if !opened && at > len(stream)/2 { // the reader has slept through half of it
					opened = true
					close(gate)
					s.until("awake", func() bool { return s.source.Facts().Dropped > 0 || s.count(capture.Video) > 5 })
				}
				if opened {
					time.Sleep(ms) // it keeps up from here on
				}
			}
			s.until("read to the end", func() bool { return s.count(capture.Video) > 10 })
			f := s.source.Facts()
			if f.Dropped == 0 {
				t.Fatalf("nothing was dropped by the kernel: the test means nothing; %+v", f)
			}
			if f.Transport.Continuity.Count != 0 || f.Transport.PCRBackwards.Count != 0 || f.Lost != 0 {
				t.Errorf("our own loss of %d datagrams counts as the stream's: lost %d, %+v", f.Dropped, f.Lost, *f.Transport)
			}
			t.Logf("%d datagrams were dropped by us", f.Dropped)
		})
	}
}

// What is no transport stream is said, with what to do.
func TestStrangePeers(t *testing.T) {
	ts := bytes.Repeat(append([]byte{syncByte, 0x1f, 0xff, 0x10}, make([]byte, 184)...), 7)
	rtpHead := func(kind byte) []byte { return []byte{0x80, kind, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1} }
	for name, c := range map[string]struct {
		scheme   string
		datagram []byte
		want     string
	}{
		"rtp on udp":    {"udp", append(rtpHead(33), ts...), "what arrives is RTP: write rtp://"},
		"udp on rtp":    {"rtp", ts, "transport stream without RTP: write udp://"},
		"other payload": {"rtp", append(rtpHead(96), ts...), "payload type 96, not 33"},
		"not rtp":       {"rtp", []byte("GET / HTTP/1.1\r\n"), "not RTP"},
		"cut short":     {"rtp", []byte{0x9f, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0}, "cut short"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			s := newStation(t, c.scheme+"://127.0.0.1:"+port, Options{})
			s.start()
			s.listening()
			conn := dial(t, "127.0.0.1:"+port)
			s.until("said", func() bool {
				_, _ = conn.Write(c.datagram)
				return strings.Contains(s.source.Facts().Reason, c.want)
			})
			if s.source.Facts().Up {
				t.Error("the feed counts as up")
			}
		})
	}
}

func TestListenFails(t *testing.T) {
	taken, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct{ url, want string }{
		"port taken":   {"udp://" + taken.LocalAddr().String(), "address already in use"},
		"no interface": {"udp://@239.1.1.1:" + freePort(t) + "?interface=nosuch0", "find interface nosuch0"},
		"no address":   {"udp://@239.1.1.1:" + freePort(t) + "?interface=192.0.2.250", "no interface has the address"},
	} {
		s := New(parse(t, c.url), Options{}, capture.NewTimeline(time.Now()))
		err := s.Run(t.Context(), func(capture.Packet) {})
		if err == nil || !strings.Contains(err.Error(), c.want) || s.Facts().Reason != err.Error() {
			t.Errorf("%s: error %v and reason %q, want %q", name, err, s.Facts().Reason, c.want)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	stream := makeTS(b, slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-b:v", "8M", "-qmin", "1", "-c:a", "mp2"})...)
	d := NewDemuxer(0, capture.NewTimeline(epoch))
	b.SetBytes(int64(len(stream)))
	b.ReportAllocs()
	for range b.N {
		d.Start(func(capture.Packet) {}, epoch)
		for at := 0; at+7*packetSize <= len(stream); at += 7 * packetSize {
			d.Write(stream[at:at+7*packetSize], epoch)
		}
	}
}
