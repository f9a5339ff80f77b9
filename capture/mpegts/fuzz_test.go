package mpegts

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// FuzzDemuxer takes any bytes, cut anyhow, as they are and as the payloads of packets, and checks
// what must hold: no crash, no growth, no packet without what a decoder needs.
func FuzzDemuxer(f *testing.F) {
	if _, err := exec.LookPath("ffmpeg"); err == nil {
		for _, args := range [][]string{
			{"-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac"},
			{"-c:v", "mpeg2video", "-c:a", "ac3"},
			{"-c:v", "mpeg2video", "-c:a", "eac3"},
			{"-c:v", "mpeg2video", "-c:a", "libopus"},
			{"-c:v", "mpeg4", "-c:a", "s302m", "-strict", "experimental", "-ac", "2"},
			{"-c:v", "mpeg4", "-c:a", "dca", "-strict", "experimental", "-ac", "2", "-b:a", "256k"},
			{"-c:v", "mpeg2video", "-c:a", "aac", "-mpegts_flags", "latm"},
			{"-c:v", "vc2", "-c:a", "truehd", "-strict", "experimental"},
		} {
			made := makeTS(f, slices.Concat([]string{"-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=0.2", "-f", "lavfi", "-i", "sine=d=0.2",
				"-pix_fmt", "yuv420p", "-b:v", "50k", "-b:a", "32k"}, args)...)
			f.Add(made, uint16(1316))
		}
	}
	f.Add([]byte{0x47, 0, 0, 0x10}, uint16(1))
	f.Fuzz(func(t *testing.T, b []byte, size uint16) {
		d := NewDemuxer(0, capture.NewTimeline(epoch))
		d.Start(func(p capture.Packet) {
			if len(p.Data) == 0 || p.Format.Codec == "" || p.PTS == capture.NoTime || p.At < 0 || p.Track > 1 {
				t.Fatalf("packet %+v", p)
			}
		}, epoch)
		at := epoch
		for chunk := range slices.Chunk(b, int(size)%4000+1) {
			at = at.Add(20 * time.Millisecond)
			d.Write(chunk, at)
			if len(d.align.carry) > 5*paritySize {
				t.Fatalf("%d bytes are carried over", len(d.align.carry))
			}
		}
		for _, t := range d.tracks {
			if p, ok := t.split.(*pictures); ok && len(p.buf) > len(b) || t.carrier != nil && len(t.carrier.buf) > len(b) {
				panic("more is kept than came")
			}
		}
		var facts capture.Facts
		d.Facts(&facts, true)
	})
}
