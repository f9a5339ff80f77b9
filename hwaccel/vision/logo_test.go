//go:build gocv_specific_modules

package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
)

// emblem is a logo: a disc with a bar across it, transparent around the disc.
func emblem(side int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, side, side))
	for y := range side {
		for x := range side {
			dx, dy := x-side/2, y-side/2
			switch {
			case dx*dx+dy*dy > side*side/4:
				m.SetNRGBA(x, y, color.NRGBA{}) // black, but transparent
			case dy > -side/8 && dy < side/8 || dx > 0 && dx < side/6:
				m.SetNRGBA(x, y, color.NRGBA{30, 30, 30, 255})
			default:
				m.SetNRGBA(x, y, color.NRGBA{220, 220, 220, 255})
			}
		}
	}
	return m
}

func asPNG(t testing.TB, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// stamp blends a logo into a picture.
func stamp(m *image.Gray, logo *image.NRGBA, at image.Point, share float64) {
	for y := range logo.Rect.Dy() {
		for x := range logo.Rect.Dx() {
			if c := logo.NRGBAAt(x, y); c.A > 0 {
				i := (at.Y+y)*m.Stride + at.X + x
				m.Pix[i] = uint8(float64(m.Pix[i])*(1-share) + float64(c.R)*share)
			}
		}
	}
}

func newLogo(t testing.TB, file []byte) *Logo {
	t.Helper()
	l, err := NewLogo(file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.Close)
	return l
}

func TestLogo(t *testing.T) {
	mark := emblem(40)
	l := newLogo(t, asPNG(t, mark))
	at := image.Pt(301, 22)
	near := image.Rect(280, 0, 360, 80)
	flat := func(v uint8) *image.Gray {
		m := image.NewGray(image.Rect(0, 0, 400, 224))
		for i := range m.Pix {
			m.Pix[i] = v
		}
		return m
	}
	noisy := func(seed uint64) *image.Gray {
		r := rand.New(rand.NewPCG(seed, 3))
		m := flat(0)
		for i := range m.Pix {
			m.Pix[i] = uint8(r.IntN(256))
		}
		return m
	}
	with := func(m *image.Gray, share float64) *image.Gray {
		stamp(m, mark, at, share)
		return m
	}
	for _, c := range []struct {
		name        string
		picture     *image.Gray
		part        image.Rectangle
		least, most float64
	}{
		{"there", with(texture(1, 400, 224), 1), near, 0.99, 1},
		{"there, anywhere", with(texture(1, 400, 224), 1), image.Rectangle{}, 0.99, 1},
		{"half transparent", with(texture(2, 400, 224), 0.5), near, 0.9, 1},
		{"on black", with(flat(0), 1), near, 0.85, 1},
		{"on white, anywhere", with(flat(255), 1), image.Rectangle{}, 0.8, 1},
		{"on noise", with(noisy(4), 0.5), near, 0.6, 1},
		{"not there", texture(1, 400, 224), near, 0, 0.5},
		{"not there, anywhere", texture(3, 400, 224), image.Rectangle{}, 0, 0.6},
		{"black", flat(0), near, 0, 0.01},
		{"grey", flat(130), image.Rectangle{}, 0, 0.01},
		{"white", flat(255), image.Rectangle{}, 0, 0.01},
		{"noise", noisy(5), near, 0, 0.4},
		{"elsewhere", with(texture(1, 400, 224), 1), image.Rect(0, 100, 100, 224), 0, 0.6},
	} {
		got, err := l.Find(grey(c.picture), c.part)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got.Score < c.least || got.Score > c.most {
			t.Errorf("%s: got %.3f, want %v to %v", c.name, got.Score, c.least, c.most)
		}
		if c.least > 0.5 && got.At != at {
			t.Errorf("%s: found at %v, want %v", c.name, got.At, at)
		}
	}
}

// TestLogoOnAnyFormat: where a sample lies makes no difference.
func TestLogoOnAnyFormat(t *testing.T) {
	mark := emblem(32)
	l := newLogo(t, asPNG(t, mark))
	m := texture(7, 161, 91)
	at := image.Pt(111, 40)
	stamp(m, mark, at, 0.7)
	for _, format := range formats {
		f := paint(format, grey(m).Colour, 0.2126, 0.0722, 161, 91, func(x, y int) color.RGBA {
			v := m.Pix[y*m.Stride+x]
			return color.RGBA{v, v, v, 255}
		})
		got, err := l.Find(f, image.Rect(100, 20, 161, 91))
		if err != nil {
			t.Fatal(err)
		}
		if got.Score < 0.97 || got.At != at {
			t.Errorf("%v: got %.3f at %v, want above 0.97 at %v", format, got.Score, got.At, at)
		}
	}
}

func TestLogoRefusals(t *testing.T) {
	blank := image.NewNRGBA(image.Rect(0, 0, 40, 40))
	plain := image.NewGray(image.Rect(0, 0, 40, 40))
	for _, c := range []struct {
		says string
		file []byte
	}{
		{"empty", nil},
		{"save it as PNG", []byte("a text file")},
		{"save it as PNG", asPNG(t, emblem(40))[:60]},
		{"too small", asPNG(t, emblem(7))},
		{"0 pixels are not transparent", asPNG(t, blank)},
		{"no outline", asPNG(t, plain)},
		{"8 bits", asPNG(t, image.NewGray16(image.Rect(0, 0, 40, 40)))},
	} {
		l, err := NewLogo(c.file)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("got error %v, want one with %q", err, c.says)
		}
		if l != nil {
			l.Close()
		}
	}
	l := newLogo(t, asPNG(t, emblem(40)))
	if _, err := l.Find(grey(texture(1, 30, 200)), image.Rectangle{}); err == nil || !strings.Contains(err.Error(), "40x40 pixels, the part of the picture to look in 30x200") {
		t.Errorf("logo wider than the picture: got error %v", err)
	}
	if _, err := l.Find(nil, image.Rectangle{}); err == nil {
		t.Error("no frame: got no error")
	}
}

func BenchmarkFind(b *testing.B) {
	l := newLogo(b, asPNG(b, emblem(100)))
	f := grey(texture(1, 1920, 1080))
	for name, part := range map[string]image.Rectangle{"corner": image.Rect(1600, 0, 1920, 200), "whole": {}} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Find(f, part); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
