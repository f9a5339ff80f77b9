package rtsp

import (
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/unit"
)

func TestPullWithPassword(t *testing.T) {
	s := serve(t, "127.0.0.1:0", func(s *server) { s.user, s.password = "monitor", "pass:word" })
	publish(t, s, moving...)
	for name, c := range map[string]struct{ user, password, want string }{
		"right": {"monitor", "pass:word", ""},
		"wrong": {"monitor", "secret", "refuses the user or the password (401)"},
		"none":  {"", "", "wants a user and a password: put user:password into key_credential"},
	} {
		t.Run(name, func(t *testing.T) {
			p := pull(t, "rtsp://"+s.address()+"/live?transport=tcp", Options{User: c.user, Password: c.password})
			out := run(t, p)
			if c.want == "" {
				out.wait(t, "pictures", func() bool { return len(out.of(capture.Video)) > 0 })
				return
			}
			err := <-out.ended
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("Run ends with %v, want %q", err, c.want)
			}
			if f := p.Facts(); f.Up || f.Reason != err.Error() {
				t.Errorf("facts %+v, want down for %v", f, err)
			}
		})
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, url := range s.asked {
		if strings.Contains(url, "transport") || strings.Contains(url, "pass") {
			t.Errorf("the server was asked for %s", url)
		}
	}
}

// Packets that do not come are counted where they are missing, and the stream goes on.
func TestPullLoss(t *testing.T) {
	var dropped atomic.Int64
	s := serve(t, "127.0.0.1:0", func(s *server) {
		s.drop = func(p *rtp.Packet) bool {
			if p.SequenceNumber%50 != 7 {
				return false
			}
			dropped.Add(1)
			return true
		}
	})
	publish(t, s, moving...)
	for _, way := range []string{"udp", "tcp"} {
		t.Run(way, func(t *testing.T) {
			p := pull(t, "rtsp://"+s.address()+"/live?transport="+way, Options{})
			out := run(t, p)
			out.wait(t, "loss in both tracks", func() bool { return len(out.of(capture.Video)) > 75 && p.Facts().Lost >= 3 })
			lost := 0
			for _, p := range append(out.of(capture.Video), out.of(capture.Audio)...) {
				lost += p.Lost
			}
			out.stop()
			if f := p.Facts(); lost == 0 || lost > int(f.Lost) || f.Lost > uint64(dropped.Load()) || f.Jumps != 0 {
				t.Errorf("%d lost before packets, facts %+v, %d were dropped", lost, f, dropped.Load())
			}
		})
	}
}

// A server that restarts ends the session with a reason; the next one goes on on the same clock.
func TestPullServerRestarts(t *testing.T) {
	s := serve(t, "127.0.0.1:0", nil)
	stop := publish(t, s, moving...)
	address := s.address()
	p := pull(t, "rtsp://"+address+"/live", Options{})
	out := run(t, p)
	out.wait(t, "pictures", func() bool { return len(out.of(capture.Video)) > 10 })
	s.Close()
	if err := <-out.ended; err == nil || !strings.Contains(err.Error(), "closed by the server") && !strings.Contains(err.Error(), "ended the stream") {
		t.Errorf("Run ends with %v, want the server's leaving", err)
	}
	stop()
	before := out.of(capture.Video)

	again := run(t, p)
	if err := <-again.ended; err == nil || !strings.Contains(err.Error(), "refused") || p.Facts().Up {
		t.Errorf("without a server Run ends with %v, want a refused connection", err)
	}
	publish(t, serve(t, address, nil), moving...)
	third := run(t, p)
	third.wait(t, "pictures", func() bool { return len(third.of(capture.Video)) > 10 })
	after := third.of(capture.Video)
	if after[0].Track != before[0].Track || after[0].At <= before[len(before)-1].At {
		t.Errorf("track %d goes on at %v after track %d at %v", after[0].Track, after[0].At, before[0].Track, before[len(before)-1].At)
	}
}

// A server that refuses UDP is read by TCP, unless UDP is what the URL asks for.
func TestPullFallsBackToTCP(t *testing.T) {
	s := serve(t, "127.0.0.1:0", func(s *server) { s.noUDP = true })
	publish(t, s, moving...)
	p := pull(t, "rtsp://"+s.address()+"/live", Options{})
	out := run(t, p)
	out.wait(t, "pictures", func() bool { return len(out.of(capture.Video)) > 10 })
	if c := p.Counters(); c.Switched != 1 {
		t.Errorf("counters %+v, want one switch", c)
	}
	only := run(t, pull(t, "rtsp://"+s.address()+"/live?transport=udp", Options{}))
	if err := <-only.ended; err == nil || !strings.Contains(err.Error(), "leave transport out of it") {
		t.Errorf("Run ends with %v, want the transport named", err)
	}
}

// A server that answers everything and sends nothing is silent, however alive its connection is.
func TestPullSilentServer(t *testing.T) {
	s := serve(t, "127.0.0.1:0", func(s *server) { s.drop = func(*rtp.Packet) bool { return true } })
	publish(t, s, moving...)
	p := pull(t, "rtsp://"+s.address()+"/live?transport=tcp", Options{Silence: time.Second})
	out := run(t, p)
	if err := <-out.ended; err == nil || !strings.Contains(err.Error(), "silent for 1s") {
		t.Errorf("Run ends with %v, want silence", err)
	}
}

func TestPullUnknownPath(t *testing.T) {
	s := serve(t, "127.0.0.1:0", nil)
	out := run(t, pull(t, "rtsp://"+s.address()+"/nothing", Options{}))
	if err := <-out.ended; err == nil || !strings.Contains(err.Error(), "no stream under this path (404)") {
		t.Errorf("Run ends with %v, want the path named", err)
	}
}

// Every coding that ffmpeg can send arrives by the name and in the form that its decoder takes.
func TestPullCodecs(t *testing.T) {
	picture := []string{"-f", "lavfi", "-i", "testsrc2=s=320x192:r=25", "-pix_fmt", "yuv420p", "-g", "25"}
	sound := func(rate string) []string { return []string{"-f", "lavfi", "-i", "sine=r=" + rate} }
	for name, c := range map[string]struct {
		args []string
		want capture.Format // Extra is compared by its beginning, others where they are set
	}{
		"HEVC":   {append(slices.Clone(picture), "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error"), capture.Format{Codec: capture.HEVC, Extra: "\x00\x00\x00\x01\x40", Width: 320, Height: 192}},
		"VP8":    {append(slices.Clone(picture), "-c:v", "libvpx", "-deadline", "realtime"), capture.Format{Codec: capture.VP8, Width: 320, Height: 192}},
		"VP9":    {append(slices.Clone(picture), "-c:v", "libvpx-vp9", "-deadline", "realtime", "-strict", "experimental"), capture.Format{Codec: capture.VP9, Width: 320, Height: 192}},
		"MPEG-2": {append(slices.Clone(picture), "-c:v", "mpeg2video"), capture.Format{Codec: capture.MPEG2, Width: 320, Height: 192}},
		"MPEG-4": {append(slices.Clone(picture), "-c:v", "mpeg4"), capture.Format{Codec: unit.MPEG4, Extra: "\x00\x00\x01"}},
		"MJPEG":  {[]string{"-f", "lavfi", "-i", "testsrc2=s=320x192:r=25", "-pix_fmt", "yuvj420p", "-c:v", "mjpeg", "-huffman", "default"}, capture.Format{Codec: unit.MJPEG}},
		"Opus":   {append(sound("48000"), "-c:a", "libopus", "-ac", "2"), capture.Format{Codec: capture.Opus, Extra: "OpusHead\x01\x02", SampleRate: 48000, Channels: 2}},
		"A-law":  {append(sound("8000"), "-c:a", "pcm_alaw"), capture.Format{Codec: capture.PCMA, SampleRate: 8000, Channels: 1, BlockAlign: 1, BitsPerSample: 8}},
		"u-law":  {append(sound("8000"), "-c:a", "pcm_mulaw"), capture.Format{Codec: capture.PCMU, SampleRate: 8000, Channels: 1}},
		"PCM":    {append(sound("48000"), "-c:a", "pcm_s16be", "-ac", "2"), capture.Format{Codec: capture.LPCM, SampleRate: 48000, Channels: 2, BlockAlign: 4, BitsPerSample: 16}},
		"MP2":    {append(sound("48000"), "-c:a", "mp2"), capture.Format{Codec: capture.MP2, SampleRate: 48000, Channels: 1}},
		"MP3":    {append(sound("44100"), "-c:a", "libmp3lame"), capture.Format{Codec: capture.MP3, SampleRate: 44100, Channels: 1}},
		"G.722":  {append(sound("16000"), "-c:a", "g722"), capture.Format{Codec: unit.G722, SampleRate: 16000, Channels: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, "127.0.0.1:0", nil)
			publish(t, s, c.args...)
			p := pull(t, "rtsp://"+s.address()+"/live?transport=tcp", Options{})
			out := run(t, p)
			all := func() []capture.Packet { return append(out.of(capture.Video), out.of(capture.Audio)...) }
			keys := func() (n int) {
				for _, p := range all() {
					if p.Key {
						n++
					}
				}
				return n
			}
			out.wait(t, "units", func() bool { return len(all()) >= 30 && keys() > 0 })
			got := all()[len(all())-1].Format
			for what, ok := range map[string]bool{
				"codec": got.Codec == c.want.Codec, "extra": strings.HasPrefix(got.Extra, c.want.Extra),
				"width":    c.want.Width == 0 || got.Width == c.want.Width && got.Height == c.want.Height,
				"rate":     got.SampleRate == c.want.SampleRate,
				"channels": got.Channels == c.want.Channels,
				"align":    c.want.BlockAlign == 0 || got.BlockAlign == c.want.BlockAlign && got.BitsPerSample == c.want.BitsPerSample,
			} {
				if !ok {
					t.Errorf("%s: the format is %+v, want %+v", what, got, c.want)
				}
			}
			if c := p.Counters(); c.Malformed > 1 {
				t.Errorf("counters %+v, want nothing malformed", c)
			}
		})
	}
}

func TestParseTarget(t *testing.T) {
	for address, want := range map[string]struct{ url, address string }{
		"rtsp://h/a":                             {"rtsp://h:554/a", "h:554"},
		"rtsps://h/a?transport=tcp":              {"rtsps://h:322/a", "h:322"},
		"rtsp://[::1]:7/a?x=%2F&transport=udp&y": {"rtsp://[::1]:7/a?x=%2F&y", "[::1]:7"},
	} {
		got, err := parseTarget(address)
		if err != nil || got.url.String() != want.url || got.address != want.address {
			t.Errorf("%s is %s at %s (%v), want %+v", address, &got.url, got.address, err, want)
		}
	}
	for url, want := range map[string]string{
		"http://h/a":                "not RTSP",
		"rtsp:///a":                 "names no host",
		"rtsp://u:sesame@h/a":       "into key_credential",
		"rtsp://h/a?transport=quic": `transport "quic": it is udp or tcp`,
		"rtsp://h:x/a":              "cannot be read",
	} {
		if err := Check(url); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v, want %q and no password", url, err, want)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	f.Add("rtsp://host:554/a?transport=tcp&b#c")
	f.Fuzz(func(t *testing.T, address string) {
		got, err := parseTarget(address)
		if err != nil {
			return
		}
		if (*url.URL)(&got.url).Query().Has(transportParameter) && !strings.Contains(got.url.RawQuery, "%") && !strings.Contains(got.url.RawQuery, ";") {
			t.Errorf("%q leaves ours in %s", address, &got.url)
		}
		if got.address == "" || got.url.User != nil {
			t.Errorf("%q is taken as %+v", address, got)
		}
	})
}
