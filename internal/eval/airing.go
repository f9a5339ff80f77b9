package eval

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"time"
)

// airing sends a transport stream to a feed at the pace of its own clock, as a multiplexer does, with
// what goes wrong on the way. Times are from its first packet on.
type airing struct {
	rtp    bool
	from   time.Duration // when the second file takes over, where there is one
	pace   func(t time.Duration) float64
	lose   func(t time.Duration) float64 // share of the datagrams
	mux    edit                          // what the multiplexer does wrong; nil drops the packet
	line   edit                          // what the line does to it
	truth  []Defect
	random *rand.Rand
}

// tsp is one packet of a transport stream.
type tsp []byte

// timed is a packet with the time of its place in the stream.
type timed struct {
	at     time.Duration
	packet tsp
}

const (
	datagram = 7 // packets
	airEvery = 5 * time.Millisecond
	rtpHead  = 12
)

// send plays files to an address until they end or ctx does.
func (a airing) send(ctx context.Context, s *stage, to string, files ...string) error {
	packets, err := a.programme(files)
	if err != nil {
		return err
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, "udp", to)
	if err != nil {
		return err
	}
	defer conn.Close()
	a.random = rand.New(rand.NewPCG(5, 0))
	began := s.now()
	for _, d := range a.truth {
		s.truth = append(s.truth, Defect{From: began + d.From, Until: began + d.Until, Maybe: d.Maybe})
	}
	out := sender{conn: conn, rtp: a.rtp, counters: map[int]byte{}}
	played, last, number := time.Duration(0), time.Duration(0), 0
	for tick := time.NewTicker(airEvery); ; {
		t := s.now() - began
		played += time.Duration(a.speed(t) * float64(t-last))
		last = t
		for len(packets) > 0 && packets[0].at <= played {
			if err := a.air(&out, t, number, packets[0].packet); err != nil {
				return err
			}
			packets = packets[1:]
			number++
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			tick.Stop()
			return nil
		}
	}
}

func (a airing) speed(t time.Duration) float64 {
	if a.pace == nil {
		return 1
	}
	return a.pace(t)
}

// air sends one packet, or what is left of it.
func (a airing) air(out *sender, t time.Duration, number int, packet tsp) error {
	p := append(tsp(nil), packet...)
	if a.mux != nil {
		if p = a.mux(t, number, p); p == nil {
			return nil
		}
	}
	out.number(p)
	if a.line != nil {
		if p = a.line(t, number, p); p == nil {
			return nil
		}
	}
	return out.add(p, a.lose != nil && a.random.Float64() < a.lose(t))
}

// sender packs packets into datagrams.
type sender struct {
	conn     net.Conn
	rtp      bool
	sequence uint16
	buffer   []byte
	packets  int
	counters map[int]byte
}

// number counts the packets of each PID, as a multiplexer does.
func (o *sender) number(p tsp) {
	pid := pidOf(p)
	if p[3]&0x10 != 0 {
		o.counters[pid]++
	}
	p[3] = p[3]&0xf0 | o.counters[pid]&0x0f
}

// add takes a packet, and sends the datagram that it fills, or loses it.
func (o *sender) add(p tsp, lose bool) error {
	if o.rtp && o.packets == 0 {
		o.buffer = append(o.buffer, 0x80, 33, byte(o.sequence>>8), byte(o.sequence), 0, 0, 0, 0, 0, 0, 0, 7)
		o.sequence++
	}
	o.buffer = append(o.buffer, p...)
	if o.packets++; o.packets < datagram {
		return nil
	}
	full := o.buffer
	o.buffer, o.packets = o.buffer[:0], 0
	if lose {
		return nil
	}
	_, err := o.conn.Write(full)
	var refused *net.OpError
	if errors.As(err, &refused) {
		return nil // nobody listens at the moment
	}
	return err
}

// programme is the packets of the files, one after the other where there are two.
func (a airing) programme(files []string) ([]timed, error) {
	var all []timed
	for i, file := range files {
		packets, err := timedPackets(file)
		if err != nil {
			return nil, err
		}
		if i == 0 && len(files) > 1 {
			packets = before(packets, a.from)
		} else if i > 0 {
			packets = after(packets, a.from)
		}
		all = append(all, packets...)
	}
	return all, nil
}

func before(packets []timed, at time.Duration) []timed { return packets[:keyFrom(packets, at)] }

func after(packets []timed, at time.Duration) []timed { return packets[keyFrom(packets, at):] }

// keyFrom returns where the first key picture from a time on begins, with the tables before it.
func keyFrom(packets []timed, at time.Duration) int {
	table := 0
	for i, p := range packets {
		switch pidOf(p.packet) {
		case patPID:
			table = i
		case videoIs:
			if p.at >= at && p.packet[3]&0x20 != 0 && p.packet[4] > 0 && p.packet[5]&0x40 != 0 {
				return table
			}
		}
	}
	return len(packets)
}

// timedPackets reads a transport stream and gives each packet the time of its place between two
// clock references.
func timedPackets(file string) ([]timed, error) {
	stream, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var packets []timed
	first, last, mark := time.Duration(-1), time.Duration(0), 0
	for ; len(stream) >= tsPacket; stream = stream[tsPacket:] {
		p := tsp(stream[:tsPacket])
		if p[0] != tsSync {
			return nil, fmt.Errorf("%s is no transport stream", file)
		}
		packets = append(packets, timed{last, p})
		clock, ok := p.clock()
		if !ok {
			continue
		}
		if first < 0 {
			first = clock
		}
		now := clock - first
		for i := mark; i < len(packets); i++ {
			packets[i].at = last + (now-last)*time.Duration(i-mark)/time.Duration(len(packets)-mark)
		}
		last, mark = now, len(packets)-1
	}
	return packets, nil
}
