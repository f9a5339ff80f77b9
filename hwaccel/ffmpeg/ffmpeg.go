// Package ffmpeg decodes with libavcodec, FFmpeg 5 to 8. Pictures stay in C memory, where the
// decoder put them; sound is handed over as planar floats. FFmpeg writes nothing to stderr: what
// it says about a decoder becomes the text of that decoder's errors.
//
// The C side is a thin shim of one call a packet and one a picture. It picks the format of the
// pictures through libavcodec's get_format callback, which is where a hardware decoder joins.
//
// A track that comes as raw transport stream is taken out of it by libavformat first, from memory: see
// transport.go.
package ffmpeg

/*
#cgo pkg-config: libavcodec libavutil libswscale
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra
#include <stdlib.h>
#include "decoder.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
)

// MaxPacket is the largest packet that is decoded, in bytes.
const MaxPacket = 32 << 20

const (
	maxExtra   = 1 << 20
	maxThreads = 64
)

// Options tune a decoder. The zero value is one thread.
type Options struct {
	// Threads decode the slices or tiles of one picture beside each other; 0 means 1. They add no
	// delay, and help only codings that were made with slices.
	Threads int
}

// Decoder is a [hwaccel.Decoder] over libavcodec.
type Decoder struct {
	c      *C.ved_decoder
	format capture.Format
	gate   gate
	clock  clock
	sound  pcm

	mu   sync.Mutex // guards free: a Frame may be released on another goroutine
	free []*picture
}

var _ hwaccel.Decoder = (*Decoder)(nil)

// Open makes a decoder for one track. The error says why there is none: a coding that this FFmpeg
// does not know, or a configuration that it refuses. Close must be called.
//
// Two codings have no configuration of their own and need a word from their container. For
// "rawvideo", Extra is libavutil's name of the pixel format, such as "yuv420p"; for "prores" it is the
// FourCC, such as "apch". For [capture.MPEGTS] it is the packets of PAT and PMT, and what is decoded is
// what they name.
func Open(f capture.Format, o Options) (hwaccel.Decoder, error) {
	if f.Media != capture.Video && f.Media != capture.Audio {
		return nil, fmt.Errorf("open decoder for %q: neither video nor audio", f.Codec)
	}
	if len(f.Extra) > maxExtra {
		return nil, fmt.Errorf("open decoder for %s: %d bytes of codec configuration, more than %d", f.Codec, len(f.Extra), maxExtra)
	}
	if !validSize(f) {
		return nil, fmt.Errorf("open decoder for %s: announced as %dx%d, %d Hz, %d channels", f.Codec, f.Width, f.Height, f.SampleRate, f.Channels)
	}
	if f.Codec == capture.MPEGTS {
		return openTransport(f, o)
	}
	name := C.CString(string(f.Codec))
	defer C.free(unsafe.Pointer(name))
	config := C.ved_config{
		codec: name, extra_size: C.int(len(f.Extra)),
		width: C.int(f.Width), height: C.int(f.Height),
		rate: C.int(f.SampleRate), channels: C.int(f.Channels),
		bits: C.int(f.BitsPerSample), block_align: C.int(f.BlockAlign),
		threads: C.int(min(max(o.Threads, 1), maxThreads)),
	}
	if f.Extra != "" {
		extra := C.CBytes([]byte(f.Extra))
		defer C.free(extra)
		config.extra = (*C.uint8_t)(extra)
	}
	if f.Media == capture.Video {
		config.video = 1
	}
	var text [C.VED_TEXT]C.char
	c := C.ved_decoder_open(&config, &text[0])
	if c == nil {
		return nil, fmt.Errorf("open decoder for %s: %s", f.Codec, C.GoString(&text[0]))
	}
	return &Decoder{c: c, format: f, gate: newGate(f.Codec), clock: newClock(f.FrameDuration)}, nil
}

// validSize refuses numbers that no track has before they meet C's int.
func validSize(f capture.Format) bool {
	in := func(v, most int) bool { return v >= 0 && v <= most }
	return in(f.Width, 1<<16) && in(f.Height, 1<<16) && in(f.SampleRate, 1<<22) && in(f.Channels, 256) &&
		in(f.BitsPerSample, 64) && in(f.BlockAlign, 1<<20)
}

// Path says how it decodes, for operators: "h264 (software)".
func (d *Decoder) Path() string { return string(d.format.Codec) + " (software)" }

// Close frees the decoder. Frames that were given out stay valid until they are released.
func (d *Decoder) Close() {
	if d.c != nil {
		C.ved_decoder_close(d.c)
		d.c = nil
	}
}

var errClosed = errors.New("the decoder is closed")

// fail turns what the C side returned into an error.
func (d *Decoder) fail(code C.int) error {
	var text [C.VED_TEXT]C.char
	C.ved_decoder_error(d.c, code, &text[0])
	if code == C.VED_UNKNOWN_FORMAT {
		return fmt.Errorf("decode %s: %w: %s", d.format.Codec, hwaccel.ErrUnsupported, C.GoString(&text[0]))
	}
	return fmt.Errorf("decode %s: %s", d.format.Codec, C.GoString(&text[0]))
}
