package hwaccel

import "fmt"

// String names the format as an operator would: "planar 4:2:0, 10 bit".
func (f PixelFormat) String() string {
	switch f.Layout {
	case UYVY:
		return fmt.Sprintf("UYVY, %d bit", f.Depth)
	case V210:
		return fmt.Sprintf("v210, %d bit", f.Depth)
	}
	layout := [...]string{Planar: "planar", SemiPlanar: "semi-planar"}
	chroma := [...]string{Gray: "gray", C420: "4:2:0", C422: "4:2:2", C444: "4:4:4"}
	if int(f.Layout) >= len(layout) || int(f.Chroma) >= len(chroma) {
		return fmt.Sprintf("layout %d, chroma %d, %d bit", f.Layout, f.Chroma, f.Depth)
	}
	name := fmt.Sprintf("%s %s, %d bit", layout[f.Layout], chroma[f.Chroma], f.Depth)
	if f.Shift != 0 {
		name += fmt.Sprintf(" at bit %d", f.Shift)
	}
	return name
}

// Bytes returns the size of one stored sample of a planar or semi-planar layout.
func (f PixelFormat) Bytes() int {
	if int(f.Depth)+int(f.Shift) > 8 {
		return 2
	}
	return 1
}

// Subsampling returns by how many bits a luma coordinate is shifted right to find the chroma
// sample that goes with it: chroma is taken as co-sited, sample x>>sx of row y>>sy.
func (c Chroma) Subsampling() (sx, sy int) {
	switch c {
	case C420:
		return 1, 1
	case C422:
		return 1, 0
	}
	return 0, 0
}

// ChromaSize returns the number of chroma samples across and down a picture: half, rounded up,
// where the format subsamples, and 0 for gray.
func (f PixelFormat) ChromaSize(width, height int) (w, h int) {
	if f.Chroma == Gray {
		return 0, 0
	}
	sx, sy := f.Chroma.Subsampling()
	return (width + sx) >> sx, (height + sy) >> sy
}

// planes returns how many planes the format has.
func (f PixelFormat) planes() int {
	switch {
	case f.Layout == UYVY || f.Layout == V210 || f.Chroma == Gray:
		return 1
	case f.Layout == SemiPlanar:
		return 2
	}
	return 3
}

// extent returns the bytes that one row of plane i holds and the rows of that plane.
func (f PixelFormat) extent(i, width, height int) (rowBytes, rows int) {
	switch f.Layout {
	case UYVY:
		return (width + 1) / 2 * 4, height
	case V210:
		return (width + 5) / 6 * 16, height
	}
	if i == 0 {
		return width * f.Bytes(), height
	}
	w, h := f.ChromaSize(width, height)
	if f.Layout == SemiPlanar {
		w *= 2
	}
	return w * f.Bytes(), h
}

// known tells whether the meters can find the samples of this format.
func (f PixelFormat) known() bool {
	switch f.Layout {
	case UYVY:
		return f.Chroma == C422 && f.Depth == 8 && f.Shift == 0
	case V210:
		return f.Chroma == C422 && f.Depth == 10 && f.Shift == 0
	case SemiPlanar:
		if f.Chroma == Gray {
			return false
		}
	case Planar:
	default:
		return false
	}
	if f.Chroma > C444 || f.Depth < 8 || f.Depth > MaxDepth {
		return false
	}
	// An 8-bit sample fills its byte; a deeper one must fit its two.
	return f.Depth == 8 && f.Shift == 0 || f.Depth > 8 && f.Depth+f.Shift <= 16
}
