package detecttest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// canvas paints the pictures of a case.
type canvas struct {
	width, height, cell int
	full                bool
	transfer            uint8

	luma   []byte
	before []byte    // the luma of the picture before
	cb, cr []byte    // nil before the first word of colour
	last   []byte    // the picture before, whole
	torn   bool      // this picture is not
	scene  []float64 // the scene last painted, 0 to 1, of sceneWidth columns
	seed   uint64
	shift  float64 // how far it has been panned
	roll   float64 // how far text has rolled
	moved  float64 // how far the object has moved
	random *rand.Rand
}

// sceneWidth is wider than any canvas, so that a pan does not come round soon.
const sceneWidth = 1024

func newCanvas() canvas {
	return canvas{width: 160, height: 90, cell: 8, random: rand.New(rand.NewPCG(1, 2))}
}

func (c *canvas) parse(text string) error {
	for word := range strings.FieldsSeq(text) {
		switch w, h, size := strings.Cut(word, "x"); {
		case word == "full":
			c.full = true
		case word == "pq":
			c.transfer = 16
		case word == "hlg":
			c.transfer = 18
		case strings.HasPrefix(word, "cell="):
			n, err := strconv.Atoi(word[len("cell="):])
			if err != nil || n < 1 || n > 256 {
				return fmt.Errorf("canvas: cell %q: want 1 to 256", word)
			}
			c.cell = n
		case size:
			var errW, errH error
			c.width, errW = strconv.Atoi(w)
			c.height, errH = strconv.Atoi(h)
			if errW != nil || errH != nil || c.width < 1 || c.height < 1 || c.width > sceneWidth || c.height > sceneWidth {
				return fmt.Errorf("canvas: %q: want WIDTHxHEIGHT, at most %d", word, sceneWidth)
			}
		default:
			return fmt.Errorf("canvas: unknown word %q", word)
		}
	}
	c.luma, c.scene, c.cb, c.cr, c.last = nil, nil, nil, nil, nil
	return nil
}

// paint paints one picture into c.luma. progress is where in its item it is.
func (c *canvas) paint(words []Word, progress float64, at time.Duration) error {
	if c.luma == nil {
		c.luma = make([]byte, c.width*c.height)
	}
	c.before = append(c.before[:0], c.luma...)
	c.gray()
	for _, w := range words {
		if ok, err := c.tileWord(w, progress); err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		} else if ok {
			continue
		}
		if err := c.word(w, progress, at); err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
	}
	c.remember()
	return nil
}

func (c *canvas) word(w Word, progress float64, at time.Duration) error {
	arguments := make([]float64, 5)
	defaults := map[string][]float64{
		"scene": {0, 40, 200}, "pan": {1}, "gain": {1}, "bars": {0.25}, "logo": {0.025, 235},
		"box": {0, 0, 10, 10, 235}, "object": {6, 1}, "clock": {8}, "text": {1, 0},
		"noise": {1}, "pulse": {1}, "blur": {4},
	}[w.Name]
	for i := range defaults {
		var err error
		if arguments[i], err = w.arg(i, defaults[i], progress); err != nil {
			return err
		}
	}
	a := arguments
	switch w.Name {
	case "says": // of the measured picture
		return says(&detectors.Picture{}, []Word{w}, progress)
	case "scene":
		c.paintScene(uint64(int64(a[0])), a[1], a[2])
	case "pan": // takes effect with the next scene
		c.shift += a[0]
	case "gain":
		c.each(func(v float64, _, _ int) float64 { return 16 + (v-16)*a[0] })
	case "bars":
		edge := int(a[0] / 2 * float64(c.height))
		c.box(0, 0, c.width, edge, 16)
		c.box(0, c.height-edge, c.width, edge, 16)
	case "logo":
		side := int(math.Round(math.Sqrt(max(a[0], 0) * float64(c.width*c.height))))
		c.box(c.width-c.width/16-side, c.height/16, side, side, a[1])
	case "box":
		x, y := float64(c.width)/100, float64(c.height)/100
		c.box(int(a[0]*x), int(a[1]*y), int(a[2]*x), int(a[3]*y), a[4])
	case "object":
		c.moved += a[1]
		x := int(math.Mod(math.Abs(c.moved), float64(c.width)))
		c.box(x, c.height/2, int(a[0]), int(a[0]), 200)
	case "clock":
		return c.clock(w, int(a[0]), at)
	case "text":
		c.roll += a[1]
		c.text(uint64(int64(a[0])))
	case "noise":
		c.each(func(v float64, _, _ int) float64 { return v + a[0]*(2*c.random.Float64()-1) })
	case "pulse":
		return c.pulse(w, a[0], at)
	case "damage":
		return c.damage(w, progress)
	case "blocks":
		return c.blocks(w, progress)
	case "blur":
		c.blur(int(a[0]))
	case "weave":
		return c.weave(w, progress)
	case "tear":
		return c.tear(w, progress)
	case "flash":
		return c.flash(w, progress, at)
	default:
		level, err := number(w.Name, progress)
		if err != nil {
			return fmt.Errorf("unknown word")
		}
		c.each(func(float64, int, int) float64 { return level })
	}
	return nil
}

// paintScene paints smooth shapes with some hard edges, moved by the pan.
func (c *canvas) paintScene(seed uint64, low, high float64) {
	if c.scene == nil || c.seed != seed {
		c.scene, c.seed = makeScene(seed, c.height), seed
	}
	whole := math.Floor(c.shift)
	part := c.shift - whole
	first := (int(whole)%sceneWidth + sceneWidth) % sceneWidth
	for y := range c.height {
		row, into := c.scene[y*sceneWidth:(y+1)*sceneWidth], c.luma[y*c.width:(y+1)*c.width]
		for x, i := 0, first; x < len(into); x++ {
			next := i + 1
			if next == sceneWidth {
				next = 0
			}
			into[x] = clamp(low + (high-low)*(row[i]*(1-part)+row[next]*part))
			i = next
		}
	}
}

// makeScene returns luma from 0 to 1: waves of several lengths and directions, and boxes.
func makeScene(seed uint64, height int) []float64 {
	r := rand.New(rand.NewPCG(seed, 7))
	scene := make([]float64, sceneWidth*height)
	for range 6 {
		fx, fy := (r.Float64()-0.5)*0.2, (r.Float64()-0.5)*0.2
		phase := r.Float64() * 2 * math.Pi
		for i := range scene {
			scene[i] += math.Sin(fx*float64(i%sceneWidth)+fy*float64(i/sceneWidth)+phase) / 12
		}
	}
	for range 60 {
		x, y, w, h := r.IntN(sceneWidth), r.IntN(height), 4+r.IntN(20), 4+r.IntN(20)
		v := r.Float64()*0.8 - 0.4
		for j := y; j < min(y+h, height); j++ {
			for i := x; i < min(x+w, sceneWidth); i++ {
				scene[j*sceneWidth+i] += v
			}
		}
	}
	for i, v := range scene {
		scene[i] = min(max(v+0.5, 0), 1)
	}
	return scene
}

// clock paints a square in which one of four bars is lit, another one every period.
func (c *canvas) clock(w Word, side int, at time.Duration) error {
	period, err := w.time(1, time.Second)
	if err != nil || period <= 0 {
		return fmt.Errorf("want a period, not %q", w.Args)
	}
	x, y := c.width-side-8, c.height-side-8
	c.box(x, y, side, side, 40)
	lit := int(at/period) % 4
	c.box(x+lit*side/4, y, max(side/4, 1), side, 220)
	return nil
}

// text paints rows of marks the size of letters.
func (c *canvas) text(seed uint64) {
	r := rand.New(rand.NewPCG(seed, 9))
	for row := 4; row < c.height; row += 12 {
		for x := c.width / 4; x < c.width*3/4; x += 4 {
			if r.IntN(3) > 0 {
				y := row - int(c.roll)
				y = (y%c.height + c.height) % c.height
				c.box(x, y, 2, 5, 220)
			}
		}
	}
}

// pulse adds an error to every block that is new with every group of pictures and decays in it.
func (c *canvas) pulse(w Word, size float64, at time.Duration) error {
	period, err := w.time(1, time.Second)
	if err != nil || period <= 0 {
		return fmt.Errorf("want a period, not %q", w.Args)
	}
	decay := math.Exp(-4 * float64(at%period) / float64(period))
	group := uint64(at / period)
	c.each(func(v float64, x, y int) float64 {
		r := rand.NewPCG(group, uint64(y/8*sceneWidth+x/8)).Uint64()
		return v + size*decay*(float64(r>>11)/(1<<52)-1)
	})
	return nil
}

func (c *canvas) box(x, y, w, h int, luma float64) {
	for j := max(y, 0); j < min(y+h, c.height); j++ {
		for i := max(x, 0); i < min(x+w, c.width); i++ {
			c.luma[j*c.width+i] = clamp(luma)
		}
	}
}

func (c *canvas) each(f func(v float64, x, y int) float64) {
	for i, v := range c.luma {
		c.luma[i] = clamp(f(float64(v), i%c.width, i/c.width))
	}
}

func clamp(v float64) byte { return byte(min(max(v, 0), 255) + 0.5) }
