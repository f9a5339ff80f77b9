package ffmpeg_test

import (
	"testing"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
)

// BenchmarkDecode decodes 1080p25 H.264 of 6 Mb/s; one operation is one picture.
func BenchmarkDecode(b *testing.B) {
	path := generate(b, "a.ts", "-f", "lavfi", "-i", "mandelbrot=r=25:s=1920x1080", "-frames:v", "50", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "6M")
	_, list := packets(b, path)
	d := open(b, list[0].Format)
	defer d.Close()
	n := 0
	see := func(f *hwaccel.Frame) { n++; f.Release() }
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; n < b.N; i++ {
		p := &list[i%len(list)]
		if err := d.Decode(p, see, nil); err != nil && i < len(list) {
			b.Fatal(err)
		}
	}
}

// BenchmarkSound decodes AAC; one operation is one packet.
func BenchmarkSound(b *testing.B) {
	path := generate(b, "a.aac", "-f", "lavfi", "-i", "sine=duration=5", "-c:a", "aac", "-ac", "2")
	_, list := packets(b, path)
	d := open(b, list[0].Format)
	defer d.Close()
	var at capture.Packet
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		at = list[i%len(list)]
		if err := d.Decode(&at, nil, func(*hwaccel.PCM) {}); err != nil {
			b.Fatal(err)
		}
	}
}
