package rtmp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/bluenviron/gortmplib/pkg/message"
)

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
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
