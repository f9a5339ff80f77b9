package mpegts

// Acquisition and loss of sync (TR 101 290, 1.1): five good sync bytes to find it, two bad ones in a
// row to lose it.
const (
	goodToFind = 5
	badToLose  = 2
)

// aligner finds the packets in the bytes of a transport stream, however those are cut.
type aligner struct {
	size   int    // of a packet; 0 out of sync
	bad    int    // sync bytes in a row that were wrong
	carry  []byte // the beginning of a packet, or bytes in which sync is looked for
	lost   func() // sync was lost
	faulty func() // one sync byte was wrong
	packet func([]byte)
}

// write takes the next bytes. Packets are handed over as parts of b or of a buffer of its own, and
// hold only during the call.
func (a *aligner) write(b []byte) {
	if len(a.carry) > 0 {
		b = a.complete(b)
	}
	for len(b) > 0 {
		if a.size == 0 {
			var found bool
			if b, found = a.find(b); !found {
				break
			}
		}
		if len(b) < a.size {
			break
		}
		b = a.next(b)
	}
	a.carry = append(a.carry[:0], b...)
}

// complete joins what was left over with the next bytes and returns what remains of those. In sync
// it copies only as much as the packet takes.
func (a *aligner) complete(b []byte) []byte {
	if a.size == 0 {
		return append(append([]byte{}, a.carry...), b...)
	}
	missing := a.size - len(a.carry)
	if missing > len(b) {
		return append(append([]byte{}, a.carry...), b...)
	}
	a.carry = append(a.carry, b[:missing]...)
	rest := a.next(a.carry)
	if len(rest) > 0 { // sync was lost within it
		rest = append(append([]byte{}, rest...), b[missing:]...)
		a.carry = a.carry[:0]
		return rest
	}
	a.carry = a.carry[:0]
	return b[missing:]
}

// next takes one packet off bytes that hold at least one.
func (a *aligner) next(b []byte) []byte {
	if b[0] == syncByte {
		a.bad = 0
		a.packet(b[:packetSize])
		return b[a.size:]
	}
	a.faulty()
	if a.bad++; a.bad < badToLose {
		return b[a.size:]
	}
	a.size, a.bad = 0, 0
	a.lost()
	return b
}

// find looks for sync and returns the bytes from there on, or those in which it may yet be found.
func (a *aligner) find(b []byte) ([]byte, bool) {
	const need = (goodToFind - 1) * paritySize
	for at := range b {
		if b[at] != syncByte {
			continue
		}
		for _, size := range []int{packetSize, paritySize} {
			if inSync(b[at:], size) {
				a.size = size
				return b[at:], true
			}
		}
		if len(b)-at <= need {
			return b[at:], false
		}
	}
	return nil, false
}

// inSync reports whether sync bytes follow one another at the distance of a packet.
func inSync(b []byte, size int) bool {
	for n := range goodToFind {
		if n*size >= len(b) || b[n*size] != syncByte {
			return false
		}
	}
	return true
}
