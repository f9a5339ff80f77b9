package webrtc

import (
	"errors"
	"net"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

const (
	// maxStreams bounds the RTP streams of one session.
	maxStreams = 16
	// backlog is how many packets of a session may wait for its goroutine.
	backlog = 1024
)

// trackID names a track alike over all sessions of a feed: the n-th of its kind in the offer.
type trackID struct {
	media capture.Media
	index int
}

// inbound is one RTP stream of a session.
type inbound struct {
	id   trackID
	ssrc uint32
	// wake makes a read that waits return: pion hands on what comes by RTX only between two packets
	// of the stream itself, the next of which may be long in coming.
	wake func()
}

// event is one thing that came in: a packet, or a report on the stream's clock.
type event struct {
	in     *inbound
	packet *rtpPacket // nil for a report
	report report
}

// receiver is one peer connection that takes media in. Its goroutines hand what comes to one
// channel; play, in player.go, makes packets of it.
type receiver struct {
	pc     *webrtc.PeerConnection
	events chan event
	ready  chan struct{} // closed when the connection stands
	done   chan struct{} // closed when it is over
	count  *counters

	mu      sync.Mutex
	why     string
	up      bool
	over    bool
	streams int
	wg      sync.WaitGroup
	buffers sync.Pool
}

func newReceiver(pc *webrtc.PeerConnection, count *counters) *receiver {
	r := &receiver{pc: pc, count: count, events: make(chan event, backlog), ready: make(chan struct{}), done: make(chan struct{})}
	r.buffers.New = func() any { return new([mtu]byte) }
	pc.OnConnectionStateChange(r.changed)
	pc.OnTrack(r.track)
	return r
}

// changed follows the state of the connection.
func (r *receiver) changed(state webrtc.PeerConnectionState) {
	switch state {
	case webrtc.PeerConnectionStateConnected:
		r.mu.Lock()
		if !r.up {
			r.up = true
			close(r.ready)
		}
		r.mu.Unlock()
	case webrtc.PeerConnectionStateFailed:
		r.end("the connection failed: the peer does not answer any more")
	case webrtc.PeerConnectionStateClosed:
		r.end("the peer hung up")
	}
}

// end ends the session; the first reason counts. It does not wait.
func (r *receiver) end(why string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.over, r.why = true, why
		close(r.done)
	}
}

// reason returns why the session is over.
func (r *receiver) reason() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.why
}

// close lets go of the connection and waits for its goroutines.
func (r *receiver) close() {
	r.end("closed")
	_ = r.pc.GracefulClose()
	r.wg.Wait()
}

// spawn starts a goroutine that close waits for, unless the session is over.
func (r *receiver) spawn(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.over {
		r.wg.Go(f)
	}
}

// track begins to read a stream.
func (r *receiver) track(t *webrtc.TrackRemote, from *webrtc.RTPReceiver) {
	in := &inbound{id: trackID{media: capture.Video}, ssrc: uint32(t.SSRC()), wake: func() {}}
	if t.HasRTX() {
		in.wake = func() { _ = t.SetReadDeadline(time.Unix(1, 0)) }
	}
	if t.Kind() == webrtc.RTPCodecTypeAudio {
		in.id.media = capture.Audio
	}
	for _, other := range r.pc.GetTransceivers() {
		if other.Receiver() == from {
			break
		}
		if other.Kind() == t.Kind() {
			in.id.index++
		}
	}
	r.mu.Lock()
	r.streams++
	many := r.streams > maxStreams
	r.mu.Unlock()
	if many {
		r.count.stray.Add(1)
		return
	}
	r.spawn(func() { r.readReports(in, from) })
	r.spawn(func() { r.readMedia(in, t) })
}

// readMedia reads the packets of a stream until it ends.
func (r *receiver) readMedia(in *inbound, t *webrtc.TrackRemote) {
	for {
		buffer := r.buffers.Get().(*[mtu]byte)
		free := func() { r.buffers.Put(buffer) }
		n, _, err := t.Read(buffer[:])
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			free()
			_ = t.SetReadDeadline(time.Time{})
			continue
		}
		// A type that was not agreed on is told when its place in the sequence comes.
		if err != nil && !errors.Is(err, webrtc.ErrCodecNotFound) {
			free()
			return
		}
		var p rtp.Packet
		if p.Unmarshal(buffer[:n]) != nil {
			free()
			r.count.stray.Add(1)
			continue
		}
		packet := &rtpPacket{
			seq: p.SequenceNumber, stamp: p.Timestamp, kind: p.PayloadType, marker: p.Marker,
			payload: p.Payload, arrived: time.Now(), free: free,
		}
		select {
		case r.events <- event{in: in, packet: packet}:
		case <-r.done:
			return
		}
	}
}

// readReports reads the sender reports of a stream until it ends.
func (r *receiver) readReports(in *inbound, from *webrtc.RTPReceiver) {
	buffer := make([]byte, mtu)
	for {
		n, _, err := from.Read(buffer)
		if err != nil {
			return
		}
		packets, err := rtcp.Unmarshal(buffer[:n])
		if err != nil {
			continue
		}
		for _, p := range packets {
			sr, ok := p.(*rtcp.SenderReport)
			if !ok || sr.SSRC != in.ssrc {
				continue
			}
			select {
			case r.events <- event{in: in, report: report{wall: wallClock(sr.NTPTime), rtp: sr.RTPTime}}:
			case <-r.done:
				return
			}
		}
	}
}

// path returns how the path to the peer is at present.
func (r *receiver) path() (peer string, roundTrip time.Duration) {
	ice := r.pc.SCTP().Transport().ICETransport()
	if pair, err := ice.GetSelectedCandidatePair(); err == nil && pair != nil {
		peer = pair.Remote.Protocol.String() + " " + hostPort(pair.Remote.Address, pair.Remote.Port)
	}
	if stats, ok := ice.GetSelectedCandidatePairStats(); ok {
		roundTrip = time.Duration(stats.CurrentRoundTripTime * float64(time.Second))
	}
	return peer, roundTrip
}
