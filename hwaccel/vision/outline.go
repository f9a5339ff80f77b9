//go:build gocv_specific_modules

package vision

import (
	"errors"
	"image"
	"image/color"

	"gocv.io/x/gocv"
)

const (
	rim   = 6 // pixels around a logo that belong to its outline
	fine  = 1 // deviations of the blurs that leave the outline, in pixels: strokes of a logo lie between
	broad = 5
)

// outline leaves of an 8-bit picture what is larger than a pixel and smaller than a few.
func outline(m gocv.Mat, into *gocv.Mat) error {
	wide, soft := gocv.NewMat(), gocv.NewMat()
	defer wide.Close()
	defer soft.Close()
	return errors.Join(
		m.ConvertTo(&wide, gocv.MatTypeCV32FC1),
		gocv.GaussianBlur(wide, &soft, image.Point{}, broad, broad, gocv.BorderReplicate),
		gocv.GaussianBlur(wide, into, image.Point{}, fine, fine, gocv.BorderReplicate),
		gocv.Subtract(*into, soft, into),
	)
}

// weigh makes the outline that the logo has in a stream with such a matrix, before a grey ground.
func (l *Logo) weigh(w weights) error {
	if l.weighed == w {
		return nil
	}
	luma := gocv.NewMatWithSize(l.colour.Rows(), l.colour.Cols(), gocv.MatTypeCV8UC1)
	defer luma.Close()
	from, err := l.colour.DataPtrUint8()
	if err != nil {
		return err
	}
	alpha, err := l.alpha.DataPtrUint8()
	if err != nil {
		return err
	}
	to, err := luma.DataPtrUint8()
	if err != nil {
		return err
	}
	const ground = 128
	for i := range to {
		b, g, r := float32(from[3*i]), float32(from[3*i+1]), float32(from[3*i+2])
		v := w.blue*b + (1-w.blue-w.red)*g + w.red*r
		to[i] = level(ground + (v-ground)*float32(alpha[i])/255)
	}
	grey := color.RGBA{R: ground, G: ground, B: ground}
	if err := gocv.CopyMakeBorder(luma, &luma, rim, rim, rim, rim, l.around, grey); err != nil {
		return err
	}
	if err := outline(luma, &l.outline); err != nil {
		return err
	}
	l.weighed = w
	return nil
}
