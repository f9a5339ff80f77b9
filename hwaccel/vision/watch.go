//go:build gocv_specific_modules

package vision

import (
	"errors"
	"fmt"
	"image"

	"gocv.io/x/gocv"

	"github.com/vedette-av/vedette/hwaccel"
)

// Watch looks for a logo in the mean of the outlines of many frames: what moves behind the logo
// washes out, the logo stays. Show it a frame a second or so: a real half transparent logo over a
// lively picture then scores above 0.6 within ten frames, a picture without it stays below 0.4. Its
// memory is OpenCV's; Close gives it back, and leaves the logo to its owner. One goroutine at a time.
type Watch struct {
	logo   *Logo
	part   image.Rectangle // as asked for
	memory int
	seen   int         // frames in mean, at most memory
	size   image.Point // of the frames in mean
	mean   gocv.Mat
}

// NewWatch looks for a logo in a part of the picture, in luma pixels; an empty rectangle means all of
// it. memory is how many frames it takes for a frame's weight to fall to a third: a logo that goes
// away is missed after about as many.
func NewWatch(l *Logo, part image.Rectangle, memory int) (*Watch, error) {
	if memory < 1 {
		return nil, fmt.Errorf("watch logo: memory of %d frames, want at least 1", memory)
	}
	return &Watch{logo: l, part: part, memory: memory, mean: gocv.NewMat()}, nil
}

// Look takes in one more frame and returns how well the logo is seen in all of them. seen is the
// number of frames that the answer rests on, memory at most. A frame of another size begins anew.
func (w *Watch) Look(f *hwaccel.Frame) (p Presence, seen int, err error) {
	lines := gocv.NewMat()
	defer lines.Close()
	part, err := w.logo.look(f, w.part, &lines)
	if err != nil {
		return Presence{}, w.seen, fmt.Errorf("watch logo: %w", err)
	}
	if size := image.Pt(f.Width, f.Height); size != w.size {
		w.size, w.seen = size, 0
	}
	w.seen = min(w.seen+1, w.memory)
	if w.seen == 1 {
		err = lines.CopyTo(&w.mean)
	} else {
		share := 1 / float64(w.seen)
		err = gocv.AddWeighted(w.mean, 1-share, lines, share, 0, &w.mean)
	}
	best, matched := w.logo.match(w.mean)
	if err = errors.Join(err, matched); err != nil {
		return Presence{}, w.seen, fmt.Errorf("watch logo: %w", err)
	}
	best.At = best.At.Add(part.Min)
	return best, w.seen, nil
}

// Close gives the memory back. It may be called again.
func (w *Watch) Close() { w.mean.Close() }
