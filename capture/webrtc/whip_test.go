package webrtc

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

var (
	vp8  = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	opus = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
)

// vp8Key begins a key frame of 64x48 (RFC 6386, 9.1) behind its payload descriptor.
var vp8Key = []byte{0x10, 0x10, 0, 0, 0x9d, 0x01, 0x2a, 64, 0, 48, 0, 1, 2, 3}

// vp8Delta is a frame that refers to others.
var vp8Delta = []byte{0x10, 0x11, 0, 0, 5, 6, 7, 8}

// send writes one packet of RTP.
func (p *publisher) send(t testing.TB, track int, seq uint16, stamp uint32, marker bool, payload []byte) {
	t.Helper()
	if err := p.write(track, seq, stamp, marker, payload); err != nil {
		t.Fatal(err)
	}
}

func TestPublish(t *testing.T) {
	s := serve(t, Options{})
	f, got := run(t, s, "studio", "secret", Settings{})
	if now := f.Facts(); now.Up || now.Reason != noPublisher {
		t.Errorf("facts before a publisher: %+v", now)
	}
	p := publish(t, s, "studio", "secret", vp8, opus)
	for i := range 20 {
		frame := vp8Delta
		if i == 0 {
			frame = vp8Key
		}
		p.send(t, 0, uint16(65530+i), uint32(4294960000+i*3000), true, frame)
		p.send(t, 1, uint16(i), uint32(i*960), false, []byte{0xfc, byte(i)})
		time.Sleep(5 * time.Millisecond)
	}
	packets := got.wait(t, "40 packets", func(p []capture.Packet) bool { return len(p) >= 40 })

	video := slices.Collect(func(yield func(capture.Packet) bool) {
		for _, p := range packets {
			if p.Format.Media == capture.Video && !yield(p) {
				return
			}
		}
	})
	want := capture.Format{Media: capture.Video, Codec: capture.VP8, Width: 64, Height: 48}
	if video[0].Format != want || !video[0].Key || string(video[0].Data) != string(vp8Key[1:]) {
		t.Errorf("first picture %+v, want format %+v", video[0], want)
	}
	for i, p := range video {
		if p.Lost != 0 || p.Jump || p.Corrupt {
			t.Errorf("picture %d: lost %d, jump %v, corrupt %v", i, p.Lost, p.Jump, p.Corrupt)
		}
		if i > 0 {
			if step := p.PTS - video[i-1].PTS; step < 33333333 || step > 33333334 {
				t.Errorf("picture %d is %v after the one before, want 1/30 s across the wrap", i, step)
			}
		}
	}
	if now := f.Facts(); !now.Up || now.Lost != 0 || now.Reason != "" {
		t.Errorf("facts with a publisher: %+v", now)
	}

	r := ask(t, s, http.MethodDelete, p.location, "", "Authorization", "Bearer secret")
	if r.StatusCode != http.StatusOK {
		t.Errorf("DELETE: %s", r.Status)
	}
	until(t, "down", func() bool { return strings.Contains(f.Facts().Reason, "ended the session") })
	if c := s.Counters(); c.Offers != 1 || c.Publishers != 1 {
		t.Errorf("counters %+v", c)
	}
}
