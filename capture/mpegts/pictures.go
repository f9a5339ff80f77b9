package mpegts

import (
	"bytes"

	"github.com/vedette-av/vedette/capture"
)

// mostUnit bounds one picture; the largest of 8K intra codings take less.
const mostUnit = 16 << 20

// startCode begins each part of a picture in H.264, HEVC and MPEG-2 alike.
var startCode = []byte{0, 0, 1}

// lookAhead is how many bytes behind a start code tell what begins there.
const lookAhead = 4

// part says what begins behind a start code.
type part struct {
	opens   bool // a new unit, where the present one has a picture already
	picture bool
	key     bool // decoding can start in this unit
	set     bool // a sequence parameter set or sequence header
}

// pictures cuts a video stream into access units in Annex B, or what is the same in MPEG-2.
type pictures struct {
	codec capture.Codec
	look  func(p *pictures, b []byte) part
	emit  func(unit)

	buf     []byte
	scanned int   // up to here no start code is left to be found
	pending stamp // of the PES packet whose payload begins at pendingAt
	from    int   // offset of that payload
	begun   bool  // buf begins with a start code
	set     int   // offset of the set in this unit whose end is not found yet, or 0
	format  capture.Format

	// Of the unit that is being collected.
	now     stamp
	picture bool
	key     bool
	corrupt bool
	half    bool // MPEG-2: one field of two has come
	second  bool // MPEG-2: the picture that comes is the other one

	lost int
}

func (p *pictures) begin(s stamp) { p.pending, p.from = s, len(p.buf) }

func (p *pictures) lose() {
	p.corrupt = p.corrupt || p.begun
}

func (p *pictures) write(b []byte) {
	p.buf = append(p.buf, b...)
	for {
		found := bytes.Index(p.buf[p.scanned:], startCode)
		if found < 0 {
			p.scanned = max(p.scanned, len(p.buf)-len(startCode)+1)
			break
		}
		at := p.scanned + found
		if at+len(startCode)+lookAhead > len(p.buf) {
			p.scanned = at
			break
		}
		p.take(at)
	}
	switch {
	case !p.begun:
		p.cut(max(0, len(p.buf)-len(startCode)))
	case len(p.buf) > mostUnit:
		p.cut(len(p.buf))
		p.begun, p.picture, p.key, p.corrupt, p.set = false, false, false, false, 0
		p.lost++
	}
}

// take looks at what begins behind the start code at an offset.
func (p *pictures) take(at int) {
	head := at + len(startCode)
	k := p.look(p, p.buf[head:])
	p.endSet(at)
	p.scanned = head
	if !p.begun || k.opens && p.picture {
		if at > 0 && p.buf[at-1] == 0 {
			at--
		}
		p.finish(at)
		p.begun, p.now = true, unstamped
		if head -= at; p.from <= head { // the unit commences in the payload that the times are for
			p.now, p.pending = p.pending, unstamped
		}
	}
	p.picture = p.picture || k.picture
	p.key = p.key || k.key
	if k.set && p.set == 0 {
		p.set = head
	}
}

// finish hands over the unit that ends at an offset, if there is one.
func (p *pictures) finish(at int) {
	if !p.begun {
		p.cut(at)
		return
	}
	data := p.buf[:at:at]
	p.buf = append(make([]byte, 0, max(len(p.buf)-at+4096, at+at/4)), p.buf[at:]...)
	p.from, p.scanned = max(p.from-at, 0), max(p.scanned-at, 0)
	u := unit{stamp: p.now, data: data, format: p.format, key: p.key, corrupt: p.corrupt, lost: p.lost, length: p.format.FrameDuration}
	p.picture, p.key, p.corrupt, p.half, p.lost, p.set = false, false, false, false, 0, 0
	if u.format.Codec != "" { // nothing can be made of what comes before the first parameter set
		p.emit(u)
	}
}

// cut drops the bytes before an offset.
func (p *pictures) cut(at int) {
	p.buf = append(p.buf[:0], p.buf[at:]...)
	p.from, p.scanned = max(p.from-at, 0), max(p.scanned-at, 0)
}

// endSet reads the parameter set that ends before an offset.
func (p *pictures) endSet(at int) {
	if p.set == 0 {
		return
	}
	if f, ok := describe(p.codec, bytes.TrimRight(p.buf[p.set:at], "\x00")); ok {
		p.format = f
	}
	p.set = 0
}
