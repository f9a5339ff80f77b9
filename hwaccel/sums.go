package hwaccel

import "slices"

// Sums is one picture reduced to integers. It is the contract between all meters: they agree on
// every field bit for bit, whatever the order in which they visit the pixels, so a verdict does
// not depend on the hardware that took the measurement.
//
// # What is measured
//
// v(x,y) is the luma sample in code values of the stream's own depth (0 to 1023 at 10 bit): the
// stored word shifted right by the format's Shift, then cut to Depth bits. p(x,y) is the sample of
// the previous picture, b(x,y) of the one before it. A coordinate outside the picture means the
// nearest pixel inside, so v(-1,y) is v(0,y). Only the Width x Height pixels that show picture
// count, also in cells and boxes that the edge cuts off.
//
// Chroma is taken as co-sited: the chroma sample (cx,cy) goes with the luma pixel (cx<<sx,cy<<sy),
// and a picture of odd width has (Width+1)>>1 chroma samples a row where sx is 1. mid is 128 at
// 8 bit, 512 at 10 bit; s is Depth-8, by which limits given for 8 bit are shifted left.
//
// # Why nothing overflows
//
// A picture has at most 2^14 x 2^14 pixels (MaxSide) of at most 12 bits (MaxDepth), four times
// the pixels of 8K and four times the range of 10 bit. A sum of squares over the picture is then
// below 2^(14+14+24) = 2^52, in 64 bits. A row or column sums to less than 2^(14+12) = 2^26, in 32
// bits. A cell is at most 256 pixels across (MaxSide and maxCells), so its sums stay below
// 2^(8+8+12) = 2^28, in 32 bits; its sum of squares is kept in 64.
type Sums struct {
	Geometry
	Totals

	RowLuma       []uint32 // per row: sum of v
	RowDown       []uint32 // per row: sum of |v(x,y) - v(x,y-1)|
	RowDifference []uint32 // per row: sum of |v - p|; 0 without a previous picture
	ColumnLuma    []uint32 // per column: sum of v
	ColumnAcross  []uint32 // per column: sum of |v(x,y) - v(x-1,y)|

	Cells []Cell // row by row from the top left
	Proxy Proxy
}

// Geometry says what was measured. Two Sums may be compared only where it is equal.
type Geometry struct {
	Width, Height         int // luma pixels
	Depth                 int // bits a sample
	Chroma                Chroma
	Full                  bool // full range
	CellSize              int  // luma pixels across and down a cell: 16, 32, 64, 128 or 256
	CellColumns, CellRows int
	HasPrevious           bool // a previous picture of the same geometry was given
	HasBefore             bool // and the one before it
}

// StepThreshold is the change of luma, in 8-bit code values, above which a pixel counts as
// brighter or darker. The smallest harmful step of ITU-R BT.1702-3 (140 to 160 cd/m2 on a display
// of 200) is 10.7 code values at a gamma of 2.4, so no flash stays below it.
const StepThreshold = 10

// EBU R 103 tolerates 8-bit code values 5 to 246 (10 bit: 20 to 984).
const (
	LowestTolerated  = 5
	HighestTolerated = 246
)

// RedThreshold is how far Cr must lie above mid, in 8-bit code values, to count as saturated red.
const RedThreshold = 24

// Totals are the counters of the whole picture. It holds 64-bit integers only, in this order: a
// meter in C or CUDA fills it as it lies.
type Totals struct {
	Sum       uint64      // of v
	Square    uint64      // of v*v
	Min, Max  uint64      // of v
	Histogram [256]uint64 // pixels by the top 8 bits of v
	Under     uint64      // pixels with v < LowestTolerated<<s
	Over      uint64      // pixels with v > HighestTolerated<<s

	AcrossSum    uint64 // of |v(x,y) - v(x-1,y)|
	AcrossSquare uint64 // of its square
	DownSum      uint64 // of |v(x,y) - v(x,y-1)|
	DownSquare   uint64 // of its square

	// The Sobel operator on w = v>>s, in rows 8, 24, 40, ... that have a row below, and columns 1 to
	// Width-2: gx and gy with the weights 1, 2, 1. One row in sixteen tells the statistics of the
	// picture within a few per cent.
	Sobel       uint64 // sum of floor(sqrt(4*(gx*gx + gy*gy))): magnitudes, in halves
	SobelSquare uint64 // sum of gx*gx + gy*gy

	// Against the previous picture; 0 without.
	Difference       uint64 // sum of |v - p|
	DifferenceSquare uint64 // sum of (v - p)^2
	Rise             uint64 // sum of v - p where it is positive
	Brighter         uint64 // pixels with v - p > StepThreshold<<s
	Darker           uint64 // pixels with p - v > StepThreshold<<s

	// By the parity of the row: [0] the top field's rows 0, 2, 4, ..., [1] the bottom field's.
	// How far a pixel lies outside the range of its neighbours above and below is 0 on smooth
	// pictures and on edges, and large where lines alternate:
	// outside(m; a, b) = max(m - max(a,b), min(a,b) - m, 0).
	Comb             [2]uint64 // sum of outside(v(x,y); v(x,y-1), v(x,y+1))
	CrossComb        [2]uint64 // sum of outside(p(x,y); v(x,y-1), v(x,y+1)): these rows of the previous picture between the others of this one
	BeforeDifference [2]uint64 // sum of |v - b|

	Cb, Cr     ChromaTotals
	Saturation uint64 // sum of |cb - mid| + |cr - mid|
	// Red counts chroma samples of saturated red: c = cr-mid and u = cb-mid, both 0 where
	// negative, meet c >= RedThreshold<<s, 2u <= c, and luma above black of at most 2c (black is
	// 16<<s, or 0 in full range). These are the colours with R/(R+G+B) >= 0.8 in linear light
	// (WCAG 2.3.1, ITU-R BT.1702-3) where G and B are near each other.
	Red uint64
}

// ChromaTotals are the counters of one chroma component; all 0 for a gray picture.
type ChromaTotals struct {
	Sum        uint64
	Square     uint64
	Difference uint64     // sum of absolute differences to the previous picture; 0 without
	Histogram  [64]uint64 // samples by their top 6 bits
}

// Cell holds the sums of one square of CellSize luma pixels, as a meter in C or CUDA fills it.
type Cell struct {
	Square           uint64 // sum of v*v
	Sum              uint32 // of v
	Difference       uint32 // sum of |v - p|; 0 without a previous picture
	Across           uint32 // sum of |v(x,y) - v(x-1,y)|, its first column included
	Down             uint32 // sum of |v(x,y) - v(x,y-1)|, its first row included
	Left             uint32 // that part of Across which is in its first column: the step over its left border
	Top              uint32 // that part of Down which is in its first row: the step over its top border
	Comb             uint32 // sum of outside(v(x,y); v(x,y-1), v(x,y+1))
	Cb, Cr           uint32 // sums of the chroma samples that go with its pixels
	ChromaDifference uint32 // sum of absolute differences of both to the previous picture

	// Parts of Across by column, and of Down by row: what the steps over its borders are held
	// against, and the same for a line through the middle, h being half of CellSize. 0 where the
	// picture's edge cuts the cell off before.
	AcrossSecond, AcrossLast   uint32 // in column 1; in column CellSize-1
	AcrossMiddle, AcrossBeside uint32 // in column h; in columns h-1 and h+1
	DownSecond, DownLast       uint32 // in row 1; in row CellSize-1
	DownMiddle, DownBeside     uint32 // in row h; in rows h-1 and h+1
}

// SobelRow is the first row of Totals.Sobel; the others follow at every SobelStep.
const (
	SobelRow  = 8
	SobelStep = 16
)

// Proxy is the picture made small by averaging boxes of Box x Box luma pixels, in 8 bits and
// 4:2:0, for stills. A chroma sample averages the chroma of 2Box x 2Box luma pixels. An average
// over n samples of sum t is (t + d/2)/d, at most 255, with d = n<<s and the division rounding
// down; n counts the samples inside the picture. Cb and Cr are empty for a gray picture.
type Proxy struct {
	Box           int
	Width, Height int // Cb and Cr: (Width+1)/2 x (Height+1)/2
	Y, Cb, Cr     []byte
}

// Identical tells whether there was a previous picture and not one sample differs from it.
func (s *Sums) Identical() bool {
	return s.HasPrevious && s.Difference == 0 && s.Cb.Difference == 0 && s.Cr.Difference == 0
}

// Equal tells whether two meters agree.
func (s *Sums) Equal(o *Sums) bool {
	return s.Geometry == o.Geometry && s.Totals == o.Totals &&
		slices.Equal(s.RowLuma, o.RowLuma) &&
		slices.Equal(s.RowDown, o.RowDown) &&
		slices.Equal(s.RowDifference, o.RowDifference) &&
		slices.Equal(s.ColumnLuma, o.ColumnLuma) &&
		slices.Equal(s.ColumnAcross, o.ColumnAcross) &&
		slices.Equal(s.Cells, o.Cells) &&
		s.Proxy.Box == o.Proxy.Box && s.Proxy.Width == o.Proxy.Width && s.Proxy.Height == o.Proxy.Height &&
		slices.Equal(s.Proxy.Y, o.Proxy.Y) &&
		slices.Equal(s.Proxy.Cb, o.Proxy.Cb) &&
		slices.Equal(s.Proxy.Cr, o.Proxy.Cr)
}
