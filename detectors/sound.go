package detectors

import "time"

// Sound is a block of sound, 20 ms long, reduced to what detectors read. Amplitudes are linear
// with full scale at 1.
type Sound struct {
	Rate     int
	Duration time.Duration // of the block
	Channels []Channel
}

// Channel is what was measured of one channel of a block.
type Channel struct {
	Peak float64 // largest absolute sample
	RMS  float64 // root mean square
}
