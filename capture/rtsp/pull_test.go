package rtsp

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// source is what ffmpeg publishes: a moving picture with B-frames, and a tone.
var moving = []string{
	"-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-f", "lavfi", "-i", "sine=r=48000",
	"-c:v", "libx264", "-preset", "veryfast", "-bf", "2", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2",
}

func TestPull(t *testing.T) {
	secure, roots := certificate(t)
	for name, c := range map[string]struct {
		query string
		tls   *tls.Config
	}{
		"udp":  {"?transport=udp", nil},
		"tcp":  {"?transport=tcp", nil},
		"auto": {"?a=b&c", nil},
		"tls":  {"", secure},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "127.0.0.1:0", func(s *server) { s.TLSConfig = c.tls })
			publish(t, s, moving...)
			p := pull(t, s.scheme()+"://"+s.address()+"/live"+c.query, Options{TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}})
			out := run(t, p)
			out.wait(t, "two seconds of pictures and sound", func() bool {
				return len(out.of(capture.Video)) >= 50 && len(out.of(capture.Audio)) >= 90
			})
			checkPictures(t, out.of(capture.Video))
			checkSound(t, out.of(capture.Audio))
			if f := p.Facts(); !f.Up || f.Reason != "" || f.Peer != s.address() || f.Lost != 0 || f.Jumps != 0 {
				t.Errorf("facts %+v, want up without loss; counters %+v", f, p.Counters())
			}
		})
	}
}

// checkPictures checks pictures of 320x180 at 25 a second.
func checkPictures(t *testing.T, got []capture.Packet) {
	t.Helper()
	first := got[0].Format
	if first.Codec != capture.H264 || first.Width != 320 || first.Height != 180 || first.Extra == "" {
		t.Errorf("the format is %+v, want H.264 of 320x180", first)
	}
	keys := 0
	seen := map[time.Duration]bool{}
	for _, p := range got {
		if p.Key {
			keys++
			if !strings.Contains(string(p.Data), first.Extra) {
				t.Error("a key picture comes without its parameter sets")
			}
		}
		if seen[p.PTS] {
			t.Errorf("two pictures at %v", p.PTS)
		}
		seen[p.PTS] = true
	}
	if keys == 0 {
		t.Error("no key picture")
	}
	at := got[len(got)-1].At - got[0].At
	if want := time.Duration(len(got)-1) * 40 * ms; at < want-200*ms || at > want+200*ms {
		t.Errorf("%d pictures take %v, want %v", len(got), at, want)
	}
}

// checkSound checks AAC of 48 kHz, whose frames are 1024 samples apart.
func checkSound(t *testing.T, got []capture.Packet) {
	t.Helper()
	if f := got[0].Format; f.Codec != capture.AAC || f.SampleRate != 48000 || f.Channels != 2 || len(f.Extra) < 2 {
		t.Errorf("the format is %+v, want AAC of 48 kHz", f)
	}
	moved := 0
	for i := 1; i < len(got); i++ {
		step := got[i].PTS - got[i-1].PTS
		if want := 1024 * time.Second / 48000; step < want-ms || step > want+ms {
			// The first report puts right what arrival said; a busy machine is late by more than glides away.
			if moved++; moved > 1 {
				t.Errorf("sound steps by %v, want %v", step, want)
			}
		}
	}
}
