package rtmp

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/bluenviron/gortmplib/pkg/message"
)

// What a peer may make us hold.
const (
	maxOpening = 64 << 10 // bytes before it has published
	maxCommand = 16 << 10 // one command; bounds the depth of nested AMF too
	maxMedia   = 10 << 20 // one access unit
	maxPartial = 2 * maxMedia
	maxStreams = 128       // chunk streams
	readAhead  = 256 << 10 // allocated before the bytes are there
)

// typeAggregate packs several tags in one message; gortmplib does not name it.
const typeAggregate = 22

// packet is one RTMP message.
type packet struct {
	kind message.Type
	time uint32 // ms; wraps
	body []byte // the receiver's own
}

// chunkReader puts the messages of a connection together (RTMP 1.0, 5.3).
type chunkReader struct {
	br        *bufio.Reader
	size      int // of the peer's chunks
	streams   map[int]*chunkStream
	partial   int // bytes held for messages not complete
	opening   int // bytes still allowed before the peer is trusted; <0 when it is
	ackWindow uint32
}

// chunkStream is the state that the chunks of one stream compress their headers against.
type chunkStream struct {
	time, delta uint32
	extended    bool
	field       uint32 // the last extended timestamp, which continuations repeat
	kind        message.Type
	length      int
	started     bool
	skip        bool // the message is not wanted
	got         int
	body        []byte
}

func newChunkReader(br *bufio.Reader) *chunkReader {
	return &chunkReader{br: br, size: 128, streams: map[int]*chunkStream{}, opening: maxOpening}
}

// trust lifts the limits that hold before a peer has published.
func (r *chunkReader) trust() { r.opening = -1 }

// next returns the next message that is of use here. Chunk sizes, aborts and window sizes are dealt
// with; messages of unknown kinds are skipped. Any error is final.
func (r *chunkReader) next() (packet, error) {
	for {
		s, err := r.chunk()
		if err != nil {
			return packet{}, err
		}
		if s == nil || s.got < s.length {
			continue
		}
		p := packet{kind: s.kind, time: s.time, body: s.body}
		r.partial -= len(s.body)
		skipped := s.skip
		s.body, s.got, s.skip = nil, 0, false
		if skipped {
			continue
		}
		control, err := r.control(p)
		if err != nil {
			return packet{}, err
		}
		if !control {
			return p, nil
		}
	}
}

// chunk reads one chunk and returns its stream.
func (r *chunkReader) chunk() (*chunkStream, error) {
	first, err := r.br.ReadByte()
	if err != nil {
		return nil, err
	}
	id, err := r.streamID(first)
	if err != nil {
		return nil, err
	}
	s := r.streams[id]
	if s == nil {
		if len(r.streams) == maxStreams {
			return nil, fmt.Errorf("more than %d chunk streams", maxStreams)
		}
		s = &chunkStream{}
		r.streams[id] = s
	}
	if err := r.header(s, first>>6); err != nil {
		return nil, err
	}
	return s, r.fill(s)
}

func (r *chunkReader) streamID(first byte) (int, error) {
	switch id := int(first & 0x3f); id {
	case 0:
		b, err := r.br.ReadByte()
		return 64 + int(b), unexpected(err)
	case 1:
		var b [2]byte
		_, err := io.ReadFull(r.br, b[:])
		return 64 + int(b[0]) + int(b[1])<<8, unexpected(err)
	default:
		return id, nil
	}
}

// headerSizes by chunk type: all; without the message stream; only the time; none.
var headerSizes = [4]int{11, 7, 3, 0}

func (r *chunkReader) header(s *chunkStream, format byte) error {
	if format != 0 && !s.started {
		return fmt.Errorf("chunk of type %d begins a stream", format)
	}
	if format != 3 && s.got > 0 {
		return fmt.Errorf("chunk of type %d inside a message", format)
	}
	if format == 3 {
		return r.continuation(s)
	}
	var b [11]byte
	if _, err := io.ReadFull(r.br, b[:headerSizes[format]]); err != nil {
		return unexpected(err)
	}
	field := uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	s.extended = field == 0xffffff
	if s.extended {
		var e [4]byte
		if _, err := io.ReadFull(r.br, e[:]); err != nil {
			return unexpected(err)
		}
		field = binary.BigEndian.Uint32(e[:])
	}
	s.field = field
	if format == 0 {
		s.time, s.delta = field, 0
	} else {
		s.time, s.delta = s.time+field, field
	}
	if format < 2 {
		s.length = int(b[3])<<16 | int(b[4])<<8 | int(b[5])
		s.kind = message.Type(b[6])
	}
	s.started = true
	return r.begin(s)
}

// continuation reads what little header a chunk of type 3 has.
func (r *chunkReader) continuation(s *chunkStream) error {
	if s.extended {
		// Most senders repeat the extended timestamp, as the standard says; some leave it out,
		// and some send zeros.
		e, err := r.br.Peek(4)
		if err != nil {
			return unexpected(err)
		}
		if v := binary.BigEndian.Uint32(e); v == s.field || v == s.time || v == 0 {
			_, _ = r.br.Discard(4)
		}
	}
	if s.got > 0 {
		return nil
	}
	s.time += s.delta
	return r.begin(s)
}

// begin decides whether a message is wanted before any of it is read.
func (r *chunkReader) begin(s *chunkStream) error {
	limit := maxMedia
	switch s.kind {
	case message.TypeAudio, message.TypeVideo, typeAggregate:
		if r.opening >= 0 {
			return fmt.Errorf("media before publishing")
		}
		if s.length > limit {
			return fmt.Errorf("message of %d bytes, more than the limit of %d", s.length, limit)
		}
	default:
		s.skip = s.length > maxCommand
		if s.skip && r.opening >= 0 {
			return fmt.Errorf("message of %d bytes before publishing", s.length)
		}
	}
	return nil
}

// fill reads the payload of one chunk.
func (r *chunkReader) fill(s *chunkStream) error {
	left := min(r.size, s.length-s.got)
	if r.opening >= 0 {
		if r.opening -= left + 12; r.opening < 0 {
			return fmt.Errorf("more than %d bytes before publishing", maxOpening)
		}
	}
	if s.skip {
		n, err := r.br.Discard(left)
		s.got += n
		return unexpected(err)
	}
	if r.partial += left; r.partial > maxPartial {
		return fmt.Errorf("more than %d bytes in unfinished messages", maxPartial)
	}
	if s.body == nil && s.length > 0 {
		s.body = make([]byte, 0, min(s.length, readAhead))
	}
	for left > 0 {
		n := min(left, readAhead)
		s.body = grow(s.body, n, s.length)
		part := s.body[s.got : s.got+n]
		if _, err := io.ReadFull(r.br, part); err != nil {
			return unexpected(err)
		}
		s.body = s.body[:s.got+n]
		s.got += n
		left -= n
	}
	return nil
}

// grow makes room for n more bytes, doubling, but for no more than the message in all.
func grow(b []byte, n, length int) []byte {
	if cap(b)-len(b) >= n {
		return b
	}
	bigger := make([]byte, len(b), min(max(2*cap(b), len(b)+n), length))
	copy(bigger, b)
	return bigger
}

// control handles the messages that concern the chunk stream itself, and those of no use.
func (r *chunkReader) control(p packet) (bool, error) {
	value := uint32(0)
	if len(p.body) >= 4 {
		value = binary.BigEndian.Uint32(p.body)
	}
	switch p.kind {
	case message.TypeSetChunkSize:
		if value == 0 || value > 1<<31-1 {
			return true, fmt.Errorf("chunk size of %d", value)
		}
		r.size = int(min(value, 1<<24-1)) // no message is longer
	case message.TypeAbortMessage:
		if s := r.streams[int(value)]; s != nil {
			r.partial -= len(s.body)
			s.body, s.got, s.skip = nil, 0, false
		}
	case message.TypeSetWindowAckSize:
		r.ackWindow = value
	case message.TypeUserControl, message.TypeAudio, message.TypeVideo, typeAggregate,
		message.TypeCommandAMF0, message.TypeCommandAMF3:
		return false, nil
	}
	return true, nil
}

// unexpected makes an end inside a chunk what it is; only between chunks may a peer leave.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
