package mpegts

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

// track is one elementary stream that is taken out.
type track struct {
	stream
	split   splitter
	carrier *carrier // in place of split, where the coding is left to the decoder's library
	deliver func(*track, unit)

	head   []byte // of the PES packet, while it is not complete
	inHead bool
	left   int // payload of the PES packet that is still to come; -1 where its length is not told

	waits     bool // for a unit with which decoding can start
	came      bool // a unit came, whether it could be used or not
	scrambled bool
	last      stamp
	step      time.Duration // between decode times
}

func newTrack(s stream, deliver func(*track, unit)) *track {
	t := &track{stream: s, deliver: deliver, waits: s.media == capture.Video, last: unstamped}
	if s.codec == capture.MPEGTS {
		t.carrier = newCarrier(s, t.unit)
	} else {
		t.split = newSplitter(s, t.unit)
	}
	return t
}

// packet takes the payload of a transport packet.
func (t *track) packet(p packet) {
	if t.carrier != nil {
		t.scrambled = t.carrier.packet(p)
		return
	}
	b := p.payload
	if p.start {
		t.head, t.inHead = t.head[:0], true
	}
	if t.inHead {
		t.head = append(t.head, b...)
		h, complete := parsePES(t.head)
		if !complete {
			return
		}
		t.inHead, t.left = false, 0
		if !h.media {
			return
		}
		t.scrambled = t.scrambled || h.scrambled
		if h.scrambled {
			return
		}
		t.left = h.payload
		if t.media == capture.Video {
			t.left = -1 // muxers let the length of large pictures overflow, and nothing else follows one
		}
		t.split.begin(h.stamp)
		b = t.head[h.size:]
	}
	if t.left >= 0 {
		b = b[:min(len(b), t.left)]
		t.left -= len(b)
	}
	if len(b) > 0 {
		t.split.write(b)
	}
}

// lose says that packets of the track are missing.
func (t *track) lose() {
	if t.carrier != nil {
		t.carrier.lose()
		return
	}
	t.inHead = false
	t.split.lose()
}

// unit takes what the splitter has cut and sees that it has times and can be decoded.
func (t *track) unit(u unit) {
	t.came = true
	if t.waits && (!u.key || u.corrupt) {
		return
	}
	t.waits = false
	switch {
	case u.known() && t.last.known():
		if step := u.dts - t.last.dts; step > 0 && step < time.Second {
			t.step = step
		}
	case !u.known() && !t.last.known():
		return // before the first time there is none to go on from
	case !u.known():
		step := t.step
		if u.length > 0 {
			step = u.length
		}
		u.dts = t.last.dts + step
		u.pts = u.dts
	}
	t.last = u.stamp
	t.deliver(t, u)
}

// pesHead is the head of a PES packet.
type pesHead struct {
	stamp
	media     bool // the packet has the head that video and audio have
	scrambled bool
	size      int // of the head
	payload   int // bytes behind it, -1 where it is not told
}

// parsePES reads the head of a PES packet (ISO/IEC 13818-1, 2.4.3.6); it reports false while bytes
// are missing.
func parsePES(b []byte) (h pesHead, complete bool) {
	const fixed = 9
	h.stamp = unstamped
	if len(b) < fixed {
		return h, false
	}
	if b[0] != 0 || b[1] != 0 || b[2] != 1 || !isMedia(b[3]) || b[6]&0xc0 != 0x80 {
		return h, true
	}
	h.size = fixed + int(b[8])
	if len(b) < h.size {
		return h, false
	}
	h.media, h.scrambled, h.payload = true, b[6]&0x30 != 0, -1
	if size := int(b[4])<<8 | int(b[5]); size > 0 {
		h.payload = max(size-(h.size-6), 0)
	}
	optional := b[fixed:h.size]
	if b[7]&0x80 != 0 && len(optional) >= 5 {
		h.pts = stamp33(optional)
		h.dts = h.pts
		if b[7]&0x40 != 0 && len(optional) >= 10 && h.pts != capture.NoTime {
			if dts := stamp33(optional[5:]); dts != capture.NoTime {
				h.dts = dts
			}
		}
	}
	return h, true
}

// isMedia tells by its stream_id whether a PES packet is of video, audio or private data.
func isMedia(id byte) bool { return id == 0xbd || id >= 0xc0 && id <= 0xef || id == 0xfd }

// stamp33 reads a timestamp of 33 bits, of which three are markers that must be set.
func stamp33(b []byte) time.Duration {
	if b[0]&1 == 0 || b[2]&1 == 0 || b[4]&1 == 0 {
		return capture.NoTime
	}
	return clock90(int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1))
}
