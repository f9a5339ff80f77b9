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
	Interlaced    bool          // as flagged by the stream
	TopFirst      bool
	Key           bool

	Mean, Deviation float64      // of luma, code values
	Low, High       float64      // smallest and largest luma, code values
	Histogram       [256]float32 // share of pixels at each luma code value, summing to 1

	// Against the previous picture; HasPrevious is false for the first one and after a change of
	// geometry, and the fields below are 0 then.
	HasPrevious bool
	Difference  float64 // mean absolute difference of luma, code values
	Identical   bool    // not one luma or chroma sample differs

	Cells  Cells
	Damage *Damage // nil where the decoder cannot say
}

// Cells is the picture cut into squares, row by row from the top left; each slice has
// Columns*Rows entries. The squares at the right and bottom edge may be cut off.
type Cells struct {
	Size, Columns, Rows int    // Size in luma pixels: 16 up to 1080p, larger above
	Mean                []byte // mean luma, code values
	Spread              []byte // standard deviation of luma, in half code values, saturating
	Change              []byte // mean absolute difference to the previous picture, in quarter code values, saturating
	Cb, Cr              []byte // mean chroma, code values
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
