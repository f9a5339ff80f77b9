//go:build gocv_specific_modules

package vision

import (
	"errors"
	"fmt"
	"image"
	"image/color"

	"gocv.io/x/gocv"

	"github.com/vedette-av/vedette/hwaccel"
)

// Logo is a small picture that must be somewhere on a feed, such as a station's logo. Its memory is
// OpenCV's; Close gives it back. One goroutine at a time.
//
// What is compared is not the picture but its outline: luma blurred a little, less luma blurred a
// lot. So a logo is found by its shape, whatever its contrast; a plain white shape has an outline too.
type Logo struct {
	colour  gocv.Mat        // 8-bit BGR
	alpha   gocv.Mat        // 8 bits
	outline gocv.Mat        // float, a rim larger on every side than colour
	mask    gocv.Mat        // of the pixels of outline that count
	around  gocv.BorderType // what is thought to lie around it
	weighed weights         // the weights that outline was made with
}

// Presence is how well a logo was found, and where its top left corner lay, in luma pixels of the
// frame. Score is the correlation of the outlines, from 0 (nothing like it) to 1 (the very logo).
type Presence struct {
	Score float64
	At    image.Point
}

const (
	leastSide   = 8  // pixels of a logo across and down
	leastShown  = 64 // pixels of a logo that are not transparent
	transparent = 64 // alpha of 255, below which a pixel does not count as shown

	// A picture with less outline than this, in code values, is blank: what correlates there is rounding.
	blank = 0.5
)

// NewLogo reads a logo from a file in a format of OpenCV's, best PNG with transparency: 8 bits, in the
// size in which it appears on the feed. A logo that is too small, or has no outline, is refused.
func NewLogo(file []byte) (*Logo, error) {
	if len(file) == 0 {
		return nil, errors.New("read logo: the file is empty")
	}
	read := gocv.NewMat()
	defer read.Close()
	if err := gocv.IMDecodeIntoMat(file, gocv.IMReadUnchanged, &read); err != nil || read.Empty() {
		return nil, errors.New("read logo: no picture in a format that OpenCV knows: save it as PNG")
	}
	l := &Logo{colour: gocv.NewMat(), alpha: gocv.NewMat(), outline: gocv.NewMat(), mask: gocv.NewMat()}
	err := l.take(read)
	if err == nil {
		err = l.weigh(matrices[matrix709])
	}
	if err == nil {
		err = l.check()
	}
	if err != nil {
		l.Close()
		return nil, fmt.Errorf("read logo of %dx%d pixels: %w", read.Cols(), read.Rows(), err)
	}
	return l, nil
}

// take splits a decoded picture into colour, alpha and mask.
func (l *Logo) take(read gocv.Mat) error {
	if read.Cols() < leastSide || read.Rows() < leastSide {
		return fmt.Errorf("it is too small to be told from anything else: want at least %dx%d", leastSide, leastSide)
	}
	var err error
	switch read.Type() {
	case gocv.MatTypeCV8UC1:
		err = gocv.CvtColor(read, &l.colour, gocv.ColorGrayToBGR)
	case gocv.MatTypeCV8UC3:
		err = read.CopyTo(&l.colour)
	case gocv.MatTypeCV8UC4:
		err = errors.Join(gocv.CvtColor(read, &l.colour, gocv.ColorBGRAToBGR), gocv.ExtractChannel(read, &l.alpha, 3))
	default:
		err = errors.New("want 8 bits a sample, grey or colour")
	}
	if err != nil {
		return err
	}
	l.around = gocv.BorderConstant
	if l.alpha.Empty() { // a piece of a picture: what lies around it is not known, and does not count
		l.around = gocv.BorderReplicate
		if err := gocv.ExtractChannel(l.colour, &l.alpha, 0); err != nil {
			return err
		}
		l.alpha.SetTo(gocv.NewScalar(255, 0, 0, 0))
		return gocv.CopyMakeBorder(l.alpha, &l.mask, rim, rim, rim, rim, gocv.BorderConstant, color.RGBA{})
	}
	shown := gocv.NewMat()
	defer shown.Close()
	gocv.Threshold(l.alpha, &shown, transparent-1, 255, gocv.ThresholdBinary)
	if n := gocv.CountNonZero(shown); n < leastShown {
		return fmt.Errorf("%d pixels are not transparent: want at least %d", n, leastShown)
	}
	if err := gocv.CopyMakeBorder(shown, &shown, rim, rim, rim, rim, gocv.BorderConstant, color.RGBA{}); err != nil {
		return err
	}
	brush := gocv.GetStructuringElement(gocv.MorphEllipse, image.Pt(2*rim+1, 2*rim+1))
	defer brush.Close()
	return gocv.Dilate(shown, &l.mask, brush)
}

// check refuses a logo in which there is nothing to find.
func (l *Logo) check() error {
	mean, deviation := gocv.NewMat(), gocv.NewMat()
	defer mean.Close()
	defer deviation.Close()
	if err := gocv.MeanStdDevWithMask(l.outline, &mean, &deviation, l.mask); err != nil {
		return err
	}
	if deviation.GetDoubleAt(0, 0) < 2*blank {
		return errors.New("it has no outline: it is the same grey everywhere, or that of its surroundings")
	}
	return nil
}

// Size returns the logo's size in pixels.
func (l *Logo) Size() image.Point { return image.Pt(l.colour.Cols(), l.colour.Rows()) }

// Find looks for the logo in a part of a frame, in luma pixels; an empty rectangle means all of it.
// The arithmetic is OpenCV's TM_CCOEFF_NORMED (the correlation coefficient over the mask) at every
// place where the logo fits, without turning or scaling it. A part of 300x200 pixels takes a few
// milliseconds, a whole 1080p frame a good part of a second.
//
// One frame may deceive: over a busy background of its own brightness, a half transparent logo
// scores hardly above chance. A [Watch] over many frames does not have that weakness.
func (l *Logo) Find(f *hwaccel.Frame, part image.Rectangle) (Presence, error) {
	lines := gocv.NewMat()
	defer lines.Close()
	part, err := l.look(f, part, &lines)
	if err != nil {
		return Presence{}, fmt.Errorf("find logo: %w", err)
	}
	best, err := l.match(lines)
	if err != nil {
		return Presence{}, fmt.Errorf("find logo: %w", err)
	}
	best.At = best.At.Add(part.Min)
	return best, nil
}

// look makes the outline of a part of a frame, a rim larger than the part, and returns the part that
// it is of.
func (l *Logo) look(f *hwaccel.Frame, part image.Rectangle, into *gocv.Mat) (image.Rectangle, error) {
	if err := hwaccel.CheckFrame(f); err != nil {
		return part, err
	}
	whole := image.Rect(0, 0, f.Width, f.Height)
	if part.Empty() {
		part = whole
	}
	part = part.Intersect(whole)
	if size := l.Size(); part.Dx() < size.X || part.Dy() < size.Y {
		return part, fmt.Errorf("it has %dx%d pixels, the part of the picture to look in %dx%d",
			size.X, size.Y, part.Dx(), part.Dy())
	}
	seen := gocv.NewMatWithSize(part.Dy(), part.Dx(), gocv.MatTypeCV8UC1)
	defer seen.Close()
	pixels, err := seen.DataPtrUint8()
	if err != nil {
		return part, err
	}
	luma := lumaOf(f)
	for y := range part.Dy() {
		luma.read(part.Min.X, part.Min.Y+y, pixels[y*part.Dx():(y+1)*part.Dx()])
	}
	return part, errors.Join(
		l.weigh(matrixOf(f.Colour, f.Height)),
		gocv.CopyMakeBorder(seen, &seen, rim, rim, rim, rim, gocv.BorderReplicate, color.RGBA{}),
		outline(seen, into),
	)
}

// match returns the best place in an outline.
func (l *Logo) match(lines gocv.Mat) (Presence, error) {
	if low, high, _, _ := gocv.MinMaxLoc(lines); high-low < blank {
		return Presence{}, nil
	}
	scores := gocv.NewMat()
	defer scores.Close()
	if err := gocv.MatchTemplate(lines, l.outline, &scores, gocv.TmCcoeffNormed, l.mask); err != nil {
		return Presence{}, err
	}
	values, err := scores.DataPtrFloat32()
	if err != nil {
		return Presence{}, err
	}
	best := Presence{}
	for i, v := range values {
		// Where the picture is the same everywhere, the coefficient is 0/0 or rounding over rounding.
		s := float64(v)
		if s > best.Score && s <= 1.001 {
			best = Presence{min(s, 1), image.Pt(i%scores.Cols(), i/scores.Cols())}
		}
	}
	return best, nil
}

// Close gives the logo's memory back. It may be called again.
func (l *Logo) Close() {
	l.colour.Close()
	l.alpha.Close()
	l.outline.Close()
	l.mask.Close()
}
