package picture

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/vedette-av/vedette/detectors"
)

// The squares of a fingerprint.
const (
	printColumns, printRows = 16, 9
	printSquares            = printColumns * printRows
	// printVersion is the first byte of a fingerprint.
	printVersion = 1
	// leastContrast is by how many code values the squares of a picture must differ in luma, from the
	// 5th to the 95th percentile, to be recognised by them.
	leastContrast = 16
)

// Fingerprint is a picture as the means of 16 by 9 squares, whatever its size: in luma, Cb and Cr,
// in code values of limited range.
type Fingerprint struct {
	Name                string
	luma, blue, reddish [printSquares]byte
}

// ErrNoContrast tells that a picture is too plain to be recognised by its fingerprint.
var ErrNoContrast = errors.New("there is too little in it to be recognised by: it is nearly of one brightness")

// errSmall tells that a picture has fewer cells than a fingerprint has squares.
var errSmall = errors.New("the picture is smaller than 256 by 144 pixels, or has no colour measured")

// TakeFingerprint takes the fingerprint of a picture. The error is that it cannot be told from others.
func TakeFingerprint(name string, p *detectors.Picture) (Fingerprint, error) {
	f := Fingerprint{Name: name}
	if name == "" || strings.ContainsAny(name, "=, \t\r\n") {
		return f, fmt.Errorf("name %q of a slate: want one without blanks, commas and =", name)
	}
	if !isMeasured(p) || p.Cells.Columns < printColumns || p.Cells.Rows < printRows {
		return f, errSmall
	}
	var g gridder
	f.luma = *g.squares(p, p.Cells.Mean)
	f.blue = *g.squares(p, p.Cells.Cb)
	f.reddish = *g.squares(p, p.Cells.Cr)
	if p.Full {
		toLimited(&f.luma, 16, 219)
		toLimited(&f.blue, 16, 224)
		toLimited(&f.reddish, 16, 224)
	}
	return f, f.check()
}

func (f *Fingerprint) check() error {
	if histogramOf(f.luma[:]).spread() < leastContrast {
		return ErrNoContrast
	}
	return nil
}

// String writes a fingerprint as NAME=BASE64.
func (f *Fingerprint) String() string {
	data := append([]byte{printVersion}, f.luma[:]...)
	data = append(append(data, f.blue[:]...), f.reddish[:]...)
	return f.Name + "=" + base64.RawURLEncoding.EncodeToString(data)
}

// ParseFingerprint reads what String wrote.
func ParseFingerprint(text string) (Fingerprint, error) {
	name, code, ok := strings.Cut(text, "=")
	data, err := base64.RawURLEncoding.DecodeString(code)
	switch {
	case !ok || name == "":
		return Fingerprint{}, fmt.Errorf("%q is no fingerprint: want NAME=CODE, as `vedette slate` prints it", shortened(text))
	case err != nil || len(data) != 1+3*printSquares || data[0] != printVersion:
		return Fingerprint{}, fmt.Errorf("the fingerprint of slate %s is damaged or of another version: take it again with `vedette slate`", shortened(name))
	}
	f := Fingerprint{Name: name}
	for i, part := range []*[printSquares]byte{&f.luma, &f.blue, &f.reddish} {
		copy(part[:], data[1+i*printSquares:])
	}
	if err := f.check(); err != nil {
		return Fingerprint{}, fmt.Errorf("slate %s: %w", shortened(name), err)
	}
	return f, nil
}

func shortened(text string) string {
	if len(text) > 24 {
		return text[:24] + "..."
	}
	return text
}

func toLimited(values *[printSquares]byte, offset, span int) {
	for i, v := range values {
		values[i] = byte(offset + (int(v)*span+127)/255)
	}
}

// gridder takes the means of the squares of pictures.
type gridder struct {
	sums   []uint32 // of the columns of cells in one row of squares
	result [printSquares]byte
}

// share is how cells lie over squares: the cell i covers the square first and, unless it ends in it, the next
// one; weight is the part in the first, in 256ths.
func share(i, size, length, squares int) (first int, weight uint32) {
	from, to := i*size, min((i+1)*size, length)
	first = from * squares / length
	border := ((first+1)*length + squares - 1) / squares
	if to <= border {
		return first, 256
	}
	return first, uint32((border - from) * 256 / (to - from))
}

// squares returns the means of the squares over a map of cells. A cell counts for as much as of it lies in a
// square, so that the size of the picture hardly matters.
func (g *gridder) squares(p *detectors.Picture, cells []byte) *[printSquares]byte {
	c := &p.Cells
	if len(g.sums) != c.Columns*printRows {
		g.sums = make([]uint32, c.Columns*printRows)
	}
	clear(g.sums)
	var rows [printRows]uint32
	for y := range c.Rows {
		height := uint32(min(c.Size, p.Height-y*c.Size))
		r, w := share(y, c.Size, p.Height, printRows)
		line := cells[y*c.Columns : (y+1)*c.Columns]
		g.add(line, r, w*height)
		rows[r] += w * height
		if w < 256 && r+1 < printRows {
			g.add(line, r+1, (256-w)*height)
			rows[r+1] += (256 - w) * height
		}
	}
	for r := range printRows {
		var sum, weight [printColumns]uint64
		for x := range c.Columns {
			width := uint64(min(c.Size, p.Width-x*c.Size))
			k, w := share(x, c.Size, p.Width, printColumns)
			v := uint64(g.sums[r*c.Columns+x])
			sum[k] += v * width * uint64(w)
			weight[k] += width * uint64(w)
			if w < 256 && k+1 < printColumns {
				sum[k+1] += v * width * uint64(256-w)
				weight[k+1] += width * uint64(256-w)
			}
		}
		for k := range printColumns {
			if all := weight[k] * uint64(rows[r]); all > 0 {
				g.result[r*printColumns+k] = byte(min((sum[k]+all/2)/all, 255))
			}
		}
	}
	return &g.result
}

func (g *gridder) add(line []byte, row int, weight uint32) {
	into := g.sums[row*len(line) : (row+1)*len(line)]
	for x, v := range line {
		into[x] += uint32(v) * weight
	}
}
