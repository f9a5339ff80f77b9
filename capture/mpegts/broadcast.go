package mpegts

import (
	"encoding/binary"

	"github.com/vedette-av/vedette/capture"
)

// The codings of contribution and of discs, by the names that libavcodec gives them.
const (
	s302m capture.Codec = "s302m"
	dts   capture.Codec = "dts"
	mpeg4 capture.Codec = "mpeg4"
)

// parcels takes each PES packet as one unit, for a coding that has no sync word by which a frame
// could be found in the middle.
type parcels struct {
	head header
	emit func(unit)

	buf  []byte
	time stamp
	open bool // buf begins with the payload of a PES packet
	lost int
}

func (p *parcels) begin(s stamp) { p.buf, p.time, p.open = p.buf[:0], s, true }

func (p *parcels) lose() {
	if p.open {
		p.lost++
	}
	p.buf, p.open = p.buf[:0], false
}

func (p *parcels) write(b []byte) {
	if !p.open {
		return
	}
	p.buf = append(p.buf, b...)
	f, need, ok := p.head(p.buf)
	switch {
	case !ok || len(p.buf) > mostFrame:
		p.lose()
	case need <= len(p.buf):
		u := unit{stamp: p.time, data: append([]byte{}, p.buf[:f.size]...), format: f.format, key: true, lost: p.lost, length: f.length}
		p.open, p.lost = false, 0
		p.emit(u)
	}
}

// head302 reads the head of a packet of AES3 data (SMPTE ST 302, 5.2), which is handed on whole.
func head302(b []byte) (frame, int, bool) {
	const size = 4
	if len(b) < size {
		return frame{}, size, true
	}
	head := binary.BigEndian.Uint32(b)
	channels, code := int(head>>14&3)*2+2, int(head>>4&3)
	if code == 3 {
		return frame{}, 0, false
	}
	// Each sample of two channels takes its bits and four of status, in whole bytes.
	f := frame{size: size + int(head>>16)}
	sample := channels / 2 * (16 + 4*code + 4) * 2 / 8
	if f.size == size || (f.size-size)%sample != 0 {
		return frame{}, 0, false
	}
	const rate = 48000 // the only one of the standard
	f.format = sound(s302m, rate, channels)
	f.length = samples((f.size-size)/sample, rate)
	return f, f.size, true
}

// The sync words of a core frame of DTS and of the extensions behind it, and what its head stands for
// (ETSI TS 102 114, 5.3 and 7.4).
var (
	dtsCore      = [4]byte{0x7f, 0xfe, 0x80, 0x01}
	dtsExtension = [4]byte{0x64, 0x58, 0x20, 0x25}

	dtsRates    = [16]int{1: 8000, 2: 16000, 3: 32000, 6: 11025, 7: 22050, 8: 44100, 11: 12000, 12: 24000, 13: 48000}
	dtsChannels = [16]int{1, 2, 2, 2, 2, 3, 3, 4, 4, 5, 6, 6, 6, 7, 8, 8}
)

// headDTS reads the head of a frame of DTS, or of the extension that belongs to the one before.
func headDTS(b []byte) (frame, int, bool) {
	const size = 12
	for i, want := range dtsCore {
		if i < len(b) && b[i] != want {
			return headDTSExtension(b)
		}
	}
	if len(b) < size {
		return frame{}, size, true
	}
	head := binary.BigEndian.Uint64(b[4:])
	blocks, bytes := int(head>>50&0x7f)+1, int(head>>36&0x3fff)+1
	mode, rate := int(head>>30&0x3f), dtsRates[head>>26&0xf]
	if blocks < 6 || bytes < 96 || rate == 0 || mode >= len(dtsChannels) {
		return frame{}, 0, false
	}
	channels := dtsChannels[mode]
	if head>>9&3 != 0 && head>>9&3 != 3 { // low frequency effects
		channels++
	}
	f := frame{size: bytes, length: samples(32*blocks, rate)}
	f.format = sound(dts, rate, channels)
	return f, f.size, true
}

func headDTSExtension(b []byte) (frame, int, bool) {
	const size = 10
	for i, want := range dtsExtension {
		if i < len(b) && b[i] != want {
			return frame{}, 0, false
		}
	}
	if len(b) < size {
		return frame{}, size, true
	}
	head := uint64(b[5])<<32 | uint64(binary.BigEndian.Uint32(b[6:]))
	f := frame{more: true, size: int(head>>13&0xffff) + 1}
	if b[5]&0x20 != 0 { // the long form: 12 bits of head, 20 of size
		f.size = int(head>>5&0xfffff) + 1
	}
	if f.size <= size {
		return frame{}, 0, false
	}
	return f, f.size, true
}

// lookMPEG4 reads what is behind a start code of MPEG-4 part 2 (ISO/IEC 14496-2, 6.2).
func lookMPEG4(_ *pictures, b []byte) part {
	switch {
	case b[0] == 0xb6: // a picture, whose kind is in the first two bits
		return part{opens: true, picture: true, key: b[1]>>6 == 0}
	case b[0] >= 0x20 && b[0] <= 0x2f:
		return part{opens: true, set: true}
	case b[0] == 0xb0 || b[0] == 0xb3 || b[0] == 0xb5 || b[0] <= 0x1f:
		return part{opens: true}
	}
	return part{}
}
