package mpegts

import (
	"encoding/binary"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// table ids (ISO/IEC 13818-1 table 2-31, EN 300 468 table 2).
const (
	tablePAT = 0x00
	tablePMT = 0x02
)

// mostStreams bounds the elementary streams of one programme.
const mostStreams = 64

// programme is one entry of the PAT, with its PMT once that has come.
type programme struct {
	number  uint16
	pmtPID  uint16
	pcrPID  uint16
	pmtSeen time.Duration // on the clock of the analysis
	ready   bool          // the PMT has come
	secret  bool          // it names a conditional access system
	table   string
	list    []stream
}

// stream is one elementary stream of a programme.
type stream struct {
	pid   uint16
	media capture.Media // 0 where it is neither video nor audio
	codec capture.Codec // "" where it is neither
	kind  byte          // stream_type
	opus  byte          // channel_config_code of Opus
	// tables are packets of a PAT and a PMT with this stream alone, where it goes to the decoder as it
	// came (capture.MPEGTS); else "".
	tables string
}

// longForm checks the head that PAT and PMT share and returns what is between head and CRC.
func longForm(section []byte, head int) ([]byte, bool) {
	if len(section) < head+4 || section[1]&0x80 == 0 || section[5]&1 == 0 { // or it is not valid yet
		return nil, false
	}
	return section[head : len(section)-4], true
}

// mostProgrammes bounds the list; the largest multiplexes carry some hundred.
const mostProgrammes = 512

// pat collects the sections of a programme association table.
type pat struct {
	programmes []*programme // in the order of the table
	byNumber   map[uint16]*programme
	version    byte
	known      bool
	seen       [256]bool
}

// add takes one section and reports whether the list has changed. Programmes that were there before
// are kept.
func (t *pat) add(section []byte) (changed bool) {
	body, ok := longForm(section, 8)
	if !ok {
		return false
	}
	version, number := section[5]>>1&0x1f, section[6]
	before := t.byNumber
	if !t.known || version != t.version {
		t.programmes, t.byNumber, t.seen = nil, map[uint16]*programme{}, [256]bool{}
	}
	t.known, t.version = true, version
	if t.seen[number] {
		return false
	}
	t.seen[number] = true
	for ; len(body) >= 4 && len(t.programmes) < mostProgrammes; body = body[4:] {
		id, pid := binary.BigEndian.Uint16(body), binary.BigEndian.Uint16(body[2:])&0x1fff
		if id == 0 || t.byNumber[id] != nil { // 0 is the network information table
			continue
		}
		p := &programme{number: id, pmtPID: pid}
		if old := before[id]; old != nil && old.pmtPID == pid {
			p = old
		}
		t.byNumber[id] = p
		t.programmes = append(t.programmes, p)
	}
	return true
}

// parse reads the section of a PMT and reports whether it says anything new.
func (p *programme) parse(section []byte) (changed bool) {
	body, ok := longForm(section, 12)
	if !ok || p.ready && string(section) == p.table {
		return false
	}
	pcr := binary.BigEndian.Uint16(section[8:]) & 0x1fff
	info := int(binary.BigEndian.Uint16(section[10:]) & 0xfff)
	if info > len(body) {
		return false
	}
	secret, own := false, body[:info]
	descriptors(own, func(tag byte, _ []byte) { secret = secret || tag == 0x09 })
	var list []stream
	for body = body[info:]; len(body) >= 5 && len(list) < mostStreams; {
		s := stream{kind: body[0], pid: binary.BigEndian.Uint16(body[1:]) & 0x1fff}
		size := int(binary.BigEndian.Uint16(body[3:]) & 0xfff)
		if body = body[5:]; size > len(body) {
			return false
		}
		s.identify(body[:size])
		if s.codec == capture.MPEGTS {
			s.tables = carried(s, p.number, own, body[:size])
		}
		descriptors(body[:size], func(tag byte, _ []byte) { secret = secret || tag == 0x09 })
		list = append(list, s)
		body = body[size:]
	}
	p.pcrPID, p.secret, p.list, p.table, p.ready = pcr, secret, list, string(section), true
	return true
}

// descriptors walks over a list of descriptors.
func descriptors(b []byte, each func(tag byte, body []byte)) {
	for len(b) >= 2 && len(b) >= 2+int(b[1]) {
		size := int(b[1])
		each(b[0], b[2:2+size])
		b = b[2+size:]
	}
}
