package file

import "math/bits"

// marks tells damage from a habit. libavformat marks a packet of a transport stream as corrupt where
// continuity counters leave a gap, but also where its length is not what its header says, and there
// are multiplexers that write a wrong length into every one. So a mark counts only where most of the
// packets before it had none; what a decoder makes of the packet is told by itself.
type marks struct{ last uint16 } // a bit for each of the sixteen packets before, set where it had none

func (m *marks) real(marked bool) bool {
	usual := bits.OnesCount16(m.last) > 8
	m.last <<= 1
	if !marked {
		m.last |= 1
	}
	return marked && usual
}
