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
	codec capture.Codec // "" where it is not supported
	kind  byte          // stream_type
	opus  byte          // channel_config_code of Opus
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
	secret := false
	descriptors(body[:info], func(tag byte, _ []byte) { secret = secret || tag == 0x09 })
	var list []stream
	for body = body[info:]; len(body) >= 5 && len(list) < mostStreams; {
		s := stream{kind: body[0], pid: binary.BigEndian.Uint16(body[1:]) & 0x1fff}
		size := int(binary.BigEndian.Uint16(body[3:]) & 0xfff)
		if body = body[5:]; size > len(body) {
			return false
		}
		s.identify(body[:size])
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

// aacLATM is AAC in LOAS/LATM by the name that libavcodec gives it.
const aacLATM capture.Codec = "aac_latm"

// coding is what a stream_type stands for.
type coding struct {
	media capture.Media
	codec capture.Codec // "" where it cannot be taken
	name  string        // for operators, where it cannot
}

// codings maps stream_type (ISO/IEC 13818-1 table 2-34; from 0x80 on ATSC A/53 part 3). The decoder of
// MPEG-2 takes MPEG-1 too.
var codings = map[byte]coding{
	0x01: {capture.Video, capture.MPEG2, ""}, 0x02: {capture.Video, capture.MPEG2, ""},
	0x03: {capture.Audio, capture.MP2, ""}, 0x04: {capture.Audio, capture.MP2, ""},
	0x0f: {capture.Audio, capture.AAC, ""}, 0x11: {capture.Audio, aacLATM, ""},
	0x1b: {capture.Video, capture.H264, ""}, 0x24: {capture.Video, capture.HEVC, ""},
	0x81: {capture.Audio, capture.AC3, ""}, 0x87: {capture.Audio, capture.EAC3, ""},
	0x10: {capture.Video, "", "MPEG-4 part 2"}, 0x21: {capture.Video, "", "JPEG 2000"},
	0x33: {capture.Video, "", "VVC"}, 0x42: {capture.Video, "", "AVS"}, 0xd2: {capture.Video, "", "AVS2"},
	0xd4: {capture.Video, "", "AVS3"}, 0xd1: {capture.Video, "", "Dirac"}, 0xea: {capture.Video, "", "VC-1"},
	0x82: {capture.Audio, "", "DTS"}, 0x8a: {capture.Audio, "", "DTS"}, 0x83: {capture.Audio, "", "TrueHD"},
}

// registrations maps the format identifier of a registration descriptor on private data.
var registrations = map[string]coding{
	"AC-3": {capture.Audio, capture.AC3, ""}, "EAC3": {capture.Audio, capture.EAC3, ""},
	"Opus": {capture.Audio, capture.Opus, ""}, "HEVC": {capture.Video, capture.HEVC, ""},
	"BSSD": {capture.Audio, "", "SMPTE 302M"}, "DTS1": {capture.Audio, "", "DTS"},
	"DTS2": {capture.Audio, "", "DTS"}, "DTS3": {capture.Audio, "", "DTS"}, "AV01": {capture.Video, "", "AV1"},
}

// private is the stream_type of PES with private data, which descriptors explain.
const private = 0x06

// identify finds the coding of a stream by its type and descriptors.
func (s *stream) identify(info []byte) {
	c := codings[s.kind]
	if s.kind == private {
		descriptors(info, func(tag byte, body []byte) {
			switch {
			case tag == 0x05 && len(body) >= 4:
				if known, ok := registrations[string(body[:4])]; ok {
					c = known
				}
			case tag == 0x6a: // EN 300 468, annex D
				c = coding{capture.Audio, capture.AC3, ""}
			case tag == 0x7a:
				c = coding{capture.Audio, capture.EAC3, ""}
			case tag == 0x7b:
				c = coding{capture.Audio, "", "DTS"}
			case tag == 0x7f && len(body) >= 2 && body[0] == 0x80: // Opus: ETSI TS 101 154 extension
				s.opus = body[1]
			}
		})
	}
	s.media, s.codec = c.media, c.codec
}

// unsupported names the coding of a stream that is video or audio and cannot be taken.
func (s *stream) unsupported() string {
	if s.media == 0 || s.codec != "" {
		return ""
	}
	if name := codings[s.kind].name; name != "" {
		return name
	}
	return "unsupported private data"
}
