// Package hwaccel is where pixels are touched. It defines the seams between the decoder, which
// yields a [Frame] where it lies, and the [Meter], which reduces that frame in one pass to [Sums],
// the integers that every implementation must agree on bit for bit. Reduction to what a detector
// reads happens in reduce.go, in pure Go, the same for CPU and GPU.
package hwaccel

import (
	"errors"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
)

// Chroma is the chroma sampling of a picture.
type Chroma uint8

// The chroma samplings that the meters know.
const (
	Gray Chroma = iota
	C420
	C422
	C444
)

// Layout says how the samples of a picture lie in its planes.
type Layout uint8

// The layouts that the meters know.
const (
	Planar     Layout = iota // Y, Cb and Cr each in a plane of its own
	SemiPlanar               // Y in one plane, Cb and Cr interleaved in the next (NV12, P010)
	UYVY                     // one plane, Cb Y Cr Y, 8 bit 4:2:2
	V210                     // one plane, 10 bit 4:2:2, six pixels in four little-endian words
)

// PixelFormat is everything a meter must know to find a sample.
type PixelFormat struct {
	Layout Layout
	Chroma Chroma
	Depth  uint8 // significant bits of a sample, 8 to 16
	Shift  uint8 // unused low bits below the sample (P010 stores 10 bits at the top: 6)
}

// Colour tells how code values become light.
type Colour struct {
	Full      bool  // full range (0..255), not limited (16..235)
	Matrix    uint8 // ITU-T H.273 MatrixCoefficients; 2 = not said
	Transfer  uint8 // ITU-T H.273 TransferCharacteristics; 2 = not said
	Primaries uint8 // ITU-T H.273 ColourPrimaries; 2 = not said
}

// Plane is one plane of samples in memory that the Frame's owner keeps alive.
type Plane struct {
	Data   unsafe.Pointer
	Stride int // bytes from one row to the next
}

// Damage is what the decoder itself said about a frame. Known is false where the decoder cannot
// say (NVDEC through libavcodec): then nothing may be concluded from the zeros.
type Damage struct {
	Known     bool
	Flags     uint32 // libavcodec's decode_error_flags
	Corrupt   bool   // AV_FRAME_FLAG_CORRUPT, or the packet was flagged corrupt
	Concealed int    // macroblocks concealed, where the decoder counts them; -1 where not
}

// Frame is one decoded picture, where it lies. It stays valid until Release is called, once, by
// whoever took it from the decoder.
type Frame struct {
	Format        PixelFormat
	Width, Height int // luma pixels that show picture; padding is not counted
	Planes        [3]Plane
	Colour        Colour
	Interlaced    bool
	TopFirst      bool
	Key           bool
	At            time.Duration // presentation time on the feed's clock, or capture.NoTime
	Duration      time.Duration // nominal, 0 where unknown
	Damage        Damage
	Release       func()
}

// PCM is a run of decoded sound: one slice of samples a channel, full scale at ±1.
type PCM struct {
	Rate     int
	Layout   string        // libavutil's name of the channel layout, such as "stereo" or "5.1"
	At       time.Duration // of the first sample, on the feed's clock, or capture.NoTime
	Channels [][]float32   // valid until the next call to the decoder
}

// ErrUnsupported is wrapped by a Meter's error when it does not know the frame's format. The feed
// then goes on with what can be measured, and says which format it was.
var ErrUnsupported = errors.New("pixel format not supported")

// Decoder turns the packets of one track into frames or sound. One goroutine at a time.
// A packet that cannot be decoded is an error, counted by the caller; the next packet may decode.
// Decode calls yield for every picture (or run of sound) that is ready, in presentation order;
// a nil packet drains what is left. yield owns the Frame and must Release it.
type Decoder interface {
	Decode(p *capture.Packet, picture func(*Frame), sound func(*PCM)) error
	// Path says how it decodes, for operators: "h264 (software)", "hevc (NVDEC)".
	Path() string
	Close()
}

// Meter reduces one frame to sums in one pass. previous and before are the frame before and the
// one before that, nil where there is none or its geometry differs. into is overwritten whole and
// its slices are reused: nothing is allocated once it has grown to the size of the feed.
type Meter interface {
	Measure(frame, previous, before *Frame, into *Sums) error
}
