package detecttest

import "github.com/vedette-av/vedette/detectors"

// tileWords are the words that paint areas of one colour, with what they are given.
var tileWords = map[string][]float64{
	"colour":     {126, neutral, neutral},
	"tile":       {0, 0, 10, 10, 126, neutral, neutral},
	"colourbars": {0.75, 1, 0},
	"hold":       {0, 0, 50, 100},
}

// barColours are the bars as red, green and blue.
var barColours = [7][3]float64{{1, 1, 1}, {1, 1, 0}, {0, 1, 1}, {0, 1, 0}, {1, 0, 1}, {1, 0, 0}, {0, 0, 1}}

// tileWord paints one of tileWords; ok is false where it is another one.
func (c *canvas) tileWord(w Word, progress float64) (ok bool, err error) {
	defaults, ok := tileWords[w.Name]
	if !ok {
		return false, nil
	}
	a := make([]float64, len(defaults))
	for i := range a {
		if a[i], err = w.arg(i, defaults[i], progress); err != nil {
			return true, err
		}
	}
	if w.Name == "hold" {
		c.hold(a)
		return true, nil
	}
	if c.cb == nil {
		n := (c.width + 1) / 2 * ((c.height + 1) / 2)
		c.cb, c.cr = make([]byte, n), make([]byte, n)
		c.gray()
	}
	switch w.Name {
	case "colour":
		c.tile(0, 0, c.width, c.height, a[0], a[1], a[2])
	case "tile":
		x, y := float64(c.width)/100, float64(c.height)/100
		c.tile(int(a[0]*x), int(a[1]*y), int(a[2]*x), int(a[3]*y), a[4], a[5], a[6])
	case "colourbars":
		wide := a[1] * float64(c.width)
		left := (float64(c.width)-wide)/2 + a[2]
		for i, rgb := range barColours {
			from, to := int(left+wide*float64(i)/7), int(left+wide*float64(i+1)/7)
			y, cb, cr := bt709(rgb[0]*a[0], rgb[1]*a[0], rgb[2]*a[0])
			c.tile(from, 0, to-from, c.height, y, cb, cr)
		}
	}
	return true, nil
}

// hold puts back a part of the luma of the picture before.
func (c *canvas) hold(a []float64) {
	if len(c.before) != len(c.luma) {
		return
	}
	x, y := float64(c.width)/100, float64(c.height)/100
	left, right := int(a[0]*x), min(int((a[0]+a[2])*x), c.width)
	for row := int(a[1] * y); row < min(int((a[1]+a[3])*y), c.height); row++ {
		copy(c.luma[row*c.width+left:row*c.width+right], c.before[row*c.width+left:row*c.width+right])
	}
}

func (c *canvas) tile(x, y, w, h int, luma, cb, cr float64) {
	c.box(x, y, w, h, luma)
	stride := (c.width + 1) / 2
	for j := max(y/2, 0); j < min((y+h)/2, (c.height+1)/2); j++ {
		for i := max(x/2, 0); i < min((x+w)/2, stride); i++ {
			c.cb[j*stride+i], c.cr[j*stride+i] = clamp(cb), clamp(cr)
		}
	}
}

// bt709 returns limited-range code values of red, green and blue from 0 to 1.
func bt709(r, g, b float64) (y, cb, cr float64) {
	l := 0.2126*r + 0.7152*g + 0.0722*b
	return 16 + 219*l, neutral + 224*(b-l)/1.8556, neutral + 224*(r-l)/1.5748
}

// colour measures chroma as [detectors.Picture] says.
func (m *Meter) colour(p *detectors.Picture, cb, cr []byte) {
	p.HasChroma = len(cb) > 0
	if !p.HasChroma {
		return
	}
	n := float64(len(cb))
	for i := range cb {
		p.Saturation += float64(abs(int(cb[i])-neutral)+abs(int(cr[i])-neutral)) / n
	}
	for _, c := range []struct {
		plane []byte
		into  *detectors.Component
	}{{cb, &p.Cb}, {cr, &p.Cr}} {
		sum := 0.0
		for _, v := range c.plane {
			sum += float64(v)
			c.into.Histogram[v/4] += float32(1 / n)
		}
		c.into.Mean = sum / n
	}
}

// profiles measures rows and columns, and what is out of range, as [detectors.Picture] says.
func (m *Meter) profiles(p *detectors.Picture, luma []byte) {
	w, h := p.Width, p.Height
	rows, columns := make([]int, 2*h), make([]int, 2*w)
	out := 0
	for i, v := range luma {
		x, y := i%w, i/w
		rows[y] += int(v)
		columns[x] += int(v)
		if y > 0 {
			rows[h+y] += abs(int(v) - int(luma[i-w]))
		}
		if x > 0 {
			columns[w+x] += abs(int(v) - int(luma[i-1]))
		}
		if !m.Full && (v < 5 || v > 246) {
			out++
		}
	}
	p.OutOfRange = float64(out) / float64(len(luma))
	p.Rows.Mean, p.Rows.Step = profile(rows[:h], 1, w), profile(rows[h:], 8, w)
	p.Columns.Mean, p.Columns.Step = profile(columns[:w], 1, h), profile(columns[w:], 8, h)
}

func profile(sums []int, unit, n int) []byte {
	into := make([]byte, len(sums))
	for i, sum := range sums {
		into[i] = saturate(float64(unit*sum) / float64(n))
	}
	return into
}
