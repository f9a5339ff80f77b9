package ffmpeg_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/file"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
)

// tool runs ffmpeg or ffprobe, the independent oracle, and returns its output.
func tool(t testing.TB, name string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("%s is not installed", name)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(path, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, stderr.Bytes())
	}
	return stdout.Bytes()
}

// generate makes a clip in a temporary folder; args end before the output's name.
func generate(t testing.TB, name string, args ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	args = append([]string{"-nostdin", "-v", "error", "-threads", "1"}, args...)
	tool(t, "ffmpeg", append(args, "-y", path)...)
	return path
}

// packets reads a whole file and returns its tracks and packets.
func packets(t testing.TB, path string) ([]file.Track, []capture.Packet) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	in, err := file.Open(f, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	var list []capture.Packet
	if err := in.Source(file.Options{}).Run(context.Background(), func(p capture.Packet) { list = append(list, p) }); err != nil {
		t.Fatal(err)
	}
	return in.Tracks(), list
}

// shown is what a test keeps of a decoded picture.
type shown struct {
	hwaccel.Frame
	Luma uint64 // sum of luma code values, see luma
}

// heard is what a test keeps of decoded sound.
type heard struct {
	Rate, Samples int
	Layout        string
	Channels      [][]float32
	Runs          []time.Duration // At of each run
}

// every says which rows luma looks at: all of a small picture, a few of a large one.
func every(f *hwaccel.Frame) int { return 1 + f.Height/200*4 }

// luma adds up the code values of plane 0 in every so many rows.
func luma(f *hwaccel.Frame) uint64 {
	var sum uint64
	for y := 0; y < f.Height; y += every(f) {
		if f.Format.Depth > 8 {
			for _, v := range row[uint16](f.Planes[0], y, f.Width) {
				sum += uint64(v >> f.Format.Shift)
			}
			continue
		}
		step, first := 1, 0
		if f.Format.Layout == hwaccel.UYVY {
			step, first = 2, 1
		}
		line := row[uint8](f.Planes[0], y, f.Width*step)
		for x := first; x < len(line); x += step {
			sum += uint64(line[x])
		}
	}
	return sum
}

// decode decodes all packets of one kind; errors are returned, one for each packet that failed.
func decode(t testing.TB, list []capture.Packet, m capture.Media) (pictures []shown, sound heard, errs []error) {
	t.Helper()
	var d hwaccel.Decoder
	picture := func(f *hwaccel.Frame) {
		pictures = append(pictures, shown{*f, luma(f)})
		f.Release()
	}
	listen := func(p *hwaccel.PCM) {
		sound.Rate, sound.Layout = p.Rate, p.Layout
		sound.Runs = append(sound.Runs, p.At)
		if sound.Channels == nil {
			sound.Channels = make([][]float32, len(p.Channels))
		}
		for i, c := range p.Channels {
			sound.Channels[i] = append(sound.Channels[i], c...)
		}
		sound.Samples += len(p.Channels[0])
	}
	for i := range list {
		p := &list[i]
		if p.Format.Media != m {
			continue
		}
		if d == nil {
			var err error
			if d, err = ffmpeg.Open(p.Format, ffmpeg.Options{}); err != nil {
				t.Fatal(err)
			}
			defer d.Close()
		}
		if err := d.Decode(p, picture, listen); err != nil {
			errs = append(errs, err)
		}
	}
	if d != nil {
		if err := d.Decode(nil, picture, listen); err != nil {
			errs = append(errs, err)
		}
	}
	return pictures, sound, errs
}

// clips lists the real clips, or skips.
func clips(t *testing.T) []string {
	t.Helper()
	list, _ := filepath.Glob("../../../shared/media/clips/*.*")
	var media []string
	for _, path := range list {
		if filepath.Ext(path) != ".tsv" {
			media = append(media, path)
		}
	}
	if len(media) == 0 {
		t.Skip("the folder of real clips is not there")
	}
	return media
}
