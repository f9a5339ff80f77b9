//go:build gocv_specific_modules

package vision

import (
	"image"
	"image/color"
	"strings"
	"time"

	"gocv.io/x/gocv"
)

// Caption is what stands in the bar below a still: the feed and the time in one line, the incident in
// the next. Only ASCII is drawn; any other character shows as a question mark.
type Caption struct {
	Feed     string
	At       time.Time // drawn in UTC, to the millisecond; not drawn where zero
	Incident string    // kind and detail, one line
}

// The bar's measures are shares of the picture's width, so that it reads the same at any size.
const (
	face         = gocv.FontHersheySimplex
	largestScale = 1.2
	smallest     = 0.3 // scale at which letters can just be told apart
	margin       = 4   // pixels
	longest      = 256 // letters of a line that are looked at
)

// below makes the picture higher by a black bar and writes the caption there. Lines of no text take
// no room.
func (c Caption) below(m *gocv.Mat) error {
	width := m.Cols()
	scale := min(largestScale, max(0.35, float64(width)/1100))
	thickness := max(1, int(scale*1.6))
	line := gocv.GetTextSize("Ag", face, scale, thickness).Y*3/2 + margin
	lines := c.lines()
	if len(lines) == 0 {
		return nil
	}
	top := m.Rows()
	bar := len(lines)*line + margin
	if err := gocv.CopyMakeBorder(*m, m, 0, bar, 0, 0, gocv.BorderConstant, color.RGBA{A: 255}); err != nil {
		return err
	}
	white := color.RGBA{R: 255, G: 255, B: 255, A: 255}
	for i, text := range lines {
		fitted, scale := fit(text, width-2*margin, scale, thickness)
		at := image.Pt(margin, top+(i+1)*line-margin)
		if err := gocv.PutTextWithParams(m, fitted, at, face, scale, white, thickness, gocv.LineAA, false); err != nil {
			return err
		}
	}
	return nil
}

func (c Caption) lines() []string {
	first := []string{drawable(c.Feed)}
	if !c.At.IsZero() {
		first = append(first, c.At.UTC().Format("2006-01-02 15:04:05.000 UTC"))
	}
	var lines []string
	for _, text := range []string{strings.Join(first, "  "), drawable(c.Incident)} {
		if text = strings.TrimSpace(text); text != "" {
			lines = append(lines, text[:min(len(text), longest)])
		}
	}
	return lines
}

// drawable replaces what the font has no shape for.
func drawable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < ' ':
			return ' '
		case r > '~':
			return '?'
		}
		return r
	}, text)
}

// fit makes a line of text smaller, and then shorter, until it fits so many pixels.
func fit(text string, pixels int, scale float64, thickness int) (string, float64) {
	wide := func(text string, scale float64) int { return gocv.GetTextSize(text, face, scale, thickness).X }
	if w := wide(text, scale); w > pixels {
		scale = max(smallest, scale*float64(pixels)/float64(w))
	}
	for n := len(text); n > 0 && wide(text, scale) > pixels; {
		n--
		text = text[:n] + "..."
	}
	return text, scale
}
