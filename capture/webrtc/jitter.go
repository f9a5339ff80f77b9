package webrtc

import "time"

const (
	// window is how many packets of a track are kept in order: over half a second at 30 Mbit/s.
	window = 4096
	// leap is how far a sequence number may be from the others before it is taken for a stray; two
	// in a row begin the sequence anew (RFC 3550, A.1).
	leap = 3000
	// patience is how often a missing packet is asked for.
	patience = 10
	// reordered is how long a gap may be nothing but packets that changed places.
	reordered = 5 * time.Millisecond
)

// rtpPacket is one packet of RTP without its header.
type rtpPacket struct {
	seq     uint16
	stamp   uint32
	kind    uint8 // payload type
	marker  bool
	payload []byte
	arrived time.Time
	free    func() // gives the buffer of payload back
}

// slot is the place of one sequence number.
type slot struct {
	seq    int64
	packet *rtpPacket // nil while it is missing, and when it was handed on
	state  slotState
	since  time.Time // when it was found missing
	asked  time.Time
	tries  int
}

type slotState uint8

const (
	slotEmpty slotState = iota
	slotMissing
	slotHere
	slotDone
	slotLost // not waited for any more
)

// fate is what became of a packet that was put into the buffer.
type fate uint8

const (
	kept fate = iota
	recovered
	late      // it was given up before
	duplicate // it had come before
	stray
)

// jitterBuffer puts the packets of one track in order, keeps book of the missing, and gives up on
// them when they have been waited for long enough.
type jitterBuffer struct {
	wait    time.Duration
	slots   []slot
	started bool
	next    int64         // the next to hand on
	high    int64         // the furthest seen
	missing int           // slots between next and high that are empty
	odd     int64         // the sequence number that would confirm a leap
	leapt   bool          // odd holds
	shedded int           // places given up before their time and not told yet
	answer  time.Duration // how long the last request took that needed no second
}

func newJitterBuffer(wait time.Duration) *jitterBuffer {
	return &jitterBuffer{wait: wait, slots: make([]slot, window)}
}

func (j *jitterBuffer) at(seq int64) *slot { return &j.slots[seq&(window-1)] }

// push takes a packet; its buffer is the jitter buffer's where the fate is kept or recovered.
func (j *jitterBuffer) push(p *rtpPacket) fate {
	if !j.started {
		j.begin(int64(p.seq) + 1<<32)
	}
	seq := j.high + int64(int16(p.seq-uint16(j.high)))
	if seq > j.high+leap || seq < j.high-leap {
		if !j.leapt || j.odd != int64(p.seq) {
			j.odd, j.leapt = int64(p.seq+1), true
			return stray
		}
		j.drop()
		j.begin(int64(p.seq) + 1<<32)
		seq = j.next
	}
	j.leapt = false
	if seq < j.next {
		s := j.at(seq)
		if s.seq == seq && s.state == slotLost {
			s.state = slotDone
			return late
		}
		return duplicate
	}
	for j.high < seq {
		j.high++
		if j.high-j.next >= window {
			j.shed()
		}
		*j.at(j.high) = slot{seq: j.high, state: slotMissing, since: p.arrived}
		j.missing++
	}
	s := j.at(seq)
	if s.state != slotMissing {
		return duplicate
	}
	f := kept
	if s.tries > 0 {
		f = recovered
	}
	if s.tries == 1 {
		j.answer = p.arrived.Sub(s.asked)
	}
	s.state, s.packet = slotHere, p
	j.missing--
	return f
}

func (j *jitterBuffer) begin(seq int64) {
	j.started, j.next, j.high, j.missing = true, seq, seq-1, 0
}

// shed gives the oldest place up, though it is not its time: a peer can make us hold so much and no
// more. What was lost by it is told with the next packet handed on, as pop finds it.
func (j *jitterBuffer) shed() {
	s := j.at(j.next)
	if s.state == slotMissing {
		j.missing--
	} else if s.packet != nil {
		s.packet.free()
	}
	*s = slot{seq: s.seq, state: slotLost}
	j.next++
	j.shedded++
}

// pop returns the next packet in order and how many before it are lost for good; nil where it has yet
// to come.
func (j *jitterBuffer) pop(now time.Time) (p *rtpPacket, lost int) {
	lost, j.shedded = j.shedded, 0
	for j.next <= j.high {
		s := j.at(j.next)
		if s.state == slotHere {
			p, s.packet, s.state = s.packet, nil, slotDone
			j.next++
			return p, lost
		}
		if now.Sub(s.since) < j.wait {
			break
		}
		s.state = slotLost
		j.missing--
		j.next++
		lost++
	}
	return nil, lost
}

// requests appends the sequence numbers that are to be asked for now. roundTrip is how long the
// answer to an earlier request may take.
func (j *jitterBuffer) requests(now time.Time, roundTrip time.Duration, into []uint16) []uint16 {
	if j.missing == 0 {
		return into
	}
	left := j.missing
	for seq := j.next; left > 0 && seq <= j.high && len(into) < 256; seq++ {
		s := j.at(seq)
		if s.state != slotMissing {
			continue
		}
		left--
		due := s.since.Add(reordered)
		if s.tries > 0 {
			due = s.asked.Add(roundTrip)
		}
		if s.tries < patience && !now.Before(due) {
			s.tries++
			s.asked = now
			into = append(into, uint16(seq))
		}
	}
	return into
}

// waiting tells whether something is missing, so that time alone can change what pop returns.
func (j *jitterBuffer) waiting() bool { return j.missing > 0 }

// drop lets go of everything that is held.
func (j *jitterBuffer) drop() {
	for seq := j.next; seq <= j.high; seq++ {
		if s := j.at(seq); s.packet != nil {
			s.packet.free()
			s.packet = nil
		}
	}
	j.next, j.missing = j.high+1, 0
}
