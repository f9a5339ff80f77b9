package ffmpeg

// #include "decoder.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
)

// maxFailures ends the reading of one packet when the decoder fails on it again and again.
const maxFailures = 32

// Decode sends one packet and hands on everything that is ready; a nil packet drains what the
// decoder holds back, after which it takes packets again. An error speaks of this packet only, and
// pictures may have come out all the same. The error wraps [hwaccel.ErrUnsupported] when a picture
// has a pixel format that nothing can measure.
//
// What belongs before time zero of the feed's clock (the priming of an audio encoder, pictures
// before the first one that an edit list shows) is decoded and not handed on.
func (d *Decoder) Decode(p *capture.Packet, picture func(*hwaccel.Frame), sound func(*hwaccel.PCM)) error {
	if d.c == nil {
		return fmt.Errorf("decode %s: %w", d.format.Codec, errClosed)
	}
	failed := d.send(p)
	for failures := 0; failures < maxFailures; {
		var code C.int
		if d.format.Media == capture.Video {
			code = d.nextPicture(picture)
		} else {
			code = d.nextSound(sound)
		}
		switch code {
		case 0:
			continue
		case C.VED_AGAIN, C.VED_END:
			return failed
		}
		failures++
		if failed == nil || code == C.VED_UNKNOWN_FORMAT && !errors.Is(failed, hwaccel.ErrUnsupported) {
			failed = d.fail(code)
		}
	}
	return failed
}

func (d *Decoder) send(p *capture.Packet) error {
	if p == nil {
		if code := C.ved_decoder_send(d.c, nil, 0, 0, 0, 0); code < 0 {
			return d.fail(code)
		}
		return nil
	}
	if len(p.Data) == 0 {
		return fmt.Errorf("decode %s: an empty packet", d.format.Codec)
	}
	if len(p.Data) > MaxPacket {
		return fmt.Errorf("decode %s: a packet of %d bytes, more than %d", d.format.Codec, len(p.Data), MaxPacket)
	}
	at := p.At
	if p.PTS == capture.NoTime && d.format.Media == capture.Video {
		at = capture.NoTime // counted in the order of decoding: the clock counts the pictures instead
		d.clock.unstamped(p.At)
	}
	code := C.ved_decoder_send(d.c, (*C.uint8_t)(unsafe.Pointer(unsafe.SliceData(p.Data))), C.int(len(p.Data)),
		C.int64_t(at), flag(p.Key), flag(p.Corrupt))
	if code < 0 {
		return d.fail(code)
	}
	return nil
}

func flag(b bool) C.int {
	if b {
		return 1
	}
	return 0
}
