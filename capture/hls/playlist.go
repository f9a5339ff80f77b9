package hls

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// resource is something to fetch, or a range of it.
type resource struct {
	uri           string
	start, length int64 // length is -1 for all of it
}

// media is a media playlist (RFC 8216, 4.3.3).
type media struct {
	target   time.Duration
	sequence int // of the first segment
	ended    bool
	segments []segment
	parts    []part // of the segment that is not complete yet

	canBlock bool // the server answers when there is news (rfc8216bis, 6.2.5.2)
	holdBack time.Duration
}

// segment is one media segment.
type segment struct {
	resource
	duration      time.Duration
	discontinuity bool
	gap           bool
	init          *resource
	key           *key
	parts         []part
}

// part is a part of a segment.
type part struct {
	resource
	duration    time.Duration
	independent bool
	gap         bool
}

// key is how segments are encrypted.
type key struct {
	method, uri string
	iv          []byte // nil for the sequence number
}

// variant is one choice of a multivariant playlist.
type variant struct {
	uri       string
	bandwidth int
	codecs    string
	audio     string // group of renditions
}

// alternative is one rendition of a group.
type alternative struct {
	kind, group, uri string
	preferred        bool
}

// master is a multivariant playlist (RFC 8216, 4.3.4).
type master struct {
	variants     []variant
	alternatives []alternative
}

// parsePlaylist reads a playlist; one of the results is set.
func parsePlaylist(b []byte) (*media, *master, error) {
	text := strings.TrimPrefix(string(b), "\ufeff")
	if !strings.HasPrefix(text, "#EXTM3U") {
		return nil, nil, notAPlaylist(text)
	}
	if strings.Contains(text, "#EXT-X-STREAM-INF:") {
		m, err := parseMaster(text)
		return nil, m, err
	}
	m, err := parseMedia(text)
	return m, nil, err
}

// notAPlaylist says what came instead.
func notAPlaylist(text string) error {
	head := strings.ToLower(strings.TrimSpace(text[:min(len(text), 512)]))
	switch {
	case head == "":
		return errors.New("the server answers with nothing where a playlist should be")
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"):
		return errors.New("the server answers with a web page where a playlist should be: the URL must name the playlist itself, and need no log-in")
	case strings.HasPrefix(head, "<"):
		return errors.New("the server answers with XML where an HLS playlist should be")
	}
	return errors.New("what the server answers is no HLS playlist: it does not begin with #EXTM3U")
}

// lines calls take for every line that is not empty or a comment, with the value of a tag.
func lines(text string, take func(tag, value string) error) error {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] != '#':
			if err := take("", line); err != nil {
				return err
			}
		case strings.HasPrefix(line, "#EXT"):
			tag, value, _ := strings.Cut(line, ":")
			if err := take(tag, value); err != nil {
				return fmt.Errorf("playlist: %s: %w", tag, err)
			}
		}
	}
	return nil
}

// mediaReader is a media playlist that is being read.
type mediaReader struct {
	media
	next segment
	key  *key
	init *resource
	end  int64 // of the byte range before
	last string
}

func parseMedia(text string) (*media, error) {
	r := &mediaReader{}
	r.next.length = -1
	if err := lines(text, r.take); err != nil {
		return nil, err
	}
	m := &r.media
	m.parts = r.next.parts
	if m.target <= 0 {
		return nil, errors.New("the playlist does not tell its target duration: it is no media playlist")
	}
	return m, nil
}

func (r *mediaReader) take(tag, value string) (err error) {
	switch tag {
	case "":
		r.segment(value)
	case "#EXT-X-TARGETDURATION":
		r.target, err = seconds(value)
	case "#EXT-X-MEDIA-SEQUENCE":
		var n uint64
		n, err = strconv.ParseUint(value, 10, 62)
		r.sequence = int(n)
	case "#EXT-X-ENDLIST":
		r.ended = true
	case "#EXTINF":
		value, _, _ = strings.Cut(value, ",")
		r.next.duration, err = seconds(value)
	case "#EXT-X-BYTERANGE":
		r.next.start, r.next.length, err = byteRange(value)
	case "#EXT-X-DISCONTINUITY":
		r.next.discontinuity = true
	case "#EXT-X-GAP":
		r.next.gap = true
	case "#EXT-X-KEY":
		r.key, err = parseKey(value)
	case "#EXT-X-MAP":
		r.init, err = parseResource(value, 0)
	case "#EXT-X-PART":
		err = r.part(value)
	case "#EXT-X-SERVER-CONTROL":
		a := attributes(value)
		r.canBlock = a["CAN-BLOCK-RELOAD"] == "YES"
		if v := a["PART-HOLD-BACK"]; v != "" {
			r.holdBack, err = seconds(v)
		}
	}
	return err
}

// segment ends a segment by its URI. A range that does not say where it begins follows the one
// before.
func (r *mediaReader) segment(uri string) {
	s := r.next
	s.uri, s.key, s.init = uri, r.key, r.init
	if s.length >= 0 && s.start < 0 {
		s.start = 0
		if r.last == uri {
			s.start = r.end
		}
	}
	r.end, r.last = s.start+max(s.length, 0), uri
	r.segments = append(r.segments, s)
	r.next = segment{resource: resource{length: -1}}
}

func (r *mediaReader) part(value string) error {
	before := int64(0)
	if n := len(r.next.parts); n > 0 {
		before = r.next.parts[n-1].start + max(r.next.parts[n-1].length, 0)
	}
	a := attributes(value)
	where, err := parseResource(value, before)
	if err != nil {
		return err
	}
	p := part{resource: *where, independent: a["INDEPENDENT"] == "YES", gap: a["GAP"] == "YES"}
	if p.duration, err = seconds(a["DURATION"]); err != nil {
		return err
	}
	r.next.parts = append(r.next.parts, p)
	return nil
}

func parseMaster(text string) (*master, error) {
	m := &master{}
	var next *variant
	err := lines(text, func(tag, value string) error {
		switch tag {
		case "":
			if next != nil {
				next.uri = value
				m.variants = append(m.variants, *next)
				next = nil
			}
		case "#EXT-X-STREAM-INF":
			a := attributes(value)
			next = &variant{codecs: a["CODECS"], audio: a["AUDIO"]}
			next.bandwidth, _ = strconv.Atoi(a["BANDWIDTH"]) // its lack is the playlist's fault, and of no harm
		case "#EXT-X-MEDIA":
			a := attributes(value)
			m.alternatives = append(m.alternatives, alternative{
				kind: a["TYPE"], group: a["GROUP-ID"], uri: a["URI"], preferred: a["DEFAULT"] == "YES",
			})
		}
		return nil
	})
	if err == nil && len(m.variants) == 0 {
		err = errors.New("the multivariant playlist lists no variant")
	}
	return m, err
}

// attributes reads an attribute list (RFC 8216, 4.2). Quotes are taken off.
func attributes(text string) map[string]string {
	list := map[string]string{}
	for text != "" {
		name, rest, ok := strings.Cut(text, "=")
		if !ok {
			break
		}
		value := ""
		if strings.HasPrefix(rest, `"`) {
			value, rest, _ = strings.Cut(rest[1:], `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		list[strings.TrimSpace(name)] = strings.TrimSpace(value)
		text = rest
	}
	return list
}

// parseResource reads URI and BYTERANGE; before is where a range begins that does not say it.
func parseResource(value string, before int64) (*resource, error) {
	a := attributes(value)
	r := &resource{uri: a["URI"], length: -1}
	if r.uri == "" {
		return nil, errors.New("no URI")
	}
	if v := a["BYTERANGE"]; v != "" {
		var err error
		if r.start, r.length, err = byteRange(v); err != nil {
			return nil, err
		}
		if r.start < 0 {
			r.start = before
		}
	}
	return r, nil
}

// byteRange reads length@start; start is -1 where it is not told.
func byteRange(value string) (start, length int64, err error) {
	l, s, told := strings.Cut(value, "@")
	n, err := strconv.ParseUint(l, 10, 40)
	if err != nil || n == 0 {
		return 0, 0, fmt.Errorf("byte range %q", clip(value))
	}
	if !told {
		return -1, int64(n), nil
	}
	at, err := strconv.ParseUint(s, 10, 60)
	if err != nil {
		return 0, 0, fmt.Errorf("byte range %q", clip(value))
	}
	return int64(at), int64(n), nil
}

func parseKey(value string) (*key, error) {
	a := attributes(value)
	k := &key{method: a["METHOD"], uri: a["URI"]}
	if k.method == "NONE" {
		return nil, nil
	}
	if text, hexed := strings.CutPrefix(strings.ToLower(a["IV"]), "0x"); hexed {
		iv, err := hex.DecodeString(text)
		if err != nil || len(iv) != 16 {
			return nil, errors.New("an IV that is not of 128 bits")
		}
		k.iv = iv
	}
	return k, nil
}

// seconds reads a decimal number of seconds, of a day at most.
func seconds(value string) (time.Duration, error) {
	v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 86_400 {
		return 0, fmt.Errorf("duration %q", clip(value))
	}
	return time.Duration(v * float64(time.Second)), nil
}

// clip bounds and cleans what a server says, for one line of a log.
func clip(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > 200 {
		text = text[:200] + "…"
	}
	return strings.ToValidUTF8(text, "?")
}
