package webrtc

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/rtcp"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
)

// errSilent is how a session ends in which nothing comes any more.
var errSilent = errors.New("no media")

const (
	// chase is how often missing packets are looked after, while there are any.
	chase = 5 * time.Millisecond
	// firstKey is how long a sender has to begin with a key picture on its own.
	firstKey = 300 * time.Millisecond
	// The time that the answer to a request for a packet is given, at least and at first.
	askLeast, askFirst = 20 * time.Millisecond, 100 * time.Millisecond
)

// player turns what one session receives into packets. It belongs to one goroutine.
type player struct {
	*receiver
	payloads map[uint8]*payload
	wait     time.Duration // for missing packets
	silence  time.Duration
	pulled   bool // a sender that falls silent is left; a publisher may just pause
	timeline *capture.Timeline
	numbers  map[trackID]int
	emit     func(capture.Packet)
	facts    *facts
	quiet    *quiet.Log

	peer      string
	clock     senderClock
	streams   map[*inbound]*stream
	heard     time.Time
	roundTrip time.Duration // of a request for a packet
	asking    []uint16
}

// play takes what the session receives until it is over and says why.
func (p *player) play() error {
	p.clock.began = time.Now()
	p.heard = p.clock.began
	p.streams = map[*inbound]*stream{}
	p.roundTrip = askFirst
	defer p.letGo()
	p.timeline.Restart(p.clock.began)
	second := time.NewTicker(time.Second)
	defer second.Stop()
	soon := time.NewTimer(time.Hour)
	defer soon.Stop()
	armed := false
	for {
		select {
		case <-p.done:
			return errors.New(p.reason())
		case e := <-p.events:
			p.take(e)
		case <-soon.C:
			armed = false
			p.chase(time.Now())
		case <-second.C:
			if err := p.look(time.Now()); err != nil {
				return err
			}
		}
		if !armed && p.chasing() {
			soon.Reset(chase)
			armed = true
		}
	}
}

// letGo returns the buffers of what is unfinished.
func (p *player) letGo() {
	for _, s := range p.streams {
		s.jitter.drop()
		s.discard()
	}
}

func (p *player) take(e event) {
	s := p.streams[e.in]
	if s == nil {
		s = &stream{in: e.in, jitter: newJitterBuffer(p.wait), count: p.count, deliver: p.deliver}
		p.streams[e.in] = s
	}
	if e.packet == nil {
		p.clock.report(&s.clock, e.report)
		return
	}
	now := e.packet.arrived
	p.heard = now
	if p.payloads[e.packet.kind] == nil {
		p.count.wrongType.Add(1)
		p.quiet.Say(now, slog.LevelWarn, "RTP packets of a payload type that was not agreed on", "peer", p.peer, "type", e.packet.kind)
	}
	became := s.jitter.push(e.packet)
	if became == kept || became == recovered {
		p.facts.arrived()
	}
	switch became {
	case recovered:
		p.facts.add(0, 1, 0, 0, 0)
		if a := s.jitter.answer; a > 0 {
			s.jitter.answer = 0
			p.roundTrip += (max(a, askLeast) - p.roundTrip) / 4
		}
	case late:
		p.facts.add(0, 0, 1, 0, 0)
		e.packet.free()
	case stray:
		p.count.stray.Add(1)
		e.packet.free()
	case duplicate:
		e.packet.free()
	}
	p.drain(s, now)
}

// drain takes what is in order, or not worth waiting for any more.
func (p *player) drain(s *stream, now time.Time) {
	for {
		packet, lost := s.jitter.pop(now)
		s.missed(lost)
		p.facts.gaveUp(lost)
		if packet == nil {
			break
		}
		s.accept(packet, p.payloads[packet.kind])
	}
	p.refresh(s, now)
}

func (p *player) chasing() bool {
	for _, s := range p.streams {
		if s.jitter.waiting() {
			return true
		}
	}
	return false
}

// chase asks for what is missing and gives up on what has been waited for.
func (p *player) chase(now time.Time) {
	for _, s := range p.streams {
		if !s.jitter.waiting() {
			continue
		}
		p.drain(s, now)
		if s.payload == nil || !s.payload.nack {
			continue
		}
		s.in.wake()
		p.asking = s.jitter.requests(now, p.roundTrip+p.roundTrip/4, p.asking[:0])
		if len(p.asking) == 0 {
			continue
		}
		nack := &rtcp.TransportLayerNack{MediaSSRC: s.in.ssrc, SenderSSRC: s.in.ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(p.asking)}
		if p.pc.WriteRTCP([]rtcp.Packet{nack}) == nil {
			p.facts.add(0, 0, 0, len(p.asking), 0)
		}
	}
}

// refresh asks for a key picture where one is wanted.
func (p *player) refresh(s *stream, now time.Time) {
	if s.payload == nil || !s.payload.pli && !s.payload.fir || !s.keyed && now.Sub(p.clock.began) < firstKey || !s.repair.due(now) {
		return
	}
	var ask rtcp.Packet = &rtcp.PictureLossIndication{MediaSSRC: s.in.ssrc, SenderSSRC: s.in.ssrc}
	if !s.payload.pli {
		ask = &rtcp.FullIntraRequest{SenderSSRC: s.in.ssrc, FIR: []rtcp.FIREntry{{SSRC: s.in.ssrc, SequenceNumber: uint8(now.Unix())}}}
	}
	if p.pc.WriteRTCP([]rtcp.Packet{ask}) == nil {
		p.facts.add(0, 0, 0, 0, 1)
	}
}

// look does once a second what no packet brings about.
func (p *player) look(now time.Time) error {
	jitter := time.Duration(0)
	for _, s := range p.streams {
		jitter = max(jitter, s.spread)
		p.refresh(s, now)
	}
	peer, roundTrip := p.path()
	if peer != "" {
		p.peer = peer
	}
	p.facts.measured(p.peer, jitter, roundTrip, p.pc.ICEConnectionState().String())
	if now.Sub(p.heard) < p.silence {
		return nil
	}
	if p.pulled {
		return fmt.Errorf("%w for %v", errSilent, p.silence)
	}
	p.facts.connected(p.peer, fmt.Sprintf("%s is connected and has sent nothing for %v", p.peer, p.silence))
	return nil
}

// deliver stamps a unit and emits it.
func (p *player) deliver(s *stream, u unit) {
	n, ok := p.numbers[s.in.id]
	if !ok {
		n = len(p.numbers)
		p.numbers[s.in.id] = n
	}
	pts := p.clock.stamp(&s.clock, u.stamp, u.arrived)
	dts := capture.NoTime // unknown where pictures are reordered, which few senders do
	if !s.begun || int32(u.stamp-s.furthest) >= 0 {
		// A track that a report lays a little earlier rests rather than goes back.
		if s.begun {
			pts = max(pts, s.pts)
		}
		dts, s.begun, s.furthest, s.pts = pts, true, u.stamp, pts
	}
	at, jump := p.timeline.Stamp(n, pts, dts, u.arrived)
	p.facts.sent(jump)
	if u.lost > 0 {
		p.facts.add(u.lost, 0, 0, 0, 0)
	}
	p.emit(capture.Packet{
		Format: u.format, Track: n, Data: u.data,
		At: at, PTS: pts, DTS: dts, Arrived: u.arrived,
		Key: u.key, Lost: u.lost, Jump: jump, Corrupt: u.corrupt,
	})
}
