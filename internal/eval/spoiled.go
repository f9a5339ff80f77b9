package eval

import (
	"bufio"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// readPSNR reads the PSNR of luma of every picture, in dB, as FFmpeg's psnr filter writes it.
func readPSNR(path string) ([]float64, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var psnr []float64
	for lines := bufio.NewScanner(file); lines.Scan(); {
		_, rest, ok := strings.Cut(lines.Text(), "psnr_y:")
		if !ok {
			return nil, fmt.Errorf("%s: line %q has no psnr_y", path, lines.Text())
		}
		word, _, _ := strings.Cut(rest, " ")
		x, err := strconv.ParseFloat(word, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		psnr = append(psnr, x)
	}
	if len(psnr) == 0 {
		return nil, fmt.Errorf("%s has no pictures", path)
	}
	return psnr, nil
}

// apart is how many good pictures part one defect from the next.
const apart = FPS / 2

// spoiled makes defects of the PSNR of each picture. Pictures that are not clearly bad, in the
// middle of a defect, may be called either way.
func spoiled(psnr []float64, bad, fair float64) []Defect {
	var defects []Defect
	first, last, isBad := -1, -1, false
	flush := func() {
		if first >= 0 {
			defects = append(defects, Defect{From: picture(first), Until: picture(last + 1), Maybe: !isBad})
			if isBad {
				defects = append(defects, unsure(psnr[first:last+1], first, bad)...)
			}
		}
		first, isBad = -1, false
	}
	for i, x := range psnr {
		if x >= fair {
			if first >= 0 && i-last >= apart {
				flush()
			}
			continue
		}
		if first < 0 {
			first = i
		}
		last, isBad = i, isBad || x < bad
	}
	flush()
	return defects
}

// unsure are the stretches of a defect in which no picture is clearly bad.
func unsure(psnr []float64, offset int, bad float64) []Defect {
	var spans []Defect
	first := -1
	for i, x := range append(psnr[:len(psnr):len(psnr)], math.Inf(-1)) {
		switch {
		case x >= bad && first < 0:
			first = i
		case x < bad && first >= 0:
			spans = append(spans, Defect{From: picture(offset + first), Until: picture(offset + i), Maybe: true})
			first = -1
		}
	}
	return spans
}

// picture is when picture number i begins.
func picture(i int) time.Duration { return time.Duration(i) * time.Second / FPS }
