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
