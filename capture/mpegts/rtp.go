package mpegts

import (
	"encoding/binary"
	"fmt"
	"time"
)

const (
	payloadMP2T = 33 // RFC 3551, table 5
	// A packet that is missing is waited for until this many later ones have come, or for this long:
	// a network that reorders does so by a few packets.
	mostHeld = 64
	holdFor  = 100 * time.Millisecond
	// A step of the sequence by more than this is a sender that began anew.
	mostGap = 3000
)

// rtp puts RTP packets in order and counts those that are missing (RFC 3550, A.1 and A.3).
type rtp struct {
	packet func(payload []byte, arrived time.Time)
	excuse func() // what is missing before the next packet, we have lost
	anew   func() // the sender began anew

	started bool
	ssrc    uint32
	next    uint16
	held    [mostHeld]heldPacket // by sequence number
	waiting int
	own     int // packets that we dropped and whose gap has not come yet
	calm    int // packets since that

	taken, lost, late uint64
}

type heldPacket struct {
	there   bool
	number  uint16
	payload []byte
	arrived time.Time
}

// dropped says that we lost datagrams before the next one.
func (r *rtp) dropped(n int) { r.own, r.calm = r.own+n, 0 }

// write takes one datagram. An error says what it is instead of MPEG-TS in RTP.
func (r *rtp) write(b []byte, arrived time.Time) error {
	payload, number, ssrc, err := parseRTP(b)
	if err != nil {
		return err
	}
	ahead := int16(number - r.next)
	switch {
	case !r.started || ssrc != r.ssrc || ahead > mostGap || ahead < -mostGap:
		if r.started {
			r.flush()
			r.anew()
		}
		r.started, r.ssrc, r.next, ahead = true, ssrc, number, 0
	case ahead < 0:
		r.late++ // it has been given up, or is there twice
		return nil
	}
	for int(ahead) >= mostHeld {
		r.step()
		ahead = int16(number - r.next)
	}
	if ahead == 0 && r.waiting == 0 {
		r.hand(payload, arrived)
		return nil
	}
	slot := &r.held[number%mostHeld]
	if !slot.there {
		*slot = heldPacket{true, number, append(slot.payload[:0], payload...), arrived}
		r.waiting++
	}
	r.settle(arrived)
	return nil
}

// settle hands on what is in order, and gives up what was waited for long enough.
func (r *rtp) settle(now time.Time) {
	for r.waiting > 0 {
		if !r.held[r.next%mostHeld].there && now.Sub(r.oldest()) < holdFor {
			return
		}
		r.step()
	}
}

// oldest returns when the packet came that has waited longest.
func (r *rtp) oldest() time.Time {
	for n := range uint16(mostHeld) {
		if slot := &r.held[(r.next+n)%mostHeld]; slot.there {
			return slot.arrived
		}
	}
	return time.Time{}
}

// step hands on the next packet, or gives it up.
func (r *rtp) step() {
	slot := &r.held[r.next%mostHeld]
	if slot.there {
		slot.there = false
		r.waiting--
		r.hand(slot.payload, slot.arrived)
		return
	}
	r.next++
	if r.own > 0 {
		r.own--
		r.excuse()
		return
	}
	r.lost++
}

func (r *rtp) hand(payload []byte, arrived time.Time) {
	r.next++
	r.taken++
	if r.calm++; r.calm > 2*mostHeld {
		r.own = 0 // those were of another stream
	}
	r.packet(payload, arrived)
}

// flush hands on all that is held.
func (r *rtp) flush() {
	for r.waiting > 0 {
		r.step()
	}
}

// parseRTP reads the head of an RTP packet (RFC 3550, 5.1).
func parseRTP(b []byte) (payload []byte, number uint16, ssrc uint32, err error) {
	const head = 12
	if len(b) >= packetSize && b[0] == syncByte {
		return nil, 0, 0, fmt.Errorf("what arrives is a transport stream without RTP: write udp:// instead of rtp://")
	}
	if len(b) < head || b[0]>>6 != 2 {
		return nil, 0, 0, fmt.Errorf("what arrives is not RTP")
	}
	if kind := b[1] & 0x7f; kind != payloadMP2T {
		return nil, 0, 0, fmt.Errorf("what arrives is RTP of payload type %d, not %d (MPEG transport stream)", kind, payloadMP2T)
	}
	number, ssrc = binary.BigEndian.Uint16(b[2:]), binary.BigEndian.Uint32(b[8:])
	at := head + 4*int(b[0]&0xf)
	if b[0]&0x10 != 0 { // extension
		if len(b) < at+4 {
			return nil, 0, 0, fmt.Errorf("what arrives is RTP that is cut short")
		}
		at += 4 + 4*int(binary.BigEndian.Uint16(b[at+2:]))
	}
	end := len(b)
	if b[0]&0x20 != 0 { // padding
		end -= int(b[len(b)-1])
	}
	if at > end {
		return nil, 0, 0, fmt.Errorf("what arrives is RTP that is cut short")
	}
	return b[at:end], number, ssrc, nil
}
