package detectors

import "time"

// Picture is one picture reduced to what detectors read. Luma code values are on the 8-bit scale
// of the stream (10-bit samples are divided by 4), so that nominal black and white are BlackLevel
// and WhiteLevel whatever the range.
type Picture struct {
	Width, Height int           // luma pixels
	Duration      time.Duration // nominal time to the next picture, 0 where unknown
	Depth         int           // bits a sample
	Full          bool          // full range
	Transfer      uint8         // ITU-T H.273 TransferCharacteristics: 16 is PQ, 18 is HLG, 2 and 0 are not said
	Interlaced    bool          // as flagged by the stream
	TopFirst      bool
	Key           bool

	Mean, Deviation    float64      // of luma, code values
	Low, High          float64      // smallest and largest luma, code values
	Histogram          [256]float32 // share of pixels at each luma code value, summing to 1
	OutOfRange         float64      // share of pixels with luma outside 5 to 246 (EBU R 103); 0 in full range
	Gradient           float64      // root mean square of the luma steps to the left and above taken together, code values
	SpatialInformation float64      // standard deviation of the luma's Sobel magnitude (ITU-T P.910, whose SI is the largest in a scene), code values; estimated from one row in sixteen

	// Against the previous picture; HasPrevious is false for the first one and after a change of
	// geometry, and the fields below are 0 then.
	HasPrevious         bool
	Difference          float64 // mean absolute difference of luma, code values
	TemporalInformation float64 // standard deviation of the difference of luma, code values (ITU-T P.910, whose TI is the largest in a scene)
	Identical           bool    // not one luma or chroma sample differs
	Brighter, Darker    float64 // shares of pixels whose luma rose or fell by more than 10 code values

	// Chroma; HasChroma is false for a gray picture, and the fields below are 0 then.
	HasChroma  bool
	Cb, Cr     Component
	Saturation float64 // mean of |Cb-128| + |Cr-128|, code values
	Red        float64 // share of chroma samples of a saturated red (ITU-R BT.1702-3, WCAG 2.3.1)

	Rows, Columns        Profile
	GridAcross, GridDown Grid // of vertical lines, at columns; of horizontal lines, at rows
	Fields               Fields

	Cells  Cells
	Damage *Damage // nil where the decoder cannot say
}

// Component is one component of chroma.
type Component struct {
	Mean, Deviation float64     // code values
	Difference      float64     // mean absolute difference to the previous picture, code values
	Histogram       [64]float32 // share of samples in each four code values, summing to 1
}

// Profile is one value for each row, or for each column.
type Profile struct {
	Mean   []byte // mean luma, code values
	Step   []byte // mean absolute luma step from the row above (the column to the left), in eighths of a code value, saturating
	Change []byte // mean absolute difference to the previous picture, in quarter code values, saturating; rows only
}

// Grid is the regular pattern of lines that stands out best in the picture: that of the blocks of
// a codec, scaled with the picture or not. There always is a best one; Clarity tells whether it
// is more than chance.
type Grid struct {
	Period, Phase int     // lines at Phase, Phase+Period, ...; Period runs from 4 to 32 pixels, and is 0 where the picture is too small to tell
	Step          float64 // mean absolute luma step across the lines, code values
	Around        float64 // mean of the same one pixel to either side: no block edges where it is about equal to Step
	Clarity       float64 // by how many standard errors the lines exceed the others; chance alone rarely reaches 5
}

// Fields tells how the two fields of a picture fit together, [0] being the top field (rows 0, 2,
// 4, ...) and [1] the bottom field. The first two measure combing: how far a pixel lies outside the
// range of the pixels above and below it, as a mean in code values. It is small where the rows
// come from one moment.
type Fields struct {
	Comb [2]float64 // the rows of each field between those of the other
	// CrossComb puts the rows of each field of the previous picture between those of the other
	// field of this one. They are one field period apart for the field that comes second in time,
	// three for the first: with the top field first CrossComb[1] is the smaller wherever there is
	// motion. 0 without a previous picture.
	CrossComb [2]float64
	// Difference is the mean absolute difference of luma to the same field of the previous picture.
	Difference [2]float64
	// HasBefore tells whether the picture before the previous one was measured; BeforeDifference
	// is the mean absolute difference to the same field of that one.
	HasBefore        bool
	BeforeDifference [2]float64
}

// Cells is the picture cut into squares, row by row from the top left; each slice has
// Columns*Rows entries. The squares at the right and bottom edge may be cut off.
type Cells struct {
	Size, Columns, Rows int    // Size in luma pixels: 16 up to 1080p, larger above
	Mean                []byte // mean luma, code values
	Spread              []byte // standard deviation of luma, in half code values, saturating
	Change              []byte // mean absolute difference to the previous picture, in quarter code values, saturating
	Cb, Cr              []byte // mean chroma, code values; 128 in a gray picture
	Border              []byte // mean absolute luma step across the left and top border, in quarter code values, saturating; 0 at the picture's own edge
	Detail              []byte // mean absolute luma step inside the cell, in quarter code values, saturating
	Comb                []byte // combing as in Fields, in quarter code values, saturating

	// By how much the mean absolute luma step over a line exceeds those over the two lines beside it
	// taken together, in quarter code values, saturating; 0 where it does not. It is 0 on slopes and
	// in most texture.
	SeamAcross, SeamDown     []byte // over the left border; over the top border; 0 at the picture's own edge
	MiddleAcross, MiddleDown []byte // over the lines down and across the middle of the cell, for comparison: what the content has by itself
}

// Damage is what the decoder itself said about a picture.
type Damage struct {
	Errors    bool // bitstream errors, missing references or a corrupt packet
	Concealed int  // macroblocks concealed, -1 where the decoder does not count them
}

// BlackLevel returns the code value of nominal black: 16, or 0 in full range.
func (p *Picture) BlackLevel() float64 {
	if p.Full {
		return 0
	}
	return 16
}

// WhiteLevel returns the code value of nominal white: 235, or 255 in full range.
func (p *Picture) WhiteLevel() float64 {
	if p.Full {
		return 255
	}
	return 235
}
