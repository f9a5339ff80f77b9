package ffmpeg_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
)

// raw writes the picture as ffmpeg's rawvideo does: rows without padding, plane after plane.
func raw(f *hwaccel.Frame) []byte {
	var b []byte
	bytes := 1
	if f.Format.Depth > 8 {
		bytes = 2
	}
	add := func(p hwaccel.Plane, w, h int) {
		for y := range h {
			b = append(b, row[uint8](p, y, w)...)
		}
	}
	cw, ch := f.Width, f.Height
	if f.Format.Chroma == hwaccel.C420 || f.Format.Chroma == hwaccel.C422 {
		cw = (cw + 1) / 2
	}
	if f.Format.Chroma == hwaccel.C420 {
		ch = (ch + 1) / 2
	}
	if f.Format.Layout == hwaccel.UYVY {
		add(f.Planes[0], 4*cw, f.Height)
		return b
	}
	add(f.Planes[0], f.Width*bytes, f.Height)
	switch {
	case f.Format.Chroma == hwaccel.Gray:
	case f.Format.Layout == hwaccel.SemiPlanar:
		add(f.Planes[1], 2*cw*bytes, ch)
	default:
		add(f.Planes[1], cw*bytes, ch)
		add(f.Planes[2], cw*bytes, ch)
	}
	return b
}

// TestPixelFormats compares every decoded byte with what the ffmpeg program decodes.
func TestPixelFormats(t *testing.T) {
	planar := func(c hwaccel.Chroma, depth uint8) hwaccel.PixelFormat {
		return hwaccel.PixelFormat{Chroma: c, Depth: depth}
	}
	tests := []struct {
		name, file, args string // args are ffmpeg's, of the encoder
		size             string
		want             hwaccel.PixelFormat
		full             bool
	}{
		{"h264", "a.mp4", "-c:v libx264 -pix_fmt yuv420p", "128x96", planar(hwaccel.C420, 8), false},
		{"h264 full range", "a.mp4", "-c:v libx264 -pix_fmt yuvj420p", "128x96", planar(hwaccel.C420, 8), true},
		{"h264 odd crop", "a.ts", "-c:v libx264 -pix_fmt yuv444p", "101x75", planar(hwaccel.C444, 8), false},
		{"h264 cropped on all sides", "a.mkv", "-c:v libx264 -pix_fmt yuv420p -bsf:v h264_metadata=crop_left=6:crop_right=10:crop_top=4:crop_bottom=2", "128x96", planar(hwaccel.C420, 8), false},
		{"h264 10 bit", "a.mkv", "-c:v libx264 -pix_fmt yuv420p10le", "128x96", planar(hwaccel.C420, 10), false},
		{"h264 4:2:2", "a.mkv", "-c:v libx264 -pix_fmt yuv422p", "128x96", planar(hwaccel.C422, 8), false},
		{"h264 4:2:2 10 bit", "a.mkv", "-c:v libx264 -pix_fmt yuv422p10le", "126x90", planar(hwaccel.C422, 10), false},
		{"h264 4:4:4 10 bit", "a.mkv", "-c:v libx264 -pix_fmt yuv444p10le", "128x96", planar(hwaccel.C444, 10), false},
		{"h264 gray", "a.mkv", "-c:v libx264 -pix_fmt gray", "128x96", planar(hwaccel.C420, 8), true},
		{"h264 interlaced", "a.ts", "-vf setfield=tff -c:v libx264 -pix_fmt yuv420p -flags +ilme+ildct", "128x96", planar(hwaccel.C420, 8), false},
		{"hevc", "a.mp4", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p", "130x98", planar(hwaccel.C420, 8), false},
		{"hevc 10 bit", "a.mp4", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv420p10le", "128x96", planar(hwaccel.C420, 10), false},
		{"hevc 12 bit 4:4:4", "a.mkv", "-c:v libx265 -x265-params log-level=none -pix_fmt yuv444p12le", "128x96", planar(hwaccel.C444, 12), false},
		{"vp8", "a.webm", "-c:v libvpx -pix_fmt yuv420p", "127x95", planar(hwaccel.C420, 8), false},
		{"vp9", "a.webm", "-c:v libvpx-vp9 -cpu-used 8 -pix_fmt yuv420p", "127x95", planar(hwaccel.C420, 8), false},
		{"vp9 4:4:4 12 bit", "a.webm", "-c:v libvpx-vp9 -cpu-used 8 -pix_fmt yuv444p12le", "64x64", planar(hwaccel.C444, 12), false},
		{"av1", "a.mp4", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p", "128x96", planar(hwaccel.C420, 8), false},
		{"av1 10 bit", "a.webm", "-c:v libaom-av1 -cpu-used 8 -pix_fmt yuv420p10le", "128x96", planar(hwaccel.C420, 10), false},
		{"mpeg2 interlaced", "a.ts", "-vf setfield=tff -c:v mpeg2video -flags +ilme+ildct", "128x96", planar(hwaccel.C420, 8), false},
		{"mpeg2 4:2:2", "a.ts", "-c:v mpeg2video -pix_fmt yuv422p", "128x96", planar(hwaccel.C422, 8), false},
		{"mpeg4", "a.avi", "-c:v mpeg4 -bf 2", "128x96", planar(hwaccel.C420, 8), false},
		{"prores", "a.mov", "-c:v prores_ks -profile:v standard", "128x96", planar(hwaccel.C422, 10), false},
		{"prores 4444 with alpha", "a.mov", "-c:v prores_ks -profile:v 4444 -pix_fmt yuva444p10le", "128x96", planar(hwaccel.C444, 12), false},
		{"mjpeg", "a.avi", "-c:v mjpeg -pix_fmt yuvj422p", "127x95", planar(hwaccel.C422, 8), true},
		{"dnxhd", "a.mxf", "-c:v dnxhd -profile:v dnxhr_hq -pix_fmt yuv422p", "256x128", planar(hwaccel.C422, 8), false},
		{"ffv1 gray 10 bit", "a.mkv", "-c:v ffv1 -pix_fmt gray10le", "101x75", planar(hwaccel.Gray, 10), false},
		{"ffv1 16 bit", "a.mkv", "-c:v ffv1 -pix_fmt yuv420p16le", "101x75", planar(hwaccel.C420, 16), false},
		{"v210", "a.mov", "-c:v v210", "128x96", planar(hwaccel.C422, 10), false},
		{"raw yuv420p", "a.y4m", "-pix_fmt yuv420p", "33x17", planar(hwaccel.C420, 8), false},
		{"raw nv12", "a.nut", "-c:v rawvideo -pix_fmt nv12", "128x96", hwaccel.PixelFormat{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 8}, false},
		{"raw uyvy422", "a.mov", "-c:v rawvideo -pix_fmt uyvy422", "128x96", hwaccel.PixelFormat{Layout: hwaccel.UYVY, Chroma: hwaccel.C422, Depth: 8}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-f", "lavfi", "-i", "testsrc2=r=25:s=" + tt.size, "-frames:v", "7"}, strings.Fields(tt.args)...)
			path := generate(t, tt.file, args...)
			_, list := packets(t, path)
			var got [][]byte
			var last hwaccel.Frame
			each(t, list, func(f *hwaccel.Frame) {
				got = append(got, raw(f))
				last = *f
			})
			if len(got) != 7 {
				t.Fatalf("%d pictures, want 7", len(got))
			}
			if last.Format != tt.want || last.Colour.Full != tt.full {
				t.Errorf("format %+v full %v, want %+v full %v", last.Format, last.Colour.Full, tt.want, tt.full)
			}
			wantInterlaced := strings.Contains(tt.name, "interlaced")
			if last.Interlaced != wantInterlaced || wantInterlaced && !last.TopFirst {
				t.Errorf("interlaced %v top first %v", last.Interlaced, last.TopFirst)
			}
			want := tool(t, "ffmpeg", "-v", "error", "-flags", "unaligned", "-i", path, "-vsync", "passthrough", "-f", "rawvideo", "-")
			if strings.Contains(tt.args, "yuva") { // the oracle writes the alpha plane too
				want = dropAlpha(want, last.Width*last.Height*2)
			}
			if !bytes.Equal(bytes.Join(got, nil), want) {
				t.Errorf("pictures differ from ffmpeg's: %d bytes, ffmpeg %d", len(bytes.Join(got, nil)), len(want))
			}
		})
	}
}

// dropAlpha keeps the first three of every four planes.
func dropAlpha(b []byte, plane int) []byte {
	var kept []byte
	for ; len(b) >= 4*plane; b = b[4*plane:] {
		kept = append(kept, b[:3*plane]...)
	}
	return kept
}

// each decodes the pictures of list and fails on any error.
func each(t *testing.T, list []capture.Packet, see func(*hwaccel.Frame)) {
	t.Helper()
	var d hwaccel.Decoder
	for i := range list {
		if list[i].Format.Media != capture.Video {
			continue
		}
		if d == nil {
			var err error
			if d, err = ffmpeg.Open(list[i].Format, ffmpeg.Options{}); err != nil {
				t.Fatal(err)
			}
			defer d.Close()
		}
		if err := d.Decode(&list[i], func(f *hwaccel.Frame) { see(f); f.Release() }, nil); err != nil {
			t.Errorf("packet %d: %v", i, err)
		}
	}
	if d == nil {
		t.Fatal("no pictures in the file")
	}
	if err := d.Decode(nil, func(f *hwaccel.Frame) { see(f); f.Release() }, nil); err != nil {
		t.Errorf("drain: %v", err)
	}
}

// TestConverted decodes what no meter knows as it is and holds the result against ffmpeg's own
// conversion to full-range BT.709.
func TestConverted(t *testing.T) {
	tests := []struct {
		name, file, args string
		want             hwaccel.PixelFormat
		full             bool
		oracle           string // pixel format to ask ffmpeg for
	}{
		{"png rgb", "a.mov", "-c:v png -pix_fmt rgb24", hwaccel.PixelFormat{Chroma: hwaccel.C444, Depth: 8}, true, "yuv444p"},
		{"png rgba 16 bit", "a.mov", "-c:v png -pix_fmt rgb48be", hwaccel.PixelFormat{Chroma: hwaccel.C444, Depth: 16}, true, "yuv444p16le"},
		{"png 1 bit", "a.mov", "-c:v png -pix_fmt monob", hwaccel.PixelFormat{Chroma: hwaccel.Gray, Depth: 8}, true, "gray"},
		{"gif palette", "a.gif", "-c:v gif", hwaccel.PixelFormat{Chroma: hwaccel.C444, Depth: 8}, true, "yuv444p"},
		{"h264 rgb", "a.mkv", "-c:v libx264rgb -pix_fmt rgb24", hwaccel.PixelFormat{Chroma: hwaccel.C444, Depth: 8}, true, "yuv444p"},
		{"avi rgb bottom up", "a.avi", "-c:v rawvideo -pix_fmt bgr24", hwaccel.PixelFormat{Chroma: hwaccel.C444, Depth: 8}, true, "yuv444p"},
		{"4:1:1", "a.mkv", "-c:v ffv1 -pix_fmt yuv411p", hwaccel.PixelFormat{Chroma: hwaccel.C422, Depth: 8}, false, "yuv422p"},
		{"4:4:0", "a.mkv", "-c:v ffv1 -pix_fmt yuv440p", hwaccel.PixelFormat{Chroma: hwaccel.C444, Depth: 8}, false, "yuv444p"},
		{"yuyv", "a.nut", "-c:v rawvideo -pix_fmt yuyv422", hwaccel.PixelFormat{Chroma: hwaccel.C422, Depth: 8}, false, "yuv422p"},
		{"nv21", "a.nut", "-c:v rawvideo -pix_fmt nv21", hwaccel.PixelFormat{Chroma: hwaccel.C420, Depth: 8}, false, "yuv420p"},
		{"big endian", "a.nut", "-c:v rawvideo -pix_fmt yuv420p10be", hwaccel.PixelFormat{Chroma: hwaccel.C420, Depth: 10}, false, "yuv420p10le"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-f", "lavfi", "-i", "testsrc2=r=25:s=96x64", "-frames:v", "3"}, strings.Fields(tt.args)...)
			path := generate(t, tt.file, args...)
			filter := "scale=flags=bilinear+accurate_rnd+full_chroma_inp"
			if tt.full {
				filter += ":out_color_matrix=bt709:out_range=full"
			}
			want := tool(t, "ffmpeg", "-v", "error", "-i", path, "-vf", filter, "-pix_fmt", tt.oracle, "-vsync", "passthrough", "-f", "rawvideo", "-")
			_, list := packets(t, path)
			var got []byte
			each(t, list, func(f *hwaccel.Frame) {
				got = append(got, raw(f)...)
				if f.Format != tt.want || f.Colour.Full != tt.full {
					t.Errorf("format %+v full %v, want %+v full %v", f.Format, f.Colour.Full, tt.want, tt.full)
				}
			})
			compare(t, got, want, tt.want.Depth)
		})
	}
}

// compare allows samples to differ by a rounding step, 1 in 256 of full scale.
func compare(t *testing.T, got, want []byte, depth uint8) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d bytes, ffmpeg %d", len(got), len(want))
	}
	step, first := 1, 0
	if depth > 8 {
		step, first = 2, 1
	}
	worst := 0
	for i := first; i < len(got); i += step {
		worst = max(worst, int(got[i])-int(want[i]), int(want[i])-int(got[i]))
	}
	if worst > 1 {
		t.Errorf("a sample differs from ffmpeg's by %d of 256", worst)
	}
}

// TestP010 sends raw pictures, as no container that ffmpeg writes holds this format.
func TestP010(t *testing.T) {
	const w, h = 64, 48
	b := tool(t, "ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc2=s=64x48", "-frames:v", "2", "-pix_fmt", "p010le", "-f", "rawvideo", "-")
	f := capture.Format{Media: capture.Video, Codec: "rawvideo", Extra: "p010le", Width: w, Height: h}
	size := w * h * 3
	list := []capture.Packet{{Format: f, Data: b[:size], Key: true}, {Format: f, Data: b[size:], At: 1, PTS: 1, Key: true}}
	var got []byte
	each(t, list, func(p *hwaccel.Frame) {
		got = append(got, raw(p)...)
		want := hwaccel.PixelFormat{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 10, Shift: 6}
		if p.Format != want {
			t.Errorf("format %v, want %v", p.Format, want)
		}
	})
	if !bytes.Equal(got, b) {
		t.Error("pictures changed on the way")
	}
}
