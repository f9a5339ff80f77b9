package rtmp

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/bluenviron/gortmplib"
	"github.com/bluenviron/gortmplib/pkg/codecs"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/ac3"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/flac"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h265"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/opus"

	"github.com/vedette-av/vedette/capture"
)

// encode returns a second of a test picture or tone, as ffmpeg writes it to a file of that name.
func encode(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	input := []string{"-f", "lavfi", "-i", "testsrc2=size=192x108:rate=25:duration=1"}
	if args[0] == "-c:a" {
		input = []string{"-f", "lavfi", "-i", "sine=sample_rate=48000:duration=1"}
	}
	mustRun(t, ffmpeg(t, append(append(input, args...), path)...))
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ivf splits an IVF file into its frames.
func ivf(b []byte) (out [][]byte) {
	for b = b[32:]; len(b) >= 12; {
		n := int(binary.LittleEndian.Uint32(b))
		out = append(out, b[12:12+n])
		b = b[12+n:]
	}
	return out
}

// toIVF makes an IVF file that ffmpeg can open, out of packets.
func toIVF(fourCC string, packets []capture.Packet) []byte {
	b := make([]byte, 32)
	copy(b, "DKIF\x00\x00\x20\x00"+fourCC)
	binary.LittleEndian.PutUint16(b[12:], 192)
	binary.LittleEndian.PutUint16(b[14:], 108)
	binary.LittleEndian.PutUint32(b[16:], 25)
	binary.LittleEndian.PutUint32(b[20:], 1)
	for i, p := range packets {
		var head [12]byte
		binary.LittleEndian.PutUint32(head[:], uint32(len(p.Data)))
		binary.LittleEndian.PutUint64(head[4:], uint64(i))
		b = append(append(b, head[:]...), p.Data...)
	}
	return b
}

// write publishes units at 25 a second through gortmplib's writer, and returns what comes in.
func write(t *testing.T, codec codecs.Codec, units [][]byte, each func(*gortmplib.Writer, *gortmplib.Track, time.Duration, []byte) error) []capture.Packet {
	t.Helper()
	s := serve(t, Options{})
	_, out := feed(t, s, "live", "main")
	track := &gortmplib.Track{Codec: codec}
	w := &gortmplib.Writer{Conn: mustDial(t, s, "live/main"), Tracks: []*gortmplib.Track{track}}
	if err := w.Initialize(); err != nil {
		t.Fatal(err)
	}
	for i, u := range units {
		if err := each(w, track, time.Duration(i)*40*ms, u); err != nil {
			t.Fatal(err)
		}
	}
	got := out.wait(t, "all units", atLeast(len(units)))
	if c := s.Counters(); c.Malformed+c.Empty+c.Unconfigured != 0 {
		t.Errorf("counters %+v, want no unit dropped", c)
	}
	return got
}

const ms = time.Millisecond

// keys tells at which packets decoding can start.
func keys(packets []capture.Packet) (at []int) {
	for i, p := range packets {
		if p.Key {
			at = append(at, i)
		}
	}
	return at
}

func checkPictures(t *testing.T, got []capture.Packet, codec capture.Codec, file string, data []byte) {
	t.Helper()
	f := got[len(got)-1].Format
	if f.Codec != codec || f.Width != 192 || f.Height != 108 {
		t.Errorf("format %+v, want %s 192x108", f, codec)
	}
	if k := keys(got); len(k) != 3 || k[0] != 0 || k[1] != 10 || k[2] != 20 {
		t.Errorf("key pictures at %v, want 0, 10, 20", k)
	}
	for i, p := range got {
		if p.Format != got[0].Format {
			t.Errorf("picture %d changes the format to %+v", i, p.Format)
		}
		if after, want := p.At-got[0].At, time.Duration(i)*40*ms; !spaced(after, want) {
			t.Errorf("picture %d at %v after the first, want %v", i, after, want)
		}
	}
	if n := frames(t, file, data); n != 25 {
		t.Errorf("%d pictures decode, want 25", n)
	}
}

func TestHEVC(t *testing.T) {
	b := encode(t, "v.hevc", "-c:v", "libx265", "-preset", "ultrafast",
		"-x265-params", "aud=1:bframes=0:keyint=10:min-keyint=10:scenecut=0:log-level=error:open-gop=0")
	var units [][]byte
	config := &codecs.H265{}
	for _, n := range bytes.Split(b, []byte{0, 0, 1})[1:] {
		n = bytes.TrimRight(n, "\x00") // of a longer start code
		switch h265.NALUType(n[0] >> 1 & 0x3f) {
		case h265.NALUType_AUD_NUT:
			units = append(units, nil)
			continue
		case h265.NALUType_VPS_NUT:
			config.VPS = n
			continue // only in the configuration, so that they must be put in front of key pictures
		case h265.NALUType_SPS_NUT:
			config.SPS = n
			continue
		case h265.NALUType_PPS_NUT:
			config.PPS = n
			continue
		}
		last := &units[len(units)-1]
		*last = append(append(*last, startCode...), n...)
	}
	got := write(t, config, units, func(w *gortmplib.Writer, track *gortmplib.Track, at time.Duration, u []byte) error {
		var au h264.AnnexB
		if err := au.Unmarshal(u); err != nil {
			return err
		}
		return w.WriteH265(track, at, at, au)
	})
	checkPictures(t, got, capture.HEVC, "v.hevc", join(got))
	if want := startCode + string(config.VPS) + startCode + string(config.SPS) + startCode + string(config.PPS); got[0].Format.Extra != want {
		t.Errorf("Extra %x, want %x", got[0].Format.Extra, want)
	}
}

func TestAV1(t *testing.T) {
	units := ivf(encode(t, "v.ivf", "-c:v", "libaom-av1", "-cpu-used", "8", "-usage", "realtime", "-lag-in-frames", "0", "-g", "10", "-keyint_min", "10"))
	got := write(t, &codecs.AV1{}, units, func(w *gortmplib.Writer, track *gortmplib.Track, at time.Duration, u []byte) error {
		var tu av1.Bitstream
		if err := tu.Unmarshal(u); err != nil {
			return err
		}
		return w.WriteAV1(track, at, tu)
	})
	checkPictures(t, got, capture.AV1, "v.ivf", toIVF("AV01", got))
	if got[0].Format.Extra == "" {
		t.Error("Extra is empty, want the sequence header")
	}
}

func TestVP9(t *testing.T) {
	units := ivf(encode(t, "v.ivf", "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-lag-in-frames", "0", "-g", "10", "-keyint_min", "10"))
	got := write(t, &codecs.VP9{}, units, func(w *gortmplib.Writer, track *gortmplib.Track, at time.Duration, u []byte) error {
		return w.WriteVP9(track, at, u)
	})
	checkPictures(t, got, capture.VP9, "v.ivf", toIVF("VP90", got))
}

func TestAC3(t *testing.T) {
	b := encode(t, "a.ac3", "-c:a", "ac3", "-ac", "2")
	var units [][]byte
	for len(b) > 0 {
		var s ac3.SyncInfo
		if err := s.Unmarshal(b); err != nil {
			t.Fatal(err)
		}
		units = append(units, b[:s.FrameSize()])
		b = b[s.FrameSize():]
	}
	got := write(t, &codecs.AC3{SampleRate: 48000, ChannelCount: 2}, units, func(w *gortmplib.Writer, track *gortmplib.Track, at time.Duration, u []byte) error {
		return w.WriteAC3(track, at, u)
	})
	want := capture.Format{Media: capture.Audio, Codec: capture.AC3, SampleRate: 48000, Channels: 2}
	if got[0].Format != want {
		t.Errorf("format %+v, want %+v", got[0].Format, want)
	}
	if n := frames(t, "a.ac3", join(got)); n != len(units) {
		t.Errorf("%d frames decode, want %d", n, len(units))
	}
}

func TestFLACAndOpus(t *testing.T) {
	info := &flac.StreamInfo{MinBlockSize: 4096, MaxBlockSize: 4096, SampleRate: 96000, ChannelCount: 6, BitDepth: 24}
	extra, err := info.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	got := write(t, &codecs.FLAC{StreamInfo: info}, [][]byte{{0xff, 0xf8, 1, 2, 3}}, func(w *gortmplib.Writer, track *gortmplib.Track, at time.Duration, u []byte) error {
		return w.WriteFLAC(track, at, u)
	})
	want := capture.Format{Media: capture.Audio, Codec: capture.FLAC, Extra: string(extra), SampleRate: 96000, Channels: 6, BitsPerSample: 24}
	if got[0].Format != want || !bytes.Equal(got[0].Data, []byte{0xff, 0xf8, 1, 2, 3}) {
		t.Errorf("FLAC %x as %+v, want it unchanged as %+v", got[0].Data, got[0].Format, want)
	}

	head := &opus.IDHeader{Version: 1, ChannelCount: 2, InputSampleRate: 44100}
	if extra, err = head.Marshal(); err != nil {
		t.Fatal(err)
	}
	got = write(t, &codecs.Opus{IDHeader: head}, [][]byte{{0xfc, 0xff, 0xfe}}, func(w *gortmplib.Writer, track *gortmplib.Track, at time.Duration, u []byte) error {
		return w.WriteOpus(track, at, u)
	})
	want = capture.Format{Media: capture.Audio, Codec: capture.Opus, Extra: string(extra), SampleRate: 48000, Channels: 2}
	if got[0].Format != want || !bytes.Equal(got[0].Data, []byte{0xfc, 0xff, 0xfe}) {
		t.Errorf("Opus %x as %+v, want it unchanged as %+v", got[0].Data, got[0].Format, want)
	}
}

// Two video tracks and two of sound in one session keep apart.
func TestMultitrack(t *testing.T) {
	s := serve(t, Options{})
	_, out := feed(t, s, "live", "main")
	tracks := []*gortmplib.Track{
		{Codec: &codecs.VP9{}}, {Codec: &codecs.VP9{}},
		{Codec: &codecs.Opus{IDHeader: &opus.IDHeader{Version: 1, ChannelCount: 1}}},
		{Codec: &codecs.Opus{IDHeader: &opus.IDHeader{Version: 1, ChannelCount: 2}}},
	}
	w := &gortmplib.Writer{Conn: mustDial(t, s, "live/main"), Tracks: tracks}
	if err := w.Initialize(); err != nil {
		t.Fatal(err)
	}
	for i, track := range tracks {
		var err error
		if track.Codec.IsVideo() {
			err = w.WriteVP9(track, 0, []byte{0x86, byte(i)})
		} else {
			err = w.WriteOpus(track, 0, []byte{0xfc, byte(i)})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range out.wait(t, "four tracks", atLeast(4)) {
		if p.Track != i || p.Data[1] != byte(i) {
			t.Errorf("packet %d is of track %d with %x", i, p.Track, p.Data)
		}
	}
}
