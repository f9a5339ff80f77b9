package ffmpeg_test

import (
	"bytes"
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/file"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
)

// seeds are clips of a few kilobytes in the containers and codings that feeds bring.
var seeds = map[string]string{
	"a.ts":   "-c:v libx264 -bf 1 -c:a aac",
	"b.ts":   "-c:v mpeg2video -flags +ilme+ildct -c:a mp2",
	"a.mp4":  "-c:v libx264 -c:a aac -movflags +faststart",
	"a.flv":  "-c:v libx264 -c:a libmp3lame",
	"a.webm": "-c:v libvpx-vp9 -cpu-used 8 -c:a libopus",
	"b.mkv":  "-c:v libx265 -x265-params log-level=none -c:a flac",
	"c.mkv":  "-c:v libaom-av1 -cpu-used 8 -c:a ac3",
	"a.mov":  "-c:v prores_ks -c:a pcm_s24le",
	"a.avi":  "-c:v mjpeg -c:a pcm_alaw",
	"a.gif":  "-an",
	"a.264":  "-c:v libx264 -an",
	"a.wav":  "-vn -ar 8000",
}

// clip makes one of the seeds in dir.
func clip(t testing.TB, dir, name string) []byte {
	t.Helper()
	path := filepath.Join(dir, name)
	args := "-nostdin -v error -y -f lavfi -i testsrc2=r=25:s=32x32 -f lavfi -i sine -t 0.2 " + seeds[name]
	tool(t, "ffmpeg", append(strings.Fields(args), path)...)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzFile opens, reads and decodes damaged files. A crash in C is a finding; so are pictures that
// cannot be read, and time that never ends.
func FuzzFile(f *testing.F) {
	dir := f.TempDir()
	for name := range seeds {
		f.Add(clip(f, dir, name), name)
	}
	f.Fuzz(func(t *testing.T, b []byte, name string) {
		swallow(t, dir, name, b)
	})
}

// TestDamaged changes bytes inside files that stay recognisable, so that the decoders see damage too.
func TestDamaged(t *testing.T) {
	dir := t.TempDir()
	for name := range seeds {
		whole := clip(t, dir, name)
		random := rand.New(rand.NewPCG(7, uint64(len(name))))
		for range 25 {
			b := bytes.Clone(whole)
			for range 1 + random.IntN(20) {
				b[random.IntN(len(b))] = byte(random.Uint32())
			}
			swallow(t, dir, name, b)
		}
	}
}

// swallow takes one file through opening, reading and decoding.
func swallow(t *testing.T, dir, name string, b []byte) {
	media, err := os.CreateTemp(dir, "")
	if err != nil {
		t.Skip(err)
	}
	defer os.Remove(media.Name())
	defer media.Close()
	if _, err := media.Write(b); err != nil {
		t.Skip(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	in, err := file.OpenContext(ctx, media, name)
	if err != nil {
		return
	}
	defer in.Close()
	through(t, ctx, in)
	if ctx.Err() != nil {
		t.Error("20 s were not enough")
	}
}

// through decodes a whole file and touches every picture and sample.
func through(t *testing.T, ctx context.Context, in *file.File) {
	decoders := map[int]hwaccel.Decoder{}
	picture := func(p *hwaccel.Frame) {
		defer p.Release()
		if p.Width < 1 || p.Height < 1 || p.Planes[0].Data == nil {
			t.Fatalf("a picture of %dx%d", p.Width, p.Height)
		}
		raw(p)
	}
	var sum float32
	sound := func(p *hwaccel.PCM) {
		for _, c := range p.Channels {
			for _, v := range c {
				sum += v
			}
		}
	}
	_ = in.Source(file.Options{}).Run(ctx, func(p capture.Packet) {
		d := decoders[p.Track]
		if d == nil {
			var err error
			if d, err = ffmpeg.Open(p.Format, ffmpeg.Options{}); err != nil {
				return
			}
			decoders[p.Track] = d
		}
		_ = d.Decode(&p, picture, sound)
	})
	for _, d := range decoders {
		_ = d.Decode(nil, picture, sound)
		d.Close()
	}
}
