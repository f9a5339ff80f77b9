package ffmpeg_test

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
)

// after drops the first n video packets, as a receiver does that joins late.
func after(list []capture.Packet, n int) []capture.Packet {
	for i := range list {
		if list[i].Format.Media == capture.Video {
			if n--; n < 0 {
				return list[i:]
			}
		}
	}
	return nil
}

// TestJoin enters streams in the middle: the pictures that come out are the very ones that come out
// of the whole stream, none is filled with grey, and they do come.
func TestJoin(t *testing.T) {
	tests := []struct {
		name, args string
		within     int // pictures until the first good one, after the join
	}{
		{"h264 closed groups", "-c:v libx264 -x264-params keyint=25:scenecut=0:bframes=2", 25},
		{"h264 open groups", "-c:v libx264 -x264-params open-gop=1:keyint=25:scenecut=0:bframes=3:b-adapt=0", 27},
		{"h264 gradual refresh", "-c:v libx264 -x264-params intra-refresh=1:keyint=25:bframes=0", 52},
		{"hevc open groups", "-c:v libx265 -x265-params log-level=none:keyint=25:min-keyint=25:scenecut=0:bframes=3", 29},
		{"mpeg2", "-c:v mpeg2video -g 25 -bf 2", 27},
		{"vp8", "-c:v libvpx -g 25 -keyint_min 25", 25},
		{"vp9", "-c:v libvpx-vp9 -cpu-used 8 -g 25 -keyint_min 25", 26},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-f", "lavfi", "-i", "testsrc2=r=25:s=128x96", "-frames:v", "100"}, strings.Fields(tt.args)...)
			_, list := packets(t, generate(t, "a.mkv", args...))
			whole, _, _ := decode(t, list, capture.Video)
			want := map[time.Duration]uint64{}
			for _, p := range whole {
				want[p.At] = p.Luma
			}
			if len(want) != 100 {
				t.Fatalf("%d pictures of the whole stream, want 100", len(want))
			}
			joined := after(list, 7)
			got, _, _ := decode(t, joined, capture.Video)
			if least := 93 - tt.within; len(got) < least {
				t.Fatalf("%d pictures after joining, want at least %d", len(got), least)
			}
			for _, p := range got {
				if p.Damage.Corrupt {
					t.Errorf("the picture at %v is called corrupt", p.At)
				}
				if p.Luma != want[p.At] && !strings.Contains(tt.name, "gradual") {
					t.Errorf("the picture at %v has luma %d, in the whole stream %d", p.At, p.Luma, want[p.At])
				}
				// Gradual refresh promises only an approximation.
				if d := int64(p.Luma) - int64(want[p.At]); d > 128*96 || d < -128*96 {
					t.Errorf("the picture at %v is off by %d a pixel and more", p.At, d/(128*96))
				}
			}
		})
	}
}

// TestChanges joins streams of different kinds, as a sender does that changes its settings.
func TestChanges(t *testing.T) {
	video := func(size, pix string) string {
		return generate(t, "a.264", "-f", "lavfi", "-i", "testsrc2=r=25:s="+size, "-frames:v", "5", "-c:v", "libx264", "-pix_fmt", pix)
	}
	path := join(t, "all.264", video("128x96", "yuv420p"), video("160x90", "yuv420p"), video("96x64", "yuv422p10le"))
	_, list := packets(t, path)
	pictures, _, errs := decode(t, list, capture.Video)
	if len(errs) > 0 || len(pictures) != 15 {
		t.Fatalf("%d pictures, want 15; errors %v", len(pictures), errs)
	}
	for i, want := range []struct {
		w, h  int
		depth uint8
	}{{128, 96, 8}, {160, 90, 8}, {96, 64, 10}} {
		f := pictures[5*i+2]
		if f.Width != want.w || f.Height != want.h || f.Format.Depth != want.depth {
			t.Errorf("part %d: %dx%d %v, want %+v", i, f.Width, f.Height, f.Format, want)
		}
	}
	monotone(t, pictures)

	audio := func(rate, channels string) string {
		return generate(t, "a.aac", "-f", "lavfi", "-i", "sine=duration=0.3", "-c:a", "aac", "-ar", rate, "-ac", channels)
	}
	_, list = packets(t, join(t, "all.aac", audio("48000", "2"), audio("32000", "1")))
	d := open(t, list[0].Format)
	defer d.Close()
	seen := map[int]string{}
	for i := range list {
		_ = d.Decode(&list[i], nil, func(p *hwaccel.PCM) { seen[p.Rate] = p.Layout })
	}
	if seen[48000] != "stereo" || seen[32000] != "mono" {
		t.Errorf("sound came as %v, want 48000 stereo and 32000 mono", seen)
	}
}

func join(t *testing.T, name string, parts ...string) string {
	t.Helper()
	var all []byte
	for _, p := range parts {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, all, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func open(t testing.TB, f capture.Format) hwaccel.Decoder {
	t.Helper()
	d, err := ffmpeg.Open(f, ffmpeg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func monotone(t *testing.T, pictures []shown) {
	t.Helper()
	for i := 1; i < len(pictures); i++ {
		if step := pictures[i].At - pictures[i-1].At; step <= 0 {
			t.Errorf("picture %d at %v comes after %v", i, pictures[i].At, pictures[i-1].At)
		}
	}
}

// TestRawStream counts the pictures of a raw stream with B pictures by its own frame rate.
func TestRawStream(t *testing.T) {
	for _, codec := range []string{"libx264", "libx265"} {
		ext := map[string]string{"libx264": "a.264", "libx265": "a.265"}[codec]
		path := generate(t, ext, "-f", "lavfi", "-i", "testsrc2=r=50:s=128x96", "-frames:v", "60", "-c:v", codec, "-bf", "4", "-threads", "1")
		_, list := packets(t, path)
		pictures, _, errs := decode(t, list, capture.Video)
		if len(pictures) != 60 || len(errs) > 0 {
			t.Fatalf("%s: %d pictures, want 60; %v", codec, len(pictures), errs)
		}
		for i, p := range pictures {
			if want := time.Duration(i) * 20 * time.Millisecond; p.At != want || p.Duration != 20*time.Millisecond {
				t.Fatalf("%s: picture %d at %v for %v, want at %v for 20ms", codec, i, p.At, p.Duration, want)
			}
		}
	}
}

// TestConcealed breaks slices and holds the count of concealed macroblocks against ffmpeg's log.
func TestConcealed(t *testing.T) {
	for _, codec := range []string{"libx264", "mpeg2video"} {
		path := generate(t, "a.ts", "-f", "lavfi", "-i", "testsrc2=r=25:s=320x240", "-frames:v", "50", "-c:v", codec, "-b:v", "1M", "-bf", "2")
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// Payload bytes inside the pictures change; TS headers stay whole.
		random := rand.New(rand.NewPCG(1, 2))
		for n := 40 * 188; n+188 <= len(b); n += 188 * 23 {
			b[n+100+random.IntN(80)] ^= 0x5a
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		_, list := packets(t, path)
		pictures, _, _ := decode(t, list, capture.Video)
		sum, flagged := 0, 0
		for _, p := range pictures {
			if !p.Damage.Known {
				t.Errorf("%s: damage at %v is not known", codec, p.At)
			}
			sum += p.Damage.Concealed
			if p.Damage.Flags != 0 {
				flagged++
			}
		}
		want := logged(t, path)
		if sum != want || sum == 0 || flagged == 0 {
			t.Errorf("%s: %d macroblocks concealed in %d flagged pictures, ffmpeg's log has %d", codec, sum, flagged, want)
		}
	}
}

var concealing = regexp.MustCompile(`concealing (\d+) DC, (\d+) AC, (\d+) MV`)

// logged adds up what the ffmpeg program says that it concealed.
func logged(t *testing.T, path string) int {
	sum := 0
	out := tool(t, "sh", "-c", `ffmpeg -nostdin -hide_banner -threads 1 -v info -i "$1" -f null - 2>&1`, "sh", path)
	for _, m := range concealing.FindAllSubmatch(out, -1) {
		most := 0
		for _, s := range m[1:] {
			n, _ := strconv.Atoi(string(s))
			most = max(most, n)
		}
		sum += most
	}
	return sum
}

// TestBadPackets: a broken packet is an error of its own and the next one decodes.
func TestBadPackets(t *testing.T) {
	path := generate(t, "a.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=128x96", "-frames:v", "10", "-c:v", "libx264", "-g", "1")
	_, list := packets(t, path)
	d := open(t, list[0].Format)
	defer d.Close()
	n := 0
	count := func(f *hwaccel.Frame) { n++; f.Release() }
	bad := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "empty packet"},
		{"garbage", bytes.Repeat([]byte{0, 0, 0, 9, 0x65}, 50), "decode h264: "},
		{"too large", make([]byte, ffmpeg.MaxPacket+1), "more than 33554432"},
	}
	for _, b := range bad {
		err := d.Decode(&capture.Packet{Format: list[0].Format, Data: b.data}, count, nil)
		if err == nil || !strings.Contains(err.Error(), b.want) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: error %v, want one line with %q", b.name, err, b.want)
		}
	}
	for i := range list {
		if err := d.Decode(&list[i], count, nil); err != nil {
			t.Errorf("packet %d after the bad ones: %v", i, err)
		}
	}
	if n != 10 {
		t.Errorf("%d pictures after the bad packets, want 10", n)
	}
}

// TestNoDelay: where pictures are not reordered each comes out with its own packet.
func TestNoDelay(t *testing.T) {
	for _, args := range []string{"-c:v libx264 -bf 0", "-c:v libx265 -x265-params log-level=none:bframes=0", "-c:v libvpx", "-c:v libvpx-vp9 -cpu-used 8 -lag-in-frames 0", "-c:v libaom-av1 -cpu-used 8 -lag-in-frames 0", "-c:v mjpeg"} {
		for _, threads := range []int{0, 4} {
			path := generate(t, "a.mkv", append([]string{"-f", "lavfi", "-i", "testsrc2=r=25:s=128x96", "-frames:v", "8"}, strings.Fields(args)...)...)
			_, list := packets(t, path)
			d, err := ffmpeg.Open(list[0].Format, ffmpeg.Options{Threads: threads})
			if err != nil {
				t.Fatal(err)
			}
			for i := range list {
				n := 0
				if err := d.Decode(&list[i], func(f *hwaccel.Frame) { n++; f.Release() }, nil); err != nil || n != 1 {
					t.Errorf("%s, %d threads: packet %d gave %d pictures, want 1 at once; %v", args, threads, i, n, err)
				}
			}
			d.Close()
		}
	}
}

// TestHold keeps pictures past later ones, past Close, and frees them on other goroutines.
func TestHold(t *testing.T) {
	path := generate(t, "a.mp4", "-f", "lavfi", "-i", "testsrc2=r=25:s=128x96", "-frames:v", "30", "-c:v", "libx264")
	_, list := packets(t, path)
	want, _, _ := decode(t, list, capture.Video)
	d := open(t, list[0].Format)
	type kept struct {
		f    *hwaccel.Frame
		luma uint64
	}
	var held []kept
	var wait sync.WaitGroup
	n := 0
	keep := func(f *hwaccel.Frame) {
		held = append(held, kept{f, want[n].Luma})
		n++
		if len(held) > 3 {
			old := held[0]
			held = held[1:]
			wait.Go(func() {
				if got := luma(old.f); got != old.luma {
					t.Errorf("a picture that was held changed: luma %d, want %d", got, old.luma)
				}
				old.f.Release()
			})
		}
	}
	for i := range list {
		if err := d.Decode(&list[i], keep, nil); err != nil {
			t.Error(err)
		}
	}
	if err := d.Decode(nil, keep, nil); err != nil {
		t.Error(err)
	}
	d.Close()
	for _, k := range held {
		if got := luma(k.f); got != k.luma {
			t.Errorf("a picture changed when the decoder was closed: luma %d, want %d", got, k.luma)
		}
		k.f.Release()
	}
	wait.Wait()
	if n != 30 {
		t.Errorf("%d pictures, want 30", n)
	}
}

// TestRefused: what cannot be opened says why.
func TestRefused(t *testing.T) {
	tests := []struct {
		f    capture.Format
		want string
	}{
		{capture.Format{Media: capture.Video, Codec: "h266x"}, "no software decoder"},
		{capture.Format{Media: capture.Audio, Codec: capture.H264}, "not a coding of audio"},
		{capture.Format{Codec: capture.H264}, "neither video nor audio"},
		{capture.Format{Media: capture.Video, Codec: capture.H264, Width: -4}, "announced as -4x0"},
		{capture.Format{Media: capture.Video, Codec: capture.H264, Extra: strings.Repeat("x", 2<<20)}, "codec configuration"},
		{capture.Format{Media: capture.Video, Codec: "rawvideo", Extra: "nonsense", Width: 16, Height: 16}, "open decoder for rawvideo"},
	}
	for _, tt := range tests {
		d, err := ffmpeg.Open(tt.f, ffmpeg.Options{})
		if err == nil {
			d.Close()
			t.Errorf("%+v was opened", tt.f.Codec)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.f.Codec, err, tt.want)
		}
	}
}

// TestUnsupported: a pixel format that nothing can convert is named, and is no other kind of error.
func TestUnsupported(t *testing.T) {
	f := capture.Format{Media: capture.Video, Codec: "rawvideo", Extra: "uyyvyy411", Width: 16, Height: 16}
	d := open(t, f)
	defer d.Close()
	err := d.Decode(&capture.Packet{Format: f, Data: make([]byte, 16*16*3/2), Key: true}, func(p *hwaccel.Frame) {
		t.Errorf("a picture of format %v came out", p.Format)
		p.Release()
	}, nil)
	if !errors.Is(err, hwaccel.ErrUnsupported) || !strings.Contains(err.Error(), "uyyvyy411") {
		t.Errorf("error %v, want one that names the pixel format", err)
	}
}

// TestHas checks the decoders that the product lives on.
func TestHas(t *testing.T) {
	for _, c := range ffmpeg.Needed {
		if !ffmpeg.Has(c) {
			t.Errorf("no decoder for %s", c)
		}
	}
	if ffmpeg.Has("nonsense") || ffmpeg.Has("png2") {
		t.Error("has a decoder for nonsense")
	}
	for _, l := range ffmpeg.Versions() {
		if l.Built == "" || l.Built[:2] != l.Runs[:2] {
			t.Errorf("%+v: built against another major version", l)
		}
	}
	if ffmpeg.Release() == "" {
		t.Error("FFmpeg does not name its release")
	}
}
