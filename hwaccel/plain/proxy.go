package plain

import "github.com/vedette-av/vedette/hwaccel"

// proxy averages boxes of luma, and of the chroma that goes with 2x2 boxes of luma.
func proxy(p *picture, s *hwaccel.Sums) {
	out := &s.Proxy
	shift := s.Depth - 8
	shrink(&p.luma, out.Y, out.Width, out.Height, out.Box, out.Box, shift)
	if s.Chroma == hwaccel.Gray {
		return
	}
	sx, sy := s.Chroma.Subsampling()
	width, height := (out.Width+1)/2, (out.Height+1)/2
	shrink(&p.cb, out.Cb, width, height, 2*out.Box>>sx, 2*out.Box>>sy, shift)
	shrink(&p.cr, out.Cr, width, height, 2*out.Box>>sx, 2*out.Box>>sy, shift)
}

// shrink averages boxes of across x down samples, as Proxy defines it.
func shrink(p *plane, to []byte, width, height, across, down, shift int) {
	for y := range height {
		for x := range width {
			var total, n int
			for v := y * down; v < min((y+1)*down, p.height); v++ {
				for u := x * across; u < min((x+1)*across, p.width); u++ {
					total += int(p.at(u, v))
					n++
				}
			}
			d := n << shift
			to[y*width+x] = byte(min((total+d/2)/d, 255))
		}
	}
}
