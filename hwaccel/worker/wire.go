package worker

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/sys/unix"
)

// Limits of one message, in bytes. A packet of 8K intra-coded video fits in the first; the sample
// of a picture takes about 60 KB.
const (
	maxToWorker = 40 << 20
	maxToDaemon = 1 << 20
)

const headerSize = 5 // length of what follows the header, big endian, then the kind

// wire is one end of the socket pair: length-prefixed messages of CBOR. One goroutine may read
// while others write.
type wire struct {
	conn   *net.UnixConn
	limit  int           // bytes accepted in one message
	stream *bufio.Reader // nil where files come with messages, which a buffer would lose
	input  []byte

	writing sync.Mutex
	output  bytes.Buffer // of the message being written
	encode  cbor.UserBufferEncMode
	decode  cbor.DecMode
}

// streamBuffer holds the sample of a picture, so that it takes one system call to read.
const streamBuffer = 128 << 10

// newWire makes one end of the conversation. takesFiles tells whether the peer passes files.
func newWire(conn *net.UnixConn, limit int, takesFiles bool) (*wire, error) {
	// Strings travel as bytes: the configuration of a codec is a string, and seldom UTF-8.
	encode, err := cbor.EncOptions{String: cbor.StringToByteString}.UserBufferEncMode()
	if err != nil {
		return nil, fmt.Errorf("set up the encoder: %w", err)
	}
	decode, err := cbor.DecOptions{
		ByteStringToString: cbor.ByteStringToStringAllowed,
		DupMapKey:          cbor.DupMapKeyEnforcedAPF,
		IndefLength:        cbor.IndefLengthForbidden,
		TagsMd:             cbor.TagsForbidden,
		MaxNestedLevels:    8,
		MaxArrayElements:   1 << 16,
		MaxMapPairs:        256,
	}.DecMode()
	if err != nil {
		return nil, fmt.Errorf("set up the decoder: %w", err)
	}
	w := &wire{conn: conn, limit: limit, encode: encode, decode: decode}
	if !takesFiles {
		w.stream = bufio.NewReaderSize(conn, streamBuffer)
	}
	return w, nil
}

// write sends one message; deadline bounds the time that the peer may take to make room for it,
// zero means for ever. file, if not nil, travels with it and still belongs to the caller.
func (w *wire) write(k kind, message any, file *os.File, timeout time.Duration) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	if err := w.add(k, message); err != nil {
		return err
	}
	return w.send(file, timeout)
}

// hold encodes one message that goes out with the next one, or with flush.
func (w *wire) hold(k kind, message any) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	return w.add(k, message)
}

// flush sends what was held.
func (w *wire) flush() error {
	w.writing.Lock()
	defer w.writing.Unlock()
	return w.send(nil, 0)
}

// add encodes a message behind what is held.
func (w *wire) add(k kind, message any) error {
	begin := w.output.Len()
	var header [headerSize]byte
	_, _ = w.output.Write(header[:]) // room for it; a Buffer's Write never fails
	if s, ok := message.(*sampleMessage); ok {
		_, _ = w.output.Write(s.append(w.output.AvailableBuffer()))
	} else if err := w.encode.MarshalToBuffer(message, &w.output); err != nil {
		w.output.Truncate(begin)
		return fmt.Errorf("encode message %d: %w", k, err)
	}
	frame := w.output.Bytes()[begin:]
	binary.BigEndian.PutUint32(frame, uint32(len(frame)-headerSize))
	frame[headerSize-1] = byte(k)
	return nil
}

// send writes what was added.
func (w *wire) send(file *os.File, timeout time.Duration) error {
	frame := w.output.Bytes()
	defer w.output.Reset()
	var deadline time.Time
	if timeout > 0 {
		deadline = time.Now().Add(timeout)
	}
	if err := w.conn.SetWriteDeadline(deadline); err != nil {
		return fmt.Errorf("set write deadline: %w", err)
	}
	if file != nil {
		// The descriptor goes with the header alone: a stream socket may cut anything longer.
		// Nothing is ever held on the side that passes files.
		rights := unix.UnixRights(int(file.Fd()))
		if _, _, err := w.conn.WriteMsgUnix(frame[:headerSize], rights, nil); err != nil {
			return fmt.Errorf("pass file: %w", err)
		}
		frame = frame[headerSize:]
	}
	if _, err := w.conn.Write(frame); err != nil {
		return fmt.Errorf("write to the other end: %w", err)
	}
	return nil
}

// read returns the next message; body is valid until the next read. file is not nil where a
// descriptor came with it, and belongs to the caller.
func (w *wire) read() (k kind, body []byte, file *os.File, err error) {
	var header [headerSize]byte
	if file, err = w.readHeader(header[:]); err != nil {
		return 0, nil, nil, err
	}
	size := int(binary.BigEndian.Uint32(header[:]))
	if size > w.limit {
		closeIfOpen(file)
		return 0, nil, nil, fmt.Errorf("message of %d bytes is over the limit of %d", size, w.limit)
	}
	if body, err = w.readBody(size); err != nil {
		closeIfOpen(file)
		return 0, nil, nil, fmt.Errorf("read message: %w", err)
	}
	return kind(header[4]), body, file, nil
}

func (w *wire) readBody(size int) ([]byte, error) {
	var from io.Reader = w.conn
	if w.stream != nil {
		if size <= w.stream.Size() { // it can be read where it lies
			body, err := w.stream.Peek(size)
			_, _ = w.stream.Discard(len(body)) // what was peeked is there
			return body, err
		}
		from = w.stream
	}
	if cap(w.input) < size {
		w.input = make([]byte, size)
	}
	_, err := io.ReadFull(from, w.input[:size])
	return w.input[:size], err
}

// readHeader fills header and takes up a descriptor that came with it.
func (w *wire) readHeader(header []byte) (*os.File, error) {
	if w.stream != nil {
		_, err := io.ReadFull(w.stream, header)
		return nil, err
	}
	var file *os.File
	control := make([]byte, unix.CmsgSpace(4))
	for got := 0; got < len(header); {
		n, oobn, _, _, err := w.conn.ReadMsgUnix(header[got:], control)
		if err == nil && n == 0 {
			err = io.EOF
		}
		if oobn > 0 && file == nil {
			file = takeFile(control[:oobn])
		}
		if err != nil {
			closeIfOpen(file)
			if got > 0 && errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		got += n
	}
	return file, nil
}

func takeFile(control []byte) *os.File {
	messages, err := unix.ParseSocketControlMessage(control)
	if err != nil || len(messages) == 0 {
		return nil
	}
	descriptors, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(descriptors) == 0 {
		return nil
	}
	return os.NewFile(uintptr(descriptors[0]), "input")
}

func closeIfOpen(file *os.File) {
	if file != nil {
		_ = file.Close() // nothing was read from it
	}
}
