package webrtc

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

// maxUnit bounds one access unit.
const maxUnit = 16 << 20

// unit is one access unit on its way to becoming a packet.
type unit struct {
	picture
	stamp   uint32
	arrived time.Time
	lost    int // units missing before it
	corrupt bool
}

// stream makes access units of the packets of one RTP stream.
type stream struct {
	in      *inbound
	jitter  *jitterBuffer
	clock   trackClock
	count   *counters
	deliver func(*stream, unit)

	payload *payload
	format  capture.Format
	parts   []*rtpPacket // of the unit that is being collected
	size    int
	gap     bool // something is missing right before the next packet
	damaged bool // the unit that is being collected lacks a part

	lost   int    // units known to be missing since the last
	hole   bool   // something, perhaps whole units, was missing since the last
	last   uint32 // timestamp of the last unit
	step   uint32 // from unit to unit
	some   bool   // last holds
	keyed  bool   // a key picture has been
	repair repair

	furthest uint32        // timestamp of the furthest unit handed on
	pts      time.Duration // of that unit
	begun    bool          // they hold

	spread   time.Duration // jitter
	sent     uint32        // timestamp of the last packet that it took into account
	received time.Time
}

// missed notes packets that are lost for good.
func (s *stream) missed(packets int) {
	if packets == 0 {
		return
	}
	if s.payload != nil && s.payload.media == capture.Audio {
		s.lost += packets
		return
	}
	s.gap, s.hole = true, true
	s.damaged = len(s.parts) > 0
}

// accept takes the next packet in order.
func (s *stream) accept(p *rtpPacket, as *payload) {
	if as == nil || len(p.payload) == 0 { // of no type that was agreed on, or padding
		p.free()
		return
	}
	if s.payload != as {
		s.finish()
		s.adopt(as)
	}
	if as.join == nil {
		s.arrange(p)
		s.emit(unit{picture: picture{format: s.format, data: append([]byte(nil), p.payload...), key: true}, stamp: p.stamp, arrived: p.arrived})
		p.free()
		return
	}
	if len(s.parts) > 0 && p.stamp != s.parts[0].stamp {
		s.finish()
	}
	if len(s.parts) == 0 {
		s.damaged = s.gap && !as.begins(p.payload)
	}
	s.gap = false
	s.arrange(p)
	s.parts = append(s.parts, p)
	s.size += len(p.payload)
	if s.size > maxUnit {
		s.damaged = true
		s.discard()
		s.size = 0
	}
	if p.marker {
		s.finish()
	}
}

// adopt begins a payload type.
func (s *stream) adopt(p *payload) {
	if int64(p.rate) != s.clock.rate {
		s.clock.rate = int64(p.rate)
		s.clock.rebase()
	}
	s.payload = p
	s.format = announced(p)
	s.keyed, s.some = false, false
}

// arrange works out the jitter of arrival (RFC 3550, A.8), by the first packet of each unit: the
// others are spread by the sender.
func (s *stream) arrange(p *rtpPacket) {
	if !s.received.IsZero() && p.stamp == s.sent {
		return
	}
	if !s.received.IsZero() {
		d := p.arrived.Sub(s.received) - ticks(int64(int32(p.stamp-s.sent)), s.clock.rate)
		if d < 0 {
			d = -d
		}
		s.spread += (min(d, time.Second) - s.spread) / 16
	}
	s.sent, s.received = p.stamp, p.arrived
}

// finish makes a unit of the parts that were collected.
func (s *stream) finish() {
	if len(s.parts) == 0 {
		return
	}
	damaged := s.damaged
	s.damaged = false
	defer s.discard()
	u := unit{stamp: s.parts[0].stamp, arrived: s.parts[len(s.parts)-1].arrived}
	if damaged {
		s.drop()
		return
	}
	payloads := make([][]byte, len(s.parts))
	for i, p := range s.parts {
		payloads[i] = p.payload
		if p.arrived.After(u.arrived) {
			u.arrived = p.arrived
		}
	}
	data, err := s.payload.join(payloads)
	if err != nil || len(data) == 0 {
		s.count.broken.Add(1)
		s.drop()
		return
	}
	u.picture = look(s.format, data)
	s.format = u.format
	if !s.keyed && !u.key {
		s.count.unconfigured.Add(1)
		s.repair.want()
		return
	}
	s.emit(u)
}

func (s *stream) drop() {
	s.lost++
	s.hole = true
	s.repair.want()
}

func (s *stream) discard() {
	for _, p := range s.parts {
		p.free()
	}
	clear(s.parts)
	s.parts, s.size = s.parts[:0], 0
}

// emit hands a unit on with what was lost before it. Whole units that went missing show only in the
// timestamps.
func (s *stream) emit(u unit) {
	video := u.format.Media == capture.Video
	if u.key {
		s.keyed = true
		if video {
			s.repair.done()
		}
	}
	passed := u.stamp - s.last
	if s.some && video && s.hole {
		s.repair.wantUnless(u.key)
		if s.step > 0 && passed < 1<<31 {
			s.lost = max(s.lost, min(int((passed+s.step/2)/s.step)-1, 10000))
		}
	} else if s.some && passed < 1<<31 {
		s.step = passed
	}
	s.last, s.some, s.hole = u.stamp, true, false
	u.lost, s.lost = s.lost, 0
	u.corrupt = video && s.repair.wanted
	s.deliver(s, u)
}
