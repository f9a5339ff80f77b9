//go:build gocv_specific_modules

package vision

import (
	"errors"
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"github.com/vedette-av/vedette/hwaccel"
)

// Style says how a still looks. A field of 0 means the default.
type Style struct {
	Quality int // of the JPEG, 1 to 100; 80 by default
	Widest  int // pixels; a wider picture is made smaller. 1280 by default
}

const (
	defaultQuality = 80
	defaultWidest  = 1280
)

// Still returns a frame as JPEG with a caption bar below the picture. The frame must lie in this
// machine's memory; it is only read. One of 1080p takes about 50 ms: make it of frames that matter,
// or use ProxyStill. An error says what is wrong with the frame or the style.
func Still(f *hwaccel.Frame, caption Caption, style Style) ([]byte, error) {
	if err := hwaccel.CheckFrame(f); err != nil {
		return nil, fmt.Errorf("make still: %w", err)
	}
	p := picture{colour: f.Colour, height: f.Height}
	p.luma = lumaOf(f).cut(image.Rect(0, 0, f.Width, f.Height))
	if f.Format.Chroma != hwaccel.Gray {
		w, h := f.Format.ChromaSize(f.Width, f.Height)
		p.sx, p.sy = f.Format.Chroma.Subsampling()
		p.cb = chromaOf(f, 0).cut(image.Rect(0, 0, w, h))
		p.cr = chromaOf(f, 1).cut(image.Rect(0, 0, w, h))
	}
	return p.still(caption, style)
}

// ProxyStill returns the proxy that a meter made of a frame as JPEG, with a caption bar. colour and
// height are those of the frame.
func ProxyStill(s *hwaccel.Proxy, colour hwaccel.Colour, height int, caption Caption, style Style) ([]byte, error) {
	if err := checkProxy(s); err != nil {
		return nil, fmt.Errorf("make still of proxy: %w", err)
	}
	p := picture{colour: colour, height: height, luma: component{s.Width, s.Height, s.Y}}
	if len(s.Cb) > 0 {
		w, h := (s.Width+1)/2, (s.Height+1)/2
		p.sx, p.sy = 1, 1
		p.cb, p.cr = component{w, h, s.Cb}, component{w, h, s.Cr}
	}
	return p.still(caption, style)
}

func checkProxy(s *hwaccel.Proxy) error {
	if s == nil || s.Width < 1 || s.Height < 1 {
		return errors.New("there is none: measure a frame first")
	}
	chroma := (s.Width + 1) / 2 * ((s.Height + 1) / 2)
	if len(s.Y) != s.Width*s.Height || len(s.Cb) != len(s.Cr) || len(s.Cb) != 0 && len(s.Cb) != chroma {
		return fmt.Errorf("%dx%d pixels with %d luma, %d and %d chroma samples do not fit together",
			s.Width, s.Height, len(s.Y), len(s.Cb), len(s.Cr))
	}
	return nil
}

// still draws the picture with its caption and compresses it.
func (p *picture) still(caption Caption, style Style) ([]byte, error) {
	quality, widest, err := style.values()
	if err != nil {
		return nil, fmt.Errorf("make still: %w", err)
	}
	shown := gocv.NewMatWithSize(p.luma.height, p.luma.width, gocv.MatTypeCV8UC3)
	defer shown.Close()
	pixels, err := shown.DataPtrUint8()
	if err != nil {
		return nil, fmt.Errorf("make still of %dx%d: %w", p.luma.width, p.luma.height, err)
	}
	for y := range p.luma.height {
		p.bgr(y, pixels[y*3*p.luma.width:(y+1)*3*p.luma.width])
	}
	if p.luma.width > widest {
		height := max(1, p.luma.height*widest/p.luma.width)
		if err := gocv.Resize(shown, &shown, image.Pt(widest, height), 0, 0, gocv.InterpolationArea); err != nil {
			return nil, fmt.Errorf("make still smaller: %w", err)
		}
	}
	if err := caption.below(&shown); err != nil {
		return nil, fmt.Errorf("draw caption: %w", err)
	}
	jpeg, err := gocv.IMEncodeWithParams(gocv.JPEGFileExt, shown, []int{gocv.IMWriteJpegQuality, quality})
	if err != nil {
		return nil, fmt.Errorf("compress still: %w", err)
	}
	defer jpeg.Close()
	return append([]byte(nil), jpeg.GetBytes()...), nil
}

func (s Style) values() (quality, widest int, err error) {
	quality, widest = s.Quality, s.Widest
	if quality == 0 {
		quality = defaultQuality
	}
	if widest == 0 {
		widest = defaultWidest
	}
	if quality < 1 || quality > 100 {
		return 0, 0, fmt.Errorf("JPEG quality %d, want 1 to 100", quality)
	}
	if widest < 1 {
		return 0, 0, fmt.Errorf("widest %d pixels, want at least 1", widest)
	}
	return quality, widest, nil
}
