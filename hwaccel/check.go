package hwaccel

import "fmt"

// MaxDepth and MaxSide bound what a meter accepts. They are what makes the counters of Sums safe:
// see there.
const (
	MaxDepth = 12    // bits a sample
	MaxSide  = 16384 // luma pixels across or down
)

// CheckFrame refuses a frame that cannot be measured, before a pixel is read: a format that no
// meter knows (the error wraps ErrUnsupported and names it), a size of nothing or beyond MaxSide,
// a missing plane, a stride that is negative or shorter than the row, planes that overlap.
func CheckFrame(f *Frame) error {
	if f == nil {
		return fmt.Errorf("measure picture: no frame given")
	}
	if !f.Format.known() {
		return fmt.Errorf("measure picture (%v): %w", f.Format, ErrUnsupported)
	}
	if f.Width < 1 || f.Height < 1 || f.Width > MaxSide || f.Height > MaxSide {
		return fmt.Errorf("measure picture: %dx%d pixels, want 1x1 to %dx%d",
			f.Width, f.Height, MaxSide, MaxSide)
	}
	planes := f.Format.planes()
	for i := range planes {
		if err := checkPlane(f, i); err != nil {
			return err
		}
	}
	for i := range planes {
		for j := range i {
			if overlap(f, i, j) {
				return fmt.Errorf("measure picture (%v, %dx%d): planes %d and %d overlap",
					f.Format, f.Width, f.Height, j, i)
			}
		}
	}
	return nil
}

func checkPlane(f *Frame, i int) error {
	rowBytes, _ := f.Format.extent(i, f.Width, f.Height)
	plane := f.Planes[i]
	switch {
	case plane.Data == nil:
		return fmt.Errorf("measure picture (%v, %dx%d): plane %d has no data",
			f.Format, f.Width, f.Height, i)
	case plane.Stride < 0:
		return fmt.Errorf("measure picture (%v, %dx%d): plane %d has the negative stride %d",
			f.Format, f.Width, f.Height, i, plane.Stride)
	case plane.Stride < rowBytes:
		return fmt.Errorf("measure picture (%v, %dx%d): plane %d has the stride %d, its rows need %d bytes",
			f.Format, f.Width, f.Height, i, plane.Stride, rowBytes)
	}
	return nil
}

// overlap tells whether planes i and j of f share a byte of memory.
func overlap(f *Frame, i, j int) bool {
	start := func(k int) uintptr { return uintptr(f.Planes[k].Data) }
	end := func(k int) uintptr {
		rowBytes, rows := f.Format.extent(k, f.Width, f.Height)
		return start(k) + uintptr((rows-1)*f.Planes[k].Stride+rowBytes)
	}
	return start(i) < end(j) && start(j) < end(i)
}

// Comparable tells whether other can be measured against f: it is there, and has the same size
// and format.
func Comparable(f, other *Frame) bool {
	return other != nil && other.Format == f.Format &&
		other.Width == f.Width && other.Height == f.Height
}
