package ffmpeg

/*
#cgo pkg-config: libavformat
#include "transport.h"
*/
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
)

// transport is a [hwaccel.Decoder] of a track that comes as packets of a transport stream
// ([capture.MPEGTS]): libavformat takes the units out and says what their coding is.
type transport struct {
	c       *C.ved_transport
	media   capture.Media
	codec   capture.Codec
	options Options
	decoder hwaccel.Decoder // nil until the stream has told what it takes to open one
	stamps  stamps
	held    int // bytes since the last unit
	waited  int // units that came before the decoder could be opened
}

func openTransport(f capture.Format, o Options) (hwaccel.Decoder, error) {
	if !wholePackets([]byte(f.Extra)) {
		return nil, fmt.Errorf("open decoder for %s: its configuration is not packets of PAT and PMT", f.Codec)
	}
	tables := unsafe.StringData(f.Extra)
	var text [C.VED_TEXT]C.char
	c := C.ved_transport_open((*C.uint8_t)(tables), C.int(len(f.Extra)), flag(f.Media == capture.Video), &text[0])
	if c == nil {
		return nil, fmt.Errorf("open decoder for %s: %s", f.Codec, C.GoString(&text[0]))
	}
	t := &transport{c: c, media: f.Media, options: o}
	if err := t.open(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// wholePackets tells whether b is nothing but transport packets.
func wholePackets(b []byte) bool {
	for rest := b; len(rest) > 0; rest = rest[C.VED_TS_PACKET:] {
		if len(rest) < C.VED_TS_PACKET || rest[0] != 0x47 {
			return false
		}
	}
	return len(b) > 0
}

// open opens the decoder of the coding, unless that has to wait for a configuration in the stream.
func (t *transport) open() error {
	var coded C.ved_coded
	C.ved_transport_describe(t.c, &coded)
	t.codec = capture.Codec(C.GoString(coded.codec))
	if !Has(t.codec) {
		return fmt.Errorf("open decoder for %s in a transport stream: this FFmpeg has no software decoder for it", t.codec)
	}
	if coded.waits != 0 {
		return nil
	}
	decoder, err := Open(capture.Format{
		Media: t.media, Codec: t.codec,
		Extra:      string(C.GoBytes(unsafe.Pointer(coded.extra), coded.extra_size)),
		SampleRate: int(coded.rate), Channels: int(coded.channels),
	}, t.options)
	if err != nil {
		return err
	}
	t.decoder = decoder
	return nil
}

// Decode takes the packets of one PES packet; see [Decoder.Decode].
func (t *transport) Decode(p *capture.Packet, picture func(*hwaccel.Frame), sound func(*hwaccel.PCM)) error {
	if t.c == nil {
		return fmt.Errorf("decode %s: %w", capture.MPEGTS, errClosed)
	}
	if err := t.write(p); err != nil {
		return err
	}
	failed := t.read(p != nil && p.Corrupt, picture, sound)
	if t.held > MaxPacket { // no end of a unit in sight: a parser would keep it all
		failed = fmt.Errorf("decode %s in a transport stream: %d bytes without a unit", t.codec, t.held)
		p = nil
		if err := t.write(nil); err != nil {
			return err
		}
		_ = t.read(true, picture, sound) // the failure that counts is told
	}
	if p == nil && t.decoder != nil {
		if err := t.decoder.Decode(nil, picture, sound); failed == nil {
			failed = err
		}
	}
	return failed
}

// read decodes the units that are complete; its error is the first of them.
func (t *transport) read(corrupt bool, picture func(*hwaccel.Frame), sound func(*hwaccel.PCM)) (failed error) {
	for failures := 0; failures < maxFailures; {
		var u C.ved_unit
		code := C.ved_transport_read(t.c, &u)
		if code == C.VED_AGAIN || code == C.VED_END {
			break
		}
		var err error
		if code != 0 {
			err = t.fail(code)
		} else {
			t.held = 0
			err = t.unit(&u, corrupt, picture, sound)
		}
		if err != nil {
			failures++
			if failed == nil {
				failed = err
			}
		}
	}
	return failed
}

// write hands the bytes of a packet, or the end where that is nil, to the demultiplexer.
func (t *transport) write(p *capture.Packet) error {
	code := C.int(0)
	switch {
	case p == nil:
		t.held = 0
		code = C.ved_transport_write(t.c, nil, 0)
	case len(p.Data) > MaxPacket || !wholePackets(p.Data):
		return fmt.Errorf("decode %s in a transport stream: %d bytes that are not whole packets", t.codec, len(p.Data))
	default:
		t.stamps.add(p)
		t.held += len(p.Data)
		code = C.ved_transport_write(t.c, (*C.uint8_t)(unsafe.SliceData(p.Data)), C.int(len(p.Data)))
	}
	if code < 0 {
		return t.fail(code)
	}
	return nil
}

// unit decodes one unit.
func (t *transport) unit(u *C.ved_unit, corrupt bool, picture func(*hwaccel.Frame), sound func(*hwaccel.PCM)) error {
	if t.decoder == nil {
		if err := t.open(); t.decoder == nil {
			if t.waited++; err == nil && t.waited > patience {
				err = fmt.Errorf("decode %s in a transport stream: its configuration has not come in %d units", t.codec, t.waited)
			}
			return err
		}
	}
	p := capture.Packet{
		Data: unsafe.Slice((*byte)(u.data), int(u.size)),
		PTS:  capture.NoTime, DTS: capture.NoTime, At: capture.NoTime,
		Key: u.key != 0, Corrupt: corrupt || u.corrupt != 0,
	}
	if u.pts != C.VED_NO_TIME {
		p.At = t.stamps.at(int64(u.pts))
	}
	switch {
	case p.At != capture.NoTime:
		p.PTS = p.At
	case t.media == capture.Video:
		p.At = t.stamps.last // where the stream is: pictures are counted on from there
	}
	return t.decoder.Decode(&p, picture, sound)
}

func (t *transport) fail(code C.int) error {
	var text [C.VED_TEXT]C.char
	C.ved_transport_error(code, &text[0])
	return fmt.Errorf("decode %s in a transport stream: %s", t.codec, C.GoString(&text[0]))
}

// Path says what is in the stream: "mpegts (dirac, software)".
func (t *transport) Path() string { return fmt.Sprintf("%s (%s, software)", capture.MPEGTS, t.codec) }

// Close frees the decoder. Frames that were given out stay valid until they are released.
func (t *transport) Close() {
	if t.decoder != nil {
		t.decoder.Close()
		t.decoder = nil
	}
	if t.c != nil {
		C.ved_transport_close(t.c)
		t.c = nil
	}
}

// stamps says what times of the stream's clock are on the feed's, by the packets that came last: a
// parser holds units back, and the clock may have jumped since.
type stamps struct {
	recent [16]struct {
		pts   int64 // 90 kHz, modulo 2^33
		at    time.Duration
		known bool
	}
	count int
	last  time.Duration // At of the packet before
}

// farthest is how far a time may be from that of any packet that came.
const farthest = 10 * time.Second

func (s *stamps) add(p *capture.Packet) {
	s.last = p.At
	if p.PTS == capture.NoTime || p.At == capture.NoTime {
		return
	}
	to := &s.recent[s.count%len(s.recent)]
	to.pts, to.at, to.known = ticks(p.PTS), p.At, true
	s.count++
}

// at returns the feed's time of a PTS by the nearest that is known, or capture.NoTime.
func (s *stamps) at(pts int64) time.Duration {
	at, best := capture.NoTime, farthest
	for _, r := range s.recent {
		const unused = 64 - 33 // bits: the difference may wrap
		off := time.Duration((pts-r.pts)<<unused>>unused) * (time.Second / 10_000) / 9
		if r.known && off.Abs() < best {
			at, best = r.at+off, off.Abs()
		}
	}
	return at
}

// ticks is a time in units of 90 kHz, to the nearest.
func ticks(t time.Duration) int64 {
	const tick = time.Second / 10_000 // of nine
	whole, rest := t/tick, t%tick
	return int64(whole)*9 + int64((rest*9+tick/2)/tick)
}
