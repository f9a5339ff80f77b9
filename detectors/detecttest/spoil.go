package detecttest

// blocks paints what a starved codec does, blocks:V:SIZE:PHASE: in squares SIZE pixels wide (8), of
// which the first ends at PHASE (0), every pixel goes the share V of the way to the mean of its square.
func (c *canvas) blocks(w Word, progress float64) error {
	a := [3]float64{0.8, 8, 0}
	for i, fallback := range a {
		var err error
		if a[i], err = w.arg(i, fallback, progress); err != nil {
			return err
		}
	}
	size, phase := max(int(a[1]), 1), int(a[2])
	means, counts := map[[2]int]float64{}, map[[2]int]float64{}
	square := func(x, y int) [2]int { return [2]int{(x + size - phase) / size, (y + size - phase) / size} }
	for i, v := range c.luma {
		s := square(i%c.width, i/c.width)
		means[s] += float64(v)
		counts[s]++
	}
	c.each(func(v float64, x, y int) float64 {
		s := square(x, y)
		return v + a[0]*(means[s]/counts[s]-v)
	})
	return nil
}

// blur paints the picture out of focus: three times the mean of the pixels up to radius away, across and
// down, which is nearly a Gaussian.
func (c *canvas) blur(radius int) {
	for range 3 {
		smear(c.luma, c.width, c.height, 1, c.width, radius)
		smear(c.luma, c.height, c.width, c.width, 1, radius)
	}
}

// smear averages along lines of n pixels, step apart, of which the first pixels are next apart.
func smear(luma []byte, n, lines, step, next, radius int) {
	line := make([]float64, n)
	for l := range lines {
		for i := range n {
			line[i] = float64(luma[l*next+i*step])
		}
		for i := range n {
			sum := 0.0
			for j := i - radius; j <= i+radius; j++ {
				sum += line[min(max(j, 0), n-1)]
			}
			luma[l*next+i*step] = clamp(sum / float64(2*radius+1))
		}
	}
}
