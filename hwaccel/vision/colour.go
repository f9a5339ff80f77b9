//go:build gocv_specific_modules

package vision

import "github.com/vedette-av/vedette/hwaccel"

// picture is a picture in 8 bits with what is needed to show it.
type picture struct {
	luma, cb, cr component // cb and cr of size 0 for gray
	sx, sy       int       // a luma coordinate shifted right by these is a chroma coordinate
	colour       hwaccel.Colour
	height       int // luma pixels of the picture it stands for, which decides an untold matrix
}

// weights are the shares of red and blue in luma: ITU-T H.273 table 4, Kr and Kb.
type weights struct{ red, blue float32 }

// ITU-T H.273 MatrixCoefficients.
const (
	matrixRGB = 0 // no luma: the planes are green, blue and red
	matrix709 = 1
	matrix601 = 6
)

var matrices = map[uint8]weights{
	matrix709: {0.2126, 0.0722},
	4:         {0.30, 0.11},
	5:         {0.299, 0.114},
	matrix601: {0.299, 0.114},
	7:         {0.212, 0.087},
	9:         {0.2627, 0.0593},
	10:        {0.2627, 0.0593},
}

// matrixOf returns the weights that a stream names; where it names none that we know, standard
// definition means BT.601 and anything larger BT.709.
func matrixOf(c hwaccel.Colour, height int) weights {
	if w, ok := matrices[c.Matrix]; ok {
		return w
	}
	if height <= 576 {
		return matrices[matrix601]
	}
	return matrices[matrix709]
}

// bgr writes one row of the picture as blue, green, red, 3 bytes a pixel. Transfer and primaries are
// not converted: a picture in HLG or PQ looks flat.
func (p *picture) bgr(y int, to []byte) {
	luma := p.luma.row(y)
	if p.cb.width == 0 {
		p.grey(luma, to)
		return
	}
	cb, cr := p.cb.row(y>>p.sy), p.cr.row(y>>p.sy)
	if p.colour.Matrix == matrixRGB {
		for x, g := range luma {
			to[3*x], to[3*x+1], to[3*x+2] = cb[x>>p.sx], g, cr[x>>p.sx]
		}
		return
	}
	w := matrixOf(p.colour, p.height)
	gain, black, span := p.scale()
	green := 1 - w.red - w.blue
	toRed, toBlue := 2*(1-w.red)*span, 2*(1-w.blue)*span
	for x, v := range luma {
		l := (float32(v) - black) * gain
		u, c := float32(cb[x>>p.sx])-128, float32(cr[x>>p.sx])-128
		r, b := l+toRed*c, l+toBlue*u
		to[3*x], to[3*x+1], to[3*x+2] = level(b), level((l-w.red*r-w.blue*b)/green), level(r)
	}
}

func (p *picture) grey(luma, to []byte) {
	gain, black, _ := p.scale()
	for x, v := range luma {
		l := level((float32(v) - black) * gain)
		to[3*x], to[3*x+1], to[3*x+2] = l, l, l
	}
}

// scale returns the gain and offset of luma and the gain of chroma.
func (p *picture) scale() (gain, black, span float32) {
	if p.colour.Full {
		return 1, 0, 1
	}
	return 255. / 219, 16, 255. / 224
}

func level(v float32) byte { return byte(max(0, min(255, v+0.5))) }
