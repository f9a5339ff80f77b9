package picture

import "github.com/vedette-av/vedette/detectors"

// matrix is how luma and colour differences come from red, green and blue: the weights of red and
// blue in luma.
type matrix struct{ red, blue float64 }

// matrices are those of ITU-R BT.709, BT.601 and BT.2020.
var matrices = [...]matrix{{0.2126, 0.0722}, {0.299, 0.114}, {0.2627, 0.0593}}

// rgb returns red, green and blue, not linear, 0 at black and 1 at white; not cut to that.
func (m matrix) rgb(p *detectors.Picture, luma, cb, cr byte) (r, g, b float64) {
	chroma := 224.0
	if p.Full {
		chroma = 255
	}
	y := (float64(luma) - p.BlackLevel()) / (p.WhiteLevel() - p.BlackLevel())
	r = y + 2*(1-m.red)*(float64(cr)-128)/chroma
	b = y + 2*(1-m.blue)*(float64(cb)-128)/chroma
	g = (y - m.red*r - m.blue*b) / (1 - m.red - m.blue)
	return r, g, b
}
