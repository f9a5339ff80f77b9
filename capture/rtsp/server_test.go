package rtsp

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/ac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/mpeg4audio"
	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/capture"
)

// made is what ffmpeg makes of a picture or a tone, as a bare stream.
func made(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	file := filepath.Join(t.TempDir(), name)
	args = append([]string{"-hide_banner", "-loglevel", "error", "-nostdin"}, append(args, file)...)
	if said, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		t.Fatalf("ffmpeg: %v: %s", err, said)
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// play offers a format of its own by a server and sends packets of it, one unit every so often.
func (s *server) play(f format.Format, media description.MediaType, every time.Duration, units [][]*rtp.Packet) {
	s.t.Helper()
	m := &description.Media{Type: media, Formats: []format.Format{f}}
	stream := &gortsplib.ServerStream{Server: s.Server, Desc: &description.Session{Medias: []*description.Media{m}}}
	if err := stream.Initialize(); err != nil {
		s.t.Fatal(err)
	}
	s.mu.Lock()
	s.stream = stream
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	s.t.Cleanup(func() { cancel(); <-ended; stream.Close() })
	go func() {
		defer close(ended)
		tick := time.NewTicker(every)
		defer tick.Stop()
		sequence := uint16(0)
		for n := 0; ; n++ {
			for _, made := range units[n%len(units)] {
				p := &rtp.Packet{Header: made.Header, Payload: made.Payload} // the server keeps it for a while
				p.SequenceNumber = sequence
				p.Timestamp = uint32(time.Duration(n) * every * time.Duration(f.ClockRate()) / time.Second)
				sequence++
				_ = stream.WritePacketRTP(m, p)
			}
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
		}
	}()
}

// Codings that ffmpeg does not send over RTSP come from a server that has them, by the packets of
// their payload formats.
func TestPullCodecsOfServers(t *testing.T) {
	tone := []string{"-f", "lavfi", "-i", "sine=r=48000:d=1", "-ac", "2"}
	t.Run("AC-3", func(t *testing.T) {
		f := &format.AC3{PayloadTyp: 96, SampleRate: 48000, ChannelCount: 2}
		encoder, err := f.CreateEncoder()
		if err != nil {
			t.Fatal(err)
		}
		var units [][]*rtp.Packet
		for b := made(t, "a.ac3", append(tone, "-c:a", "ac3")...); len(b) > 5; {
			var head ac3.SyncInfo
			if err := head.Unmarshal(b); err != nil {
				t.Fatal(err)
			}
			packets, err := encoder.Encode([][]byte{b[:head.FrameSize()]})
			if err != nil {
				t.Fatal(err)
			}
			units, b = append(units, packets), b[head.FrameSize():]
		}
		s := serve(t, "127.0.0.1:0", nil)
		s.play(f, description.MediaTypeAudio, 32*ms, units)
		checkServed(t, s, capture.Audio, capture.Format{Codec: capture.AC3, SampleRate: 48000, Channels: 2}, 32*ms)
	})
	t.Run("LATM", func(t *testing.T) {
		config := &mpeg4audio.AudioSpecificConfig{Type: mpeg4audio.ObjectTypeAACLC, SampleRate: 48000, ChannelConfig: 2}
		mux := &mpeg4audio.StreamMuxConfig{Programs: []*mpeg4audio.StreamMuxConfigProgram{{
			Layers: []*mpeg4audio.StreamMuxConfigLayer{{AudioSpecificConfig: config, LatmBufferFullness: 255}},
		}}}
		f := &format.MPEG4AudioLATM{PayloadTyp: 96, ProfileLevelID: 1, StreamMuxConfig: mux}
		encoder, err := f.CreateEncoder()
		if err != nil {
			t.Fatal(err)
		}
		var frames mpeg4audio.ADTSPackets
		if err := frames.Unmarshal(made(t, "a.aac", append(tone, "-c:a", "aac")...)); err != nil {
			t.Fatal(err)
		}
		var units [][]*rtp.Packet
		for _, frame := range frames {
			element, err := mpeg4audio.AudioMuxElement{StreamMuxConfig: mux, Payloads: [][][][]byte{{{frame.AU}}}}.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			packets, err := encoder.Encode(element)
			if err != nil {
				t.Fatal(err)
			}
			units = append(units, packets)
		}
		s := serve(t, "127.0.0.1:0", nil)
		s.play(f, description.MediaTypeAudio, 1024*time.Second/48000, units)
		checkServed(t, s, capture.Audio, capture.Format{Codec: capture.AAC, SampleRate: 48000, Channels: 2}, 1024*time.Second/48000)
	})
	t.Run("AV1", func(t *testing.T) {
		f := &format.AV1{PayloadTyp: 96}
		encoder, err := f.CreateEncoder()
		if err != nil {
			t.Fatal(err)
		}
		var obus av1.Bitstream
		if err := obus.Unmarshal(made(t, "a.obu", "-f", "lavfi", "-i", "testsrc2=s=320x192:r=25:d=1", "-c:v", "libaom-av1", "-cpu-used", "8", "-g", "10", "-pix_fmt", "yuv420p")); err != nil {
			t.Fatal(err)
		}
		var units [][]*rtp.Packet
		var unit [][]byte
		flush := func() {
			if len(unit) > 0 {
				packets, err := encoder.Encode(unit)
				if err != nil {
					t.Fatal(err)
				}
				units, unit = append(units, packets), nil
			}
		}
		for _, obu := range obus {
			if obu[0]>>3&0xf == 2 { // a temporal delimiter
				flush()
				continue
			}
			unit = append(unit, obu)
		}
		flush()
		s := serve(t, "127.0.0.1:0", nil)
		s.play(f, description.MediaTypeVideo, 40*ms, units)
		checkServed(t, s, capture.Video, capture.Format{Codec: capture.AV1, Width: 320, Height: 192}, 40*ms)
	})
}

// checkServed pulls from a server and checks what comes.
func checkServed(t *testing.T, s *server, media capture.Media, want capture.Format, step time.Duration) {
	t.Helper()
	p := pull(t, "rtsp://"+s.address()+"/live?transport=tcp", Options{})
	out := run(t, p)
	out.wait(t, "units", func() bool { return len(out.of(media)) >= 30 })
	got := out.of(media)
	f := got[len(got)-1].Format
	if f.Codec != want.Codec || f.SampleRate != want.SampleRate || f.Channels != want.Channels || f.Width != want.Width || f.Height != want.Height {
		t.Errorf("the format is %+v, want %+v", f, want)
	}
	for i := 1; i < len(got); i++ {
		if passed := got[i].PTS - got[i-1].PTS; (passed-step).Abs() > ms || len(got[i].Data) == 0 {
			t.Fatalf("unit %d of %d bytes comes %v after the one before, want %v", i, len(got[i].Data), passed, step)
		}
	}
	if c := p.Counters(); c.Malformed > 0 {
		t.Errorf("counters %+v, want nothing malformed", c)
	}
}
