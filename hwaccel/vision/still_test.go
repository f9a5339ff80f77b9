//go:build gocv_specific_modules

package vision

import (
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

// quarters shows four colours.
func quarters(width, height int) func(x, y int) color.RGBA {
	colours := [2][2]color.RGBA{
		{{200, 30, 40, 255}, {30, 180, 60, 255}},
		{{40, 60, 210, 255}, {240, 240, 240, 255}},
	}
	return func(x, y int) color.RGBA { return colours[min(1, 2*y/height)][min(1, 2*x/width)] }
}

// same compares the middles of the four quarters with what was painted.
func same(t *testing.T, what string, got image.Image, width, height int, by int) {
	t.Helper()
	show := quarters(width, height)
	for _, at := range []image.Point{{1, 1}, {3, 1}, {1, 3}, {3, 3}} {
		x, y := width*at.X/4, height*at.Y/4
		want := show(x, y)
		r, g, b, _ := got.At(x, y).RGBA()
		for _, c := range []struct {
			name      string
			got, want int
		}{{"red", int(r >> 8), int(want.R)}, {"green", int(g >> 8), int(want.G)}, {"blue", int(b >> 8), int(want.B)}} {
			if c.got < c.want-by || c.got > c.want+by {
				t.Errorf("%s: %s at %d,%d: got %d, want %d", what, c.name, x, y, c.got, c.want)
			}
		}
	}
}

func TestStillShowsTheColours(t *testing.T) {
	const width, height = 162, 98
	for _, format := range formats {
		for _, m := range []struct {
			matrix uint8
			kr, kb float64
		}{{1, 0.2126, 0.0722}, {6, 0.299, 0.114}, {9, 0.2627, 0.0593}, {2, 0.299, 0.114}} {
			for _, full := range []bool{false, true} {
				f := paint(format, hwaccel.Colour{Full: full, Matrix: m.matrix}, m.kr, m.kb, width, height, quarters(width, height))
				file, err := Still(f, Caption{}, Style{Quality: 95})
				what := fmt.Sprintf("%v, matrix %d, full %v", format, m.matrix, full)
				if err != nil {
					t.Fatalf("%s: %v", what, err)
				}
				got := decodeJPEG(t, file)
				if got.Bounds() != image.Rect(0, 0, width, height) {
					t.Errorf("%s: got %v", what, got.Bounds())
				}
				same(t, what, got, width, height, 5)
			}
		}
	}
}

// TestStillOfRGB: a stream whose planes are green, blue and red.
func TestStillOfRGB(t *testing.T) {
	const width, height = 64, 48
	show := quarters(width, height)
	format := hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C444, Depth: 8}
	data := make([]byte, 3*width*height)
	for i := range width * height {
		p := show(i%width, i/width)
		data[i], data[width*height+i], data[2*width*height+i] = p.G, p.B, p.R
	}
	f := &hwaccel.Frame{Format: format, Width: width, Height: height, Colour: hwaccel.Colour{Full: true, Matrix: 0}}
	for i := range f.Planes {
		f.Planes[i] = hwaccel.Plane{Data: unsafe.Pointer(&data[i*width*height]), Stride: width}
	}
	file, err := Still(f, Caption{}, Style{Quality: 95})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "RGB", decodeJPEG(t, file), width, height, 5)
}

func TestProxyStill(t *testing.T) {
	const width, height = 1280, 720
	colour := hwaccel.Colour{Matrix: 1}
	f := paint(formats[0], colour, 0.2126, 0.0722, width, height, quarters(width, height))
	var s hwaccel.Sums
	if err := plain.New().Measure(f, nil, nil, &s); err != nil {
		t.Fatal(err)
	}
	file, err := ProxyStill(&s.Proxy, colour, height, Caption{}, Style{Quality: 95})
	if err != nil {
		t.Fatal(err)
	}
	got := decodeJPEG(t, file)
	if got.Bounds() != image.Rect(0, 0, s.Proxy.Width, s.Proxy.Height) {
		t.Errorf("got %v, want the size of the proxy, %dx%d", got.Bounds(), s.Proxy.Width, s.Proxy.Height)
	}
	same(t, "proxy", got, s.Proxy.Width, s.Proxy.Height, 6)
}

func TestStillIsMadeSmaller(t *testing.T) {
	f := paint(formats[0], hwaccel.Colour{Matrix: 1}, 0.2126, 0.0722, 1920, 1080, quarters(1920, 1080))
	for widest, want := range map[int]image.Rectangle{0: image.Rect(0, 0, 1280, 720), 640: image.Rect(0, 0, 640, 360), 4000: image.Rect(0, 0, 1920, 1080)} {
		file, err := Still(f, Caption{}, Style{Widest: widest})
		if err != nil {
			t.Fatal(err)
		}
		if got := decodeJPEG(t, file).Bounds(); got != want {
			t.Errorf("widest %d: got %v, want %v", widest, got, want)
		}
	}
}

// TestCaption: the bar stands below the picture, holds white on black, and leaves the picture alone.
func TestCaption(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("", 3600))
	long := strings.Repeat("main-programme-of-the-north ", 20)
	for _, c := range []struct {
		name          string
		width, height int
		caption       Caption
		lines         int
	}{
		{"two lines", 640, 360, Caption{"main", at, "freeze: still for 5 s"}, 2},
		{"no incident", 640, 360, Caption{Feed: "main", At: at}, 1},
		{"nothing", 640, 360, Caption{}, 0},
		{"large", 1280, 720, Caption{"main", at, "black"}, 2},
		{"too long", 320, 180, Caption{long, at, long}, 2},
		{"not ASCII", 320, 180, Caption{Feed: "Kanal Ä\n日本"}, 1},
		{"tiny", 1, 1, Caption{"main", at, "black"}, 2},
	} {
		f := paint(formats[0], hwaccel.Colour{Matrix: 1}, 0.2126, 0.0722, c.width, c.height, quarters(c.width, c.height))
		file, err := Still(f, c.caption, Style{Quality: 95})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		m := decodeJPEG(t, file)
		bar := m.Bounds().Dy() - c.height
		if m.Bounds().Dx() != c.width || (bar > 0) != (c.lines > 0) || bar > c.lines*50+10 {
			t.Errorf("%s: got %v of a picture of %dx%d", c.name, m.Bounds(), c.width, c.height)
		}
		if c.width < 100 {
			continue
		}
		same(t, c.name, m, c.width, c.height, 6)
		white, right := 0, 0
		for y := c.height + 1; y < m.Bounds().Dy(); y++ {
			for x := range c.width {
				if l, _, _, _ := m.At(x, y).RGBA(); l>>8 > 128 {
					white++
					right = max(right, x)
				}
			}
		}
		if share := float64(white) / float64(max(1, bar*c.width)); c.lines > 0 && (share < 0.002 || share > 0.4) {
			t.Errorf("%s: %.3f of the bar is white", c.name, share)
		}
		if right > c.width-margin {
			t.Errorf("%s: the text runs to column %d of %d", c.name, right, c.width)
		}
	}
}

func TestCaptionText(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 89e6, time.FixedZone("", 3600))
	got := strings.Join(Caption{"nord-Ä", at, "freeze:\tstill"}.lines(), "|")
	if want := "nord-?  2026-03-04 04:06:07.089 UTC|freeze: still"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestStillRefuses(t *testing.T) {
	good := func() *hwaccel.Frame {
		return paint(formats[0], hwaccel.Colour{}, 0.299, 0.114, 32, 16, quarters(32, 16))
	}
	for _, c := range []struct {
		says   string
		damage func(f *hwaccel.Frame) (*hwaccel.Frame, Style)
	}{
		{"no frame", func(*hwaccel.Frame) (*hwaccel.Frame, Style) { return nil, Style{} }},
		{"not supported", func(f *hwaccel.Frame) (*hwaccel.Frame, Style) { f.Format.Depth = 7; return f, Style{} }},
		{"no data", func(f *hwaccel.Frame) (*hwaccel.Frame, Style) { f.Planes[1].Data = nil; return f, Style{} }},
		{"quality 101", func(f *hwaccel.Frame) (*hwaccel.Frame, Style) { return f, Style{Quality: 101} }},
		{"widest -1", func(f *hwaccel.Frame) (*hwaccel.Frame, Style) { return f, Style{Widest: -1} }},
	} {
		f, style := c.damage(good())
		file, err := Still(f, Caption{}, style)
		if err == nil || !strings.Contains(err.Error(), c.says) || file != nil {
			t.Errorf("got %d bytes, error %v, want an error with %q", len(file), err, c.says)
		}
	}
	for _, p := range []*hwaccel.Proxy{nil, {}, {Width: 4, Height: 4, Y: make([]byte, 15)}, {Width: 2, Height: 2, Y: make([]byte, 4), Cb: make([]byte, 2), Cr: make([]byte, 2)}} {
		if _, err := ProxyStill(p, hwaccel.Colour{}, 4, Caption{}, Style{}); err == nil || !strings.Contains(err.Error(), "proxy") {
			t.Errorf("proxy %+v: got error %v, want one that says so", p, err)
		}
	}
}

func BenchmarkStill1080p(b *testing.B) {
	f := paint(formats[0], hwaccel.Colour{Matrix: 1}, 0.2126, 0.0722, 1920, 1080, quarters(1920, 1080))
	for b.Loop() {
		if _, err := Still(f, Caption{"main", time.Unix(0, 0), "freeze"}, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkProxyStill(b *testing.B) {
	f := paint(formats[0], hwaccel.Colour{Matrix: 1}, 0.2126, 0.0722, 1920, 1080, quarters(1920, 1080))
	var s hwaccel.Sums
	if err := plain.New().Measure(f, nil, nil, &s); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := ProxyStill(&s.Proxy, f.Colour, 1080, Caption{"main", time.Unix(0, 0), "freeze"}, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}
