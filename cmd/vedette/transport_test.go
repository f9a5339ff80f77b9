package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// standingStill is a picture that stands still from its first second on, with sound.
var standingStill = []string{
	"-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25,select='lt(n\\,25)',loop=-1:1:24,fps=25",
	"-re", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3",
}

var toTransport = []string{"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac", "-f", "mpegts"}

// freeUDP finds a port of UDP that nobody listens on, below those that the system gives to senders.
func freeUDP(t *testing.T) string {
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

// Feeds that arrive as transport streams freeze, and the incidents are in the API; nothing else is,
// for what ffmpeg sends is in order.
func TestTransportStreams(t *testing.T) {
	t.Parallel()
	plain, multicast, rtp, srt, call := freeUDP(t), freeUDP(t), freeUDP(t), freeUDP(t), freeUDP(t)
	secret := t.TempDir() + "/passphrase"
	if err := os.WriteFile(secret, []byte("correct-horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, _ := newDaemon(t, fmt.Sprintf(`detectors:
  freeze: { for: 1s }
feeds:
  - { name: udp, source: 'udp://127.0.0.1:%s' }
  - { name: multicast, source: 'udp://@239.255.78.1:%s?interface=lo' }
  - { name: rtp, source: 'rtp://127.0.0.1:%s' }
  - { name: srt, source: 'srt://127.0.0.1:%s?streamid=main', key_credential: %s }
  - { name: srt-call, source: 'srt://127.0.0.1:%s?mode=caller' }
`, plain, multicast, rtp, srt, secret, call))
	d.start()
	targets := map[string][]string{
		"udp":       {"udp://127.0.0.1:" + plain + "?pkt_size=1316"},
		"multicast": {"udp://239.255.78.1:" + multicast + "?pkt_size=1316&localaddr=127.0.0.1"},
		"rtp":       {"-f", "rtp_mpegts", "rtp://127.0.0.1:" + rtp + "?pkt_size=1328"},
		"srt":       {"srt://127.0.0.1:" + srt + "?streamid=main&passphrase=correct-horse&pkt_size=1316"},
		"srt-call":  {"srt://127.0.0.1:" + call + "?mode=listener&pkt_size=1316"},
	}
	for _, to := range targets {
		encoder(t, slices.Concat(standingStill, toTransport, to)...)
	}
	for name := range targets {
		d.until(30*time.Second, name+" frozen", func() bool { return len(d.incidents("kind=freeze&open=true&feed="+name)) == 1 })
		if f := d.feed(name); !measuring(f) || !strings.HasPrefix(f.Peer, "127.0.0.1:") {
			t.Errorf("feed %s: %+v", name, f)
		}
	}
	for _, i := range d.incidents("") {
		// It has no signal until its encoder comes, and then a picture that is for tests.
		if !slices.Contains([]string{"freeze", "no-signal", "test-card", "colour-bars"}, i.Kind) {
			t.Errorf("a healthy stream has %s: %s", i.Kind, i.Detail)
		}
	}
	d.stop()
}

// A picture and a sound in codings that only the worker's library can take out of the stream are
// measured, and their defects told.
func TestTransportStreamOfOtherCodings(t *testing.T) {
	t.Parallel()
	port := freeUDP(t)
	d, _ := newDaemon(t, "detectors:\n  freeze: { for: 1s }\nfeeds:\n  - { name: main, source: 'udp://127.0.0.1:"+port+"' }\n")
	d.start()
	encoder(t, slices.Concat(standingStill, []string{"-pix_fmt", "yuv420p", "-c:v", "vc2", "-b:v", "4M", "-c:a", "truehd", "-ac", "2",
		"-strict", "experimental", "-f", "mpegts", "udp://127.0.0.1:" + port + "?pkt_size=1316"})...)
	d.until(30*time.Second, "frozen", func() bool { return len(d.incidents("kind=freeze&open=true&feed=main")) == 1 })
	d.until(10*time.Second, "measured", func() bool { return measuring(d.feed("main")) })
	f := d.feed("main")
	if len(f.Tracks) != 2 || f.Tracks[0].Path != "mpegts (dirac, software)" || f.Tracks[0].Width != 320 ||
		f.Tracks[1].Path != "mpegts (truehd, software)" || f.Tracks[1].SampleRate != 48000 || f.Tracks[1].Channels != 2 {
		t.Errorf("the tracks are %+v, want Dirac of 320x180 and TrueHD of two channels at 48 kHz", f.Tracks)
	}
	if f.Jumps != 0 || f.Lost != 0 {
		t.Errorf("%d jumps, %d lost in a stream that is in order", f.Jumps, f.Lost)
	}
	for _, i := range d.incidents("") {
		if !slices.Contains([]string{"freeze", "no-signal", "test-card", "colour-bars"}, i.Kind) {
			t.Errorf("a healthy stream has %s: %s", i.Kind, i.Detail)
		}
	}
	d.stop()
}

// Packets that a network drops are told as such, while the picture goes on being measured.
func TestTransportStreamLosesPackets(t *testing.T) {
	t.Parallel()
	port := freeUDP(t)
	d, _ := newDaemon(t, "feeds:\n  - { name: main, source: 'udp://127.0.0.1:"+port+"' }\n")
	d.start()
	network, drop := dropping(t, "127.0.0.1:"+port)
	encoder(t, slices.Concat(movingPicture, toTransport, []string{"udp://" + network + "?pkt_size=1316"})...)
	d.until(20*time.Second, "measured", func() bool { return measuring(d.feed("main")) })
	if found := d.incidents("kind=continuity"); len(found) != 0 {
		t.Errorf("packets are missing before any was dropped: %+v", found)
	}
	drop <- 5
	d.until(10*time.Second, "told", func() bool { return len(d.incidents("kind=continuity")) == 1 })
	i := d.incidents("kind=continuity")[0]
	if i.Severity != detectors.Major || !strings.Contains(i.Detail, "on PID ") {
		t.Errorf("told %+v", i)
	}
	had := d.feed("main").Pictures
	d.until(10*time.Second, "measured on", func() bool { return d.feed("main").Pictures > had+25 })
	if found := d.incidents("kind=analysis-degraded"); len(found) != 0 {
		t.Errorf("the network's loss counts as ours: %+v", found)
	}
	d.until(20*time.Second, "closed", func() bool { return len(d.incidents("kind=continuity&open=true")) == 0 })
	d.stop()
}

// dropping forwards datagrams and drops as many as it is told to.
func dropping(t *testing.T, to string) (address string, drop chan<- int) {
	t.Helper()
	in, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	out, err := net.Dial("udp4", to)
	if err != nil {
		t.Fatal(err)
	}
	orders := make(chan int, 1)
	done, cancel := context.WithCancel(context.Background())
	go func() {
		defer cancel()
		b, left := make([]byte, 65536), 0
		for {
			n, _, err := in.ReadFrom(b)
			if err != nil {
				return
			}
			select {
			case left = <-orders:
			default:
			}
			if left > 0 {
				left--
				continue
			}
			_, _ = out.Write(b[:n])
		}
	}()
	t.Cleanup(func() { in.Close(); <-done.Done(); out.Close() })
	return in.LocalAddr().String(), orders
}

func TestProbeTransportStream(t *testing.T) {
	t.Parallel()
	port := freeUDP(t)
	needPrograms(t)
	encoder(t, slices.Concat(movingPicture, toTransport, []string{"udp://127.0.0.1:" + port + "?pkt_size=1316"})...)
	stdout, stderr, code := vedette(t, "probe", "udp://127.0.0.1:"+port)
	for _, want := range []string{"h264", "320x180", "aac"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("probe says %q (%s, exit %d), want %s", stdout, stderr, code, want)
		}
	}
}

// The codings of contribution, of which the transport stream says little, reach the decoder too: what
// they carry is measured.
func TestTransportStreamCodings(t *testing.T) {
	t.Parallel()
	sound := map[string][]string{
		"aes3": {"-c:a", "s302m", "-strict", "experimental", "-ac", "4", "-sample_fmt", "s32"},
		"dts":  {"-c:a", "dca", "-strict", "experimental", "-ac", "2"},
	}
	ports, feeds := map[string]string{}, ""
	for name := range sound {
		ports[name] = freeUDP(t)
		feeds += "  - { name: " + name + ", source: 'udp://127.0.0.1:" + ports[name] + "' }\n"
	}
	d, _ := newDaemon(t, "detectors:\n  silence: { for: 1s }\nfeeds:\n"+feeds)
	d.start()
	for name, args := range sound {
		encoder(t, slices.Concat([]string{
			"-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25",
			"-re", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3,volume='if(lt(t,4),1,0)':eval=frame",
			"-pix_fmt", "yuv420p", "-c:v", "mpeg4", "-g", "25",
		}, args, []string{"-f", "mpegts", "udp://127.0.0.1:" + ports[name] + "?pkt_size=1316"})...)
	}
	for name := range sound {
		d.until(30*time.Second, name+" measured", func() bool { f := d.feed(name); return f.Pictures > 50 && f.Sounds > 50 })
		if found := d.incidents("kind=silence&feed=" + name); len(found) != 0 && found[0].Began.Before(d.feed(name).Since.Add(2*time.Second)) {
			t.Errorf("%s is silent from the beginning: %+v", name, found)
		}
		d.until(30*time.Second, name+" silent", func() bool { return len(d.incidents("kind=silence&open=true&feed="+name)) == 1 })
		if f := d.feed(name); f.DecodeErrors != 0 || f.Dropped != 0 {
			t.Errorf("%s: %+v", name, f)
		}
	}
	d.stop()
}
