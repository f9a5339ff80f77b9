package webrtc

import (
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

// What real encoders pack arrives whole: profiles that no table of ours names, pictures out of order,
// parameter sets in front of key pictures only.
func TestEncoders(t *testing.T) {
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	for _, c := range []struct {
		name  string
		codec webrtc.RTPCodecCapability
		args  string
		want  capture.Codec
	}{
		{
			"H.264 High with B-frames",
			webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH264, ClockRate: 90000, SDPFmtpLine: "packetization-mode=1;profile-level-id=6e0033"},
			"-c:v libx264 -preset ultrafast -profile:v high -bf 2 -b_strategy 0 -x264-params slices=3", capture.H264,
		},
		{
			"H.264 without packetization-mode",
			webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH264, ClockRate: 90000, SDPFmtpLine: "profile-level-id=42c015"},
			"-c:v libx264 -preset ultrafast -profile:v baseline", capture.H264,
		},
		{
			"HEVC", webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeH265, ClockRate: 90000},
			"-c:v libx265 -preset ultrafast -x265-params log-level=none:repeat-headers=1", capture.HEVC,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, Options{})
			f, got := run(t, s, "studio", "", Settings{})
			p := publish(t, s, "studio", "", c.codec)
			conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
			if err != nil {
				t.Fatal(err)
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				b := make([]byte, mtu)
				for {
					n, err := conn.Read(b)
					if err != nil {
						return
					}
					_, _ = p.tracks[0].Write(b[:n])
				}
			}()
			defer func() { conn.Close(); <-done }()
			port := strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port)
			args := strings.Fields("-hide_banner -loglevel error -nostdin -re -f lavfi -i testsrc2=size=640x360:rate=25:duration=2.4 -pix_fmt yuv420p -g 25 " +
				c.args + " -f rtp rtp://127.0.0.1:" + port + "?pkt_size=1200")
			if said, err := exec.Command(program, args...).CombinedOutput(); err != nil {
				t.Fatalf("ffmpeg: %v: %s", err, said)
			}
			packets := got.wait(t, "two seconds of pictures", func(p []capture.Packet) bool { return len(p) >= 58 })
			for i, p := range packets {
				if p.Format.Codec != c.want || p.Format.Width != 640 || p.Format.Height != 360 || p.Lost != 0 || p.Jump {
					t.Fatalf("packet %d: %+v, lost %d, jump %v", i, p.Format, p.Lost, p.Jump)
				}
			}
			if now := f.Facts(); now.Lost != 0 || now.Refreshes != 0 {
				t.Errorf("facts %+v", now)
			}
			decodes(t, packets)
		})
	}
}
