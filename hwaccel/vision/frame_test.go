//go:build gocv_specific_modules

package vision

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/metertest"
)

// formats are all kinds of places where a sample can lie.
var formats = []hwaccel.PixelFormat{
	{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C422, Depth: 10},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C444, Depth: 12},
	{Layout: hwaccel.Planar, Chroma: hwaccel.C444, Depth: 8},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 8},
	{Layout: hwaccel.SemiPlanar, Chroma: hwaccel.C420, Depth: 10, Shift: 6},
	{Layout: hwaccel.UYVY, Chroma: hwaccel.C422, Depth: 8},
	{Layout: hwaccel.V210, Chroma: hwaccel.C422, Depth: 10},
}

// paint makes a frame that shows what a function says, converted the textbook way: ITU-T H.273
// equations 38 to 40 with the constants of the matrix.
func paint(format hwaccel.PixelFormat, c hwaccel.Colour, kr, kb float64, width, height int, show func(x, y int) color.RGBA) *hwaccel.Frame {
	sx, sy := format.Chroma.Subsampling()
	black, lumaSpan, chromaSpan := 16., 219., 224.
	if c.Full {
		black, lumaSpan, chromaSpan = 0, 255, 255
	}
	code := func(v, offset, span float64) uint16 {
		steps := float64(int(1) << (format.Depth - 8))
		return uint16(math.Round((offset+span*v)*steps)) << format.Shift
	}
	f := metertest.NewFrame(format, width, height, 0, func(component, x, y int) uint16 {
		if component > 0 {
			x, y = x<<sx, y<<sy
		}
		p := show(min(x, width-1), min(y, height-1))
		r, g, b := float64(p.R)/255, float64(p.G)/255, float64(p.B)/255
		luma := kr*r + (1-kr-kb)*g + kb*b
		switch component {
		case 1:
			return code((b-luma)/2/(1-kb), 128, chromaSpan)
		case 2:
			return code((r-luma)/2/(1-kr), 128, chromaSpan)
		}
		return code(luma, black, lumaSpan)
	})
	f.Colour = c
	return f
}

// texture is a picture with something everywhere: smooth, grey, never the same twice.
func texture(seed uint64, width, height int) *image.Gray {
	r := rand.New(rand.NewPCG(seed, 2))
	m := image.NewGray(image.Rect(0, 0, width, height))
	phase := [8]float64{}
	for i := range phase {
		phase[i] = r.Float64() * 7
	}
	for y := range height {
		for x := range width {
			v := 128.
			for i, p := range phase {
				v += 12 * math.Sin(p+float64(x)*0.03*float64(1+i%4)+float64(y)*0.02*float64(1+i/2))
			}
			m.Pix[y*m.Stride+x] = uint8(max(0, min(255, v+6*r.NormFloat64())))
		}
	}
	return m
}

// grey makes an 8-bit 4:2:0 frame in full range of a grey picture.
func grey(m *image.Gray) *hwaccel.Frame {
	format := hwaccel.PixelFormat{Layout: hwaccel.Planar, Chroma: hwaccel.C420, Depth: 8}
	f := metertest.NewFrame(format, m.Rect.Dx(), m.Rect.Dy(), 0, func(component, x, y int) uint16 {
		if component > 0 {
			return 128
		}
		return uint16(m.Pix[y*m.Stride+x])
	})
	f.Colour = hwaccel.Colour{Full: true, Matrix: 1}
	return f
}

func decodeJPEG(t *testing.T, file []byte) image.Image {
	t.Helper()
	m, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("the still is no JPEG: %v", err)
	}
	return m
}
