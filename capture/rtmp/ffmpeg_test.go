package rtmp

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// publish lets ffmpeg publish two seconds of a test picture and tone.
func publish(t *testing.T, url string, codecs ...string) *exec.Cmd {
	t.Helper()
	args := []string{
		"-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=2",
		"-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=2",
	}
	args = append(args, codecs...)
	return ffmpeg(t, append(args, "-f", "flv", url)...)
}

// frames decodes an elementary stream with ffmpeg and returns how many pictures or samples' frames
// it holds; an error that the decoder reports fails the test.
func frames(t *testing.T, name string, data []byte) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := ffmpeg(t, "-i", path, "-f", "framecrc", "-")
	var out bytes.Buffer
	cmd.Stdout = &out
	mustRun(t, cmd)
	if text := cmd.Stderr.(*bytes.Buffer).String(); text != "" {
		t.Errorf("the decoder says: %s", text)
	}
	n := 0
	for line := range strings.Lines(out.String()) {
		if !strings.HasPrefix(line, "#") {
			n++
		}
	}
	return n
}

// split parts packets by medium.
func split(packets []capture.Packet) (video, audio []capture.Packet) {
	for _, p := range packets {
		if p.Format.Media == capture.Video {
			video = append(video, p)
		} else {
			audio = append(audio, p)
		}
	}
	return video, audio
}

func join(packets []capture.Packet) []byte {
	var b []byte
	for _, p := range packets {
		b = append(b, p.Data...)
	}
	return b
}

func TestFFmpegPublishesH264AndAAC(t *testing.T) {
	for name, secure := range map[string]bool{"rtmp": false, "rtmps": true} {
		t.Run(name, func(t *testing.T) {
			opt := Options{}
			if secure {
				opt.TLS, _ = certificate(t)
			}
			s := serve(t, opt)
			f, out := feed(t, s, "live", "main")
			mustRun(t, publish(t, fmt.Sprintf("%s://%s/live/main", name, s.Addr()),
				"-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-b_strategy", "0", "-g", "25", "-c:a", "aac"))
			awaitReason(t, f, "left")
			video, audio := split(out.all())
			checkVideo(t, video)
			checkAudio(t, audio)
			if facts := f.Facts(); facts.Jumps != 0 || facts.Lost != 0 || facts.Up {
				t.Errorf("facts %+v, want nothing lost, no jumps, down", facts)
			}
			if c := s.Counters(); c.Publishers != 1 || c.Malformed+c.Unconfigured+c.Empty != 0 {
				t.Errorf("counters %+v, want one publisher and no unit dropped", c)
			}
		})
	}
}

func checkVideo(t *testing.T, video []capture.Packet) {
	t.Helper()
	if len(video) != 50 {
		t.Fatalf("%d pictures, want 50", len(video))
	}
	format := video[0].Format
	if format.Codec != capture.H264 || format.Width != 320 || format.Height != 180 || format.FrameDuration != 40*time.Millisecond {
		t.Errorf("format %+v, want H.264 320x180 of 40ms", format)
	}
	if !strings.HasPrefix(format.Extra, "\x00\x00\x00\x01\x67") {
		t.Errorf("Extra %x, want parameter sets in Annex B", format.Extra)
	}
	keys, reordered := 0, false
	for i, p := range video {
		if p.Key {
			keys++
			if !bytes.HasPrefix(p.Data, []byte("\x00\x00\x00\x01\x67")) {
				t.Errorf("key picture %d begins with %x, want a sequence parameter set", i, p.Data[:8])
			}
		}
		if p.Format != format || p.Track != video[0].Track {
			t.Errorf("picture %d has format %+v of track %d", i, p.Format, p.Track)
		}
		reordered = reordered || p.PTS != p.DTS
		if got, want := p.At-video[0].At, p.PTS-video[0].PTS; want > 0 && !spaced(got, want) {
			t.Errorf("picture %d at %v after the first, want %v", i, got, want)
		}
	}
	if keys != 2 || !video[0].Key || !reordered {
		t.Errorf("%d key pictures, reordered %v; want 2 and B-frames", keys, reordered)
	}
	if n := frames(t, "v.h264", join(video)); n != 50 {
		t.Errorf("%d pictures decode, want 50", n)
	}
}

func checkAudio(t *testing.T, audio []capture.Packet) {
	t.Helper()
	if len(audio) < 90 {
		t.Fatalf("%d frames of sound, want 2s", len(audio))
	}
	f := audio[0].Format
	if f.Codec != capture.AAC || f.SampleRate != 48000 || f.Channels != 1 || len(f.Extra) < 2 {
		t.Errorf("format %+v, want AAC 48 kHz mono with its configuration", f)
	}
	var adts []byte
	for _, p := range audio {
		if !p.Key {
			t.Errorf("sound at %v is not key", p.At)
		}
		n := len(p.Data) + 7
		adts = append(adts, 0xff, 0xf1, 0x4c, 0x40|byte(n>>11), byte(n>>3), byte(n<<5)|0x1f, 0xfc)
		adts = append(adts, p.Data...)
	}
	if n := frames(t, "a.aac", adts); n < 90 {
		t.Errorf("%d frames of sound decode, want 2s", n)
	}
}

// One medium alone is a feed like any other.
func TestFFmpegPublishesOneMedium(t *testing.T) {
	for name, codecs := range map[string][]string{
		"video": {"-an", "-c:v", "libx264", "-preset", "ultrafast"},
		"mp3":   {"-vn", "-c:a", "libmp3lame", "-ar", "44100"},
		"alaw":  {"-vn", "-c:a", "pcm_alaw", "-ar", "8000"},
		"mulaw": {"-vn", "-c:a", "pcm_mulaw", "-ar", "8000"},
		"pcm":   {"-vn", "-c:a", "pcm_s16le", "-ar", "44100"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{})
			f, out := feed(t, s, "live", "main")
			mustRun(t, publish(t, fmt.Sprintf("rtmp://%s/live/main", s.Addr()), codecs...))
			awaitReason(t, f, "left")
			got := out.all()
			if len(got) == 0 {
				t.Fatal("nothing came")
			}
			want := map[string]capture.Format{
				"video": {Media: capture.Video, Codec: capture.H264, Width: 320, Height: 180},
				"mp3":   {Media: capture.Audio, Codec: capture.MP3, SampleRate: 44100, Channels: 1},
				"alaw":  {Media: capture.Audio, Codec: capture.PCMA, SampleRate: 8000, Channels: 1, BitsPerSample: 8, BlockAlign: 1},
				"mulaw": {Media: capture.Audio, Codec: capture.PCMU, SampleRate: 8000, Channels: 1, BitsPerSample: 8, BlockAlign: 1},
				"pcm":   {Media: capture.Audio, Codec: capture.LPCM, SampleRate: 44100, Channels: 1, BitsPerSample: 16, BlockAlign: 2},
			}[name]
			format := got[0].Format
			format.Extra, format.FrameDuration = "", 0
			if format != want {
				t.Errorf("format %+v, want %+v", format, want)
			}
			if last := got[len(got)-1]; last.At-got[0].At < 1400*ms {
				t.Errorf("the feed lasts %v, want 2s", last.At-got[0].At)
			}
		})
	}
}

func TestFFmpegIsToldOfAWrongKey(t *testing.T) {
	s := serve(t, Options{})
	feed(t, s, "live", "main")
	cmd := publish(t, fmt.Sprintf("rtmp://%s/live/wrong", s.Addr()), "-an", "-c:v", "libx264")
	err := cmd.Run()
	if said := cmd.Stderr.(*bytes.Buffer).String(); err == nil || !strings.Contains(said, "wrong stream key") {
		t.Errorf("ffmpeg ends with %v and says %q, want to be told of a wrong stream key", err, said)
	}
	if c := s.Counters(); c.WrongKey != 1 {
		t.Errorf("counters %+v, want one wrong key", c)
	}
}

// ffmpeg pulls from nobody here: the server only takes.
func TestFFmpegMayNotPlay(t *testing.T) {
	s := serve(t, Options{})
	feed(t, s, "live", "main")
	cmd := ffmpeg(t, "-i", fmt.Sprintf("rtmp://%s/live/main", s.Addr()), "-f", "null", "-")
	if err := cmd.Run(); err == nil {
		t.Error("ffmpeg could play, want a refusal")
	}
	if c := s.Counters(); c.Readers != 1 {
		t.Errorf("counters %+v, want one reader refused", c)
	}
}

// An encoder that has run for 4.66 hours, for 24.9 or for 49.7 days, counts on over the edge.
func TestFFmpegRunsForLong(t *testing.T) {
	for name, offset := range map[string]string{"24 bit": "16776.5", "31 bit": "2147482.8", "32 bit": "4294966.5"} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{})
			f, out := feed(t, s, "live", "main")
			mustRun(t, publish(t, fmt.Sprintf("rtmp://%s/live/main", s.Addr()),
				"-c:v", "libx264", "-preset", "ultrafast", "-x264-params", "filler=1:nal-hrd=cbr", "-b:v", "8M", "-maxrate", "8M", "-bufsize", "1M",
				"-c:a", "aac", "-output_ts_offset", offset))
			awaitReason(t, f, "left")
			video, audio := split(out.all())
			if len(video) != 50 || len(audio) < 90 {
				t.Fatalf("%d pictures and %d frames of sound, want 2s", len(video), len(audio))
			}
			for i, p := range video {
				if got, want := p.At-video[0].At, time.Duration(i)*40*ms; !spaced(got, want) {
					t.Fatalf("picture %d at %v after the first, want %v", i, got, want)
				}
			}
			if facts := f.Facts(); facts.Jumps != 0 || facts.Lost != 0 {
				t.Errorf("facts %+v, want no jumps and nothing lost", facts)
			}
		})
	}
}
