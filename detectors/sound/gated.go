package sound

import "math"

// gated integrates the loudness of the last gating blocks, as ITU-R BS.1770-4 gates the blocks of
// a whole programme: those above -70 LUFS, and of them those above 10 LU below the loudness of
// those. The range is that of EBU Tech 3342, over the short-term loudness at the same moments.
type gated struct {
	energy []float64 // of the gating blocks of the window, a ring; 0 below the absolute gate
	short  []int16   // bin of the short-term loudness, -1 below the absolute gate
	next   int

	counts    [rangeBins]int32 // of the short-term loudness in the window
	shortHeld int
}

const (
	absoluteGate = -70.
	relativeGate = -10.
	rangeGate    = -20.
	rangeLow     = 0.10 // the range runs from this share of the short-term values
	rangeHigh    = 0.95 // to this one
	rangeStep    = 0.1  // LU, of a bin
	rangeBins    = 900  // from the absolute gate to +20 LUFS
	lufsOffset   = 0.691
)

func newGated(blocks int) gated {
	g := gated{energy: make([]float64, blocks), short: make([]int16, blocks)}
	for i := range g.short {
		g.short[i] = -1
	}
	return g
}

// add takes a gating block, which 400 ms of momentary loudness are, and the short-term loudness at
// its end, where three seconds were heard.
func (g *gated) add(momentary, short float64, heard bool) {
	g.energy[g.next] = 0
	if momentary > absoluteGate {
		g.energy[g.next] = energyOf(momentary)
	}
	if old := g.short[g.next]; old >= 0 {
		g.counts[old]--
		g.shortHeld--
	}
	g.short[g.next] = -1
	if heard && short > absoluteGate {
		bin := int16(min((short-absoluteGate)/rangeStep, rangeBins-1))
		g.short[g.next] = bin
		g.counts[bin]++
		g.shortHeld++
	}
	g.next = (g.next + 1) % len(g.energy)
}

// integrated returns the gated loudness of the window in LUFS, and how many of its blocks are above
// both gates.
func (g *gated) integrated() (lufs float64, blocks int) {
	gate := 0.
	for range 2 {
		sum, count := 0., 0
		for _, e := range g.energy {
			if e > gate {
				sum += e
				count++
			}
		}
		if count == 0 {
			return math.Inf(-1), 0
		}
		lufs, blocks = lufsOf(sum/float64(count)), count
		gate = energyOf(lufs + relativeGate)
	}
	return lufs, blocks
}

// loudnessRange returns the range of the window in LU.
func (g *gated) loudnessRange() float64 {
	if g.shortHeld == 0 {
		return 0
	}
	sum := 0.
	for bin, n := range g.counts {
		if n > 0 {
			sum += float64(n) * energyOf(binLoudness(bin))
		}
	}
	gate := lufsOf(sum/float64(g.shortHeld)) + rangeGate
	first := max(int(math.Ceil((gate-absoluteGate)/rangeStep-0.5)), 0)
	held := 0
	for _, n := range g.counts[min(first, rangeBins):] {
		held += int(n)
	}
	if held == 0 {
		return 0
	}
	low, high := int(math.Round(float64(held-1)*rangeLow)), int(math.Round(float64(held-1)*rangeHigh))
	var from, to float64
	seen := 0
	for bin := first; bin < rangeBins; bin++ {
		n := int(g.counts[bin])
		if low >= seen && low < seen+n {
			from = binLoudness(bin)
		}
		if high >= seen && high < seen+n {
			to = binLoudness(bin)
		}
		seen += n
	}
	return to - from
}

// binLoudness is the loudness in the middle of a bin.
func binLoudness(bin int) float64 { return absoluteGate + (float64(bin)+0.5)*rangeStep }

func energyOf(lufs float64) float64 { return math.Pow(10, (lufs+lufsOffset)/10) }
func lufsOf(energy float64) float64 { return 10*math.Log10(energy) - lufsOffset }
