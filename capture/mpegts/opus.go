package mpegts

import (
	"encoding/binary"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// opus is the channel_config_code of a stream of Opus.
type opus byte

// channels of channel_config_code (ETSI TS 101 154, G.5); 0 is dual mono.
func (o opus) channels() int {
	if o == 0 {
		return 2
	}
	return int(o & 0xf)
}

// head reads the control header in front of each Opus packet.
func (o opus) head(b []byte) (frame, int, bool) {
	if b[0] != 0x7f || len(b) > 1 && b[1]&0xe0 != 0xe0 {
		return frame{}, 0, false
	}
	if len(b) < 2 {
		return frame{}, 2, true
	}
	at, size := 2, 0
	for more := true; more; at++ {
		if at >= len(b) {
			return frame{}, at + 1, true
		}
		size += int(b[at])
		more = b[at] == 0xff
		if size > mostFrame {
			return frame{}, 0, false
		}
	}
	for _, trim := range []byte{0x10, 0x08} {
		if b[1]&trim != 0 {
			at += 2
		}
	}
	if b[1]&0x04 != 0 { // control extension
		if at >= len(b) {
			return frame{}, at + 1, true
		}
		at += 1 + int(b[at])
	}
	f := frame{head: at, size: at + size}
	if size == 0 {
		return frame{}, 0, false
	}
	if len(b) > at {
		f.length = opusLength(b[at:])
	}
	f.format = sound(capture.Opus, 48000, o.channels())
	f.format.Extra = o.config()
	return f, f.size, true
}

// opusLength is how long a packet of Opus lasts (RFC 6716, 3.1).
func opusLength(b []byte) time.Duration {
	config := b[0] >> 3
	length := [4]time.Duration{2500, 5000, 10000, 20000}[config&3] * time.Microsecond
	switch {
	case config < 12:
		length = [4]time.Duration{10, 20, 40, 60}[config&3] * time.Millisecond
	case config < 16:
		length = [2]time.Duration{10, 20}[config&1] * time.Millisecond
	}
	count := time.Duration(1)
	switch b[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(b) > 1 {
			count = time.Duration(b[1] & 0x3f)
		}
	}
	return length * count
}

// config is the OpusHead of the stream (RFC 7845, 5.1); up to 8 channels in the order of Vorbis.
func (o opus) config() string {
	channels := o.channels()
	head := append([]byte("OpusHead"), 1, byte(channels))
	head = binary.LittleEndian.AppendUint16(head, 0)
	head = binary.LittleEndian.AppendUint32(head, 48000)
	head = append(head, 0, 0)
	if channels <= 2 {
		head = append(head, 0)
		if o == 0 {
			head[len(head)-1] = 0xff
			return string(append(head, 2, 0, 0, 1))
		}
		return string(head)
	}
	if channels > 8 {
		head = append(head, 0xff, byte(channels), 0)
		for n := range channels {
			head = append(head, byte(n))
		}
		return string(head)
	}
	layout := opusLayouts[channels-3]
	return string(append(append(head, 1, layout.streams, layout.coupled), layout.mapping...))
}

// opusLayouts are those of channel mapping family 1 from 3 channels on (RFC 7845, 5.1.1.2).
var opusLayouts = [...]struct {
	streams, coupled byte
	mapping          string
}{
	{2, 1, "\x00\x02\x01"}, {2, 2, "\x00\x01\x02\x03"}, {3, 2, "\x00\x04\x01\x02\x03"},
	{4, 2, "\x00\x04\x01\x02\x03\x05"}, {4, 3, "\x00\x04\x01\x02\x03\x05\x06"}, {5, 3, "\x00\x06\x01\x02\x03\x04\x05\x07"},
}
