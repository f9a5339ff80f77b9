package detecttest

import "time"

// neutral is the chroma of gray.
const neutral = 128

// flash paints the left part of the picture in one colour while it is lit:
// flash:Y:CB:CR:PERIOD:AREA:LIT.
func (c *canvas) flash(w Word, progress float64, at time.Duration) error {
	var colour [3]float64
	for i, fallback := range []float64{235, neutral, neutral} {
		var err error
		if colour[i], err = w.arg(i, fallback, progress); err != nil {
			return err
		}
	}
	period, err := w.time(3, 200*time.Millisecond)
	if err != nil {
		return err
	}
	area, err := w.arg(4, 1, progress)
	if err != nil {
		return err
	}
	lit, err := w.time(5, period/2)
	if err != nil || period <= 0 || at%period >= lit {
		return err
	}
	width := int(area*float64(c.width) + 0.5)
	c.box(0, 0, width, c.height, colour[0])
	c.tint(width, colour[1], colour[2])
	return nil
}

// tint gives the left part of the picture a colour. The planes are made when first needed.
func (c *canvas) tint(width int, cb, cr float64) {
	if c.cb == nil && cb == neutral && cr == neutral {
		return
	}
	if c.cb == nil {
		c.cb, c.cr = make([]byte, (c.width+1)/2*((c.height+1)/2)), make([]byte, (c.width+1)/2*((c.height+1)/2))
		c.gray()
	}
	for i := range c.cb {
		if i%((c.width+1)/2) < (width+1)/2 {
			c.cb[i], c.cr[i] = clamp(cb), clamp(cr)
		}
	}
}

// gray takes all colour away.
func (c *canvas) gray() {
	for i := range c.cb {
		c.cb[i], c.cr[i] = neutral, neutral
	}
}
