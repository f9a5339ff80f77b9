package picture

import (
	"math"

	"github.com/vedette-av/vedette/detectors"
)

// display tells what a picture's code values look like on the screen that ITU-R BT.1702-3 judges
// by: luminance in cd/m2, and how saturated a red is.
type display struct {
	signal signal
	linear [256]float64 // light of one colour component at each luma code value, on the scale that luminance reads
	gray   [256]float64 // luminance of gray at each luma code value, cd/m2
	// rise[v] is the smallest code value that is harmfully brighter than v, and fall[v] the
	// largest that is harmfully darker; 256 and -1 where there is none.
	rise, fall [256]int16
	// colour corrects the luma of colours to that of the gray which is as bright, and red is how
	// red they are (see redOf), each for 8 x 8 x 8 code values of luma, Cb and Cr.
	colour [1 << 15]int8
	red    [1 << 15]byte
}

// signal is what decides how code values are shown.
type signal struct {
	transfer uint8
	full     bool
	small    bool // standard definition, by which players choose the matrix where none is said
}

const (
	transferPQ  = 16 // ITU-T H.273
	transferHLG = 18
)

// Luminance of white, cd/m2: ITU-R BT.1702-3, note 3. PQ is absolute.
const (
	whiteSDR = 200
	whiteHLG = 1000
)

const (
	harmfulStep     = 20.0     // cd/m2
	harmfulBelow    = 160.0    // cd/m2, of the darker picture
	harmfulContrast = 1.0 / 17 // of Michelson, where the darker one is brighter than that; HDR only
)

func signalOf(p *detectors.Picture) signal {
	s := signal{full: p.Full, small: p.Height <= 576}
	if p.Transfer == transferPQ || p.Transfer == transferHLG {
		s.transfer, s.small = p.Transfer, false
	}
	return s
}

func (s signal) isHDR() bool { return s.transfer != 0 }

func newDisplay(s signal) *display {
	d := &display{signal: s}
	for v := range d.gray {
		d.linear[v] = s.linear(s.level(float64(v)))
		d.gray[v] = s.luminance(d.linear[v])
	}
	d.findSteps()
	d.mapColours()
	return d
}

// level returns a luma code value as a share of the way from black to white.
func (s signal) level(code float64) float64 {
	if s.full {
		return code / 255
	}
	return max((code-16)/219, 0)
}

// linear returns the light of one component: the EOTF of BT.1886 with a black of 0, or that of
// SMPTE ST 2084 in cd/m2, or the scene light of HLG (ITU-R BT.2100).
func (s signal) linear(level float64) float64 {
	level = max(level, 0)
	switch s.transfer {
	case transferPQ:
		const m1, m2, c1, c2, c3 = 2610.0 / 16384, 2523.0 / 32, 3424.0 / 4096, 2413.0 / 128, 2392.0 / 128
		e := math.Pow(min(level, 1), 1/m2)
		return 10000 * math.Pow(max(e-c1, 0)/(c2-c3*e), 1/m1)
	case transferHLG:
		const a, b, c = 0.17883277, 0.28466892, 0.55991073
		if level <= 0.5 {
			return level * level / 3
		}
		return (math.Exp((level-c)/a) + b) / 12
	}
	return math.Pow(level, 2.4)
}

// luminance returns the cd/m2 of a weighted sum of linear components.
func (s signal) luminance(light float64) float64 {
	switch s.transfer {
	case transferPQ:
		return light
	case transferHLG:
		return whiteHLG * math.Pow(light, 1.2)
	}
	return whiteSDR * light
}

// white returns the linear light of diffuse white, by which the redness of a colour is scaled:
// 203 cd/m2 in HDR (ITU-R BT.2408).
func (s signal) white() float64 {
	switch s.transfer {
	case transferPQ:
		return 203
	case transferHLG:
		return s.linear(0.75)
	}
	return 1
}

// harmful tells whether a change between two luminances is a potentially harmful one.
func (s signal) harmful(dark, bright float64) bool {
	// Half a code value of a flat area is lost in rounding; a thousandth here is the arithmetic's.
	if dark < harmfulBelow {
		return bright-dark >= harmfulStep-1e-3
	}
	return s.isHDR() && bright-dark >= harmfulContrast*(bright+dark)-1e-3
}

func (d *display) findSteps() {
	for v := range d.gray {
		up, down := v+1, v-1
		for up < 256 && !d.signal.harmful(d.gray[v], d.gray[up]) {
			up++
		}
		for down >= 0 && !d.signal.harmful(d.gray[down], d.gray[v]) {
			down--
		}
		d.rise[v], d.fall[v] = int16(up), int16(down)
	}
}

// matrix returns the luma weights of red and blue, which are those of luminance, too, but in
// standard definition.
func (s signal) matrix() (red, blue float64) {
	switch {
	case s.isHDR():
		return 0.2627, 0.0593 // ITU-R BT.2020
	case s.small:
		return 0.299, 0.114 // ITU-R BT.601
	}
	return 0.2126, 0.0722 // ITU-R BT.709
}

// mapColours fills the tables of colours, at the middle of each box of 8 x 8 x 8 code values.
func (d *display) mapColours() {
	s := d.signal
	kr, kb := s.matrix()
	wr, wb := 0.2126, 0.0722
	if s.isHDR() {
		wr, wb = kr, kb
	}
	chroma := 224.0
	if s.full {
		chroma = 255
	}
	for i := range d.colour {
		code := float64(i>>10*8) + 3.5
		y := s.level(code)
		cb, cr := (float64(i>>5&31*8)+3.5-128)/chroma, (float64(i&31*8)+3.5-128)/chroma
		r, b := y+2*(1-kr)*cr, y+2*(1-kb)*cb
		g := (y - kr*r - kb*b) / (1 - kr - kb)
		lr, lg, lb := s.linear(min(r, 1)), s.linear(min(g, 1)), s.linear(min(b, 1))
		gray := d.grayOf(s.luminance(wr*lr + (1-wr-wb)*lg + wb*lb))
		d.colour[i] = int8(min(max(math.Round(gray-code), -128), 127))
		d.red[i] = redOf(lr/s.white(), lg/s.white(), lb/s.white())
	}
}

// grayOf returns the code value, with its fraction, of the gray that has a luminance.
func (d *display) grayOf(luminance float64) float64 {
	low, high := 0, 255
	for high-low > 1 {
		if middle := (low + high) / 2; d.gray[middle] <= luminance {
			low = middle
		} else {
			high = middle
		}
	}
	if d.gray[high] <= d.gray[low] {
		return float64(low)
	}
	return float64(low) + (luminance-d.gray[low])/(d.gray[high]-d.gray[low])
}

// Redness is (R-G-B)*320 in thirds, of linear components, with a bit that marks a saturated red:
// R/(R+G+B) of 0.8 or more. A change of more than 20 to or from a saturated red is potentially
// harmful (the working definition of WCAG 2.x for the rule of ITU-R BT.1702-3).
const (
	saturatedRed = 0x80
	harmfulRed   = 7 // 20 thirds, rounded up
)

func redOf(r, g, b float64) byte {
	r, g, b = min(max(r, 0), 1), min(max(g, 0), 1), min(max(b, 0), 1)
	value := byte(math.Round(max(r-g-b, 0) * 320 / 3))
	if r > 0 && r/(r+g+b) >= 0.8 {
		value |= saturatedRed
	}
	return value
}

// neutral is how far Cb and Cr may lie from 128 where luma alone tells the luminance.
const neutral = 12

// brightness returns the code value of the gray that is as bright as a colour.
func (d *display) brightness(luma, cb, cr byte) byte {
	if cb-(128-neutral) <= 2*neutral && cr-(128-neutral) <= 2*neutral {
		return luma
	}
	return byte(min(max(int(luma)+int(d.colour[boxOf(luma, cb, cr)]), 0), 255))
}

// redness returns how red a colour is, see redOf.
func (d *display) redness(luma, cb, cr byte) byte {
	if cr < 128+neutral {
		return 0
	}
	return d.red[boxOf(luma, cb, cr)]
}

func boxOf(luma, cb, cr byte) int {
	return int(luma>>3)<<10 | int(cb>>3)<<5 | int(cr>>3)
}
