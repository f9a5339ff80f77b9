package rtmp

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/bluenviron/gortmplib/pkg/amf0"
	"github.com/bluenviron/gortmplib/pkg/bytecounter"
	"github.com/bluenviron/gortmplib/pkg/message"
)

// writeTimeout bounds how long a peer that does not read may hold us: all that we send fits its
// receive window.
const writeTimeout = 5 * time.Second

// The streams on which commands go out, and the only message stream there is.
const (
	commandStream = 3
	statusStream  = 5
	messageStream = 0x1000000 // 1, in the byte order of gortmplib
)

// link is one RTMP connection, past its handshake or not.
type link struct {
	raw  net.Conn // the socket
	conn net.Conn // the same or TLS on it
	peer string   // address and port
	host string   // address alone
	br   *bufio.Reader
	in   *chunkReader
	out  *message.Writer

	silence  time.Duration // between two reads, once in session; 0: the deadline stands as set
	received uint64
	acked    uint64

	mu     sync.Mutex
	closed bool
	why    string // said by whoever closed it from our side
}

func newLink(raw, conn net.Conn) *link {
	l := &link{raw: raw, conn: conn, peer: conn.RemoteAddr().String()}
	l.host, _, _ = net.SplitHostPort(l.peer)
	l.br = bufio.NewReader(readerFunc(l.read))
	l.in = newChunkReader(l.br)
	w := bytecounter.NewWriter(writerFunc(l.write))
	l.out = message.NewWriter(w, w, false)
	return l
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func (l *link) read(p []byte) (int, error) {
	if l.silence > 0 {
		if err := l.conn.SetReadDeadline(time.Now().Add(l.silence)); err != nil {
			return 0, err
		}
	}
	n, err := l.conn.Read(p)
	l.received += uint64(n)
	return n, err
}

func (l *link) write(p []byte) (int, error) {
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	n, err := l.conn.Write(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errors.New("the peer does not read what it is sent") // and is not silent
	}
	return n, err
}

// close ends the connection at once, without TLS's goodbye, for which it could have to wait. The first
// to say why is heard.
func (l *link) close(why string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.closed, l.why = true, why
	_ = l.raw.Close() // nothing is left to lose on it
}

// closedWhy returns the reason given to close, "" where the peer ended the connection.
func (l *link) closedWhy() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// next returns the next command or media message, answering what the protocol asks for meanwhile.
func (l *link) next() (packet, error) {
	for {
		p, err := l.in.next()
		if err != nil {
			return packet{}, err
		}
		if w := uint64(l.in.ackWindow); w > 0 && l.received-l.acked >= w {
			l.acked = l.received
			if err := l.out.Write(&message.Acknowledge{Value: uint32(l.received)}); err != nil {
				return packet{}, fmt.Errorf("acknowledge: %w", err)
			}
		}
		if p.kind != message.TypeUserControl {
			return p, nil
		}
		if len(p.body) >= 6 && binary.BigEndian.Uint16(p.body) == uint16(message.UserControlTypePingRequest) {
			err := l.out.Write(&message.UserControlPingResponse{ServerTime: binary.BigEndian.Uint32(p.body[2:])})
			if err != nil {
				return packet{}, fmt.Errorf("answer ping: %w", err)
			}
		}
	}
}

// command is an AMF0 command: its name, the number its answer refers to, the rest.
type command struct {
	name string
	id   int
	args []any // without name and id
}

// parseCommand reads a command message. AMF3 commands are AMF0 after one byte.
func parseCommand(p packet) (command, error) {
	body := p.body
	if p.kind == message.TypeCommandAMF3 && len(body) > 0 {
		body = body[1:]
	}
	data, err := amf0.Unmarshal(body)
	if err != nil {
		return command{}, fmt.Errorf("malformed command: %w", err)
	}
	if len(data) == 0 {
		return command{}, fmt.Errorf("empty command")
	}
	c := command{}
	c.name, _ = data[0].(string)
	if len(data) > 1 {
		id, _ := data[1].(float64)
		c.id = int(int32(id)) // as a counter; nonsense stays nonsense, but defined
		c.args = data[2:]
	}
	return c, nil
}

// text returns an argument that is a string, "" where it is not.
func (c command) text(i int) string {
	if i >= len(c.args) {
		return ""
	}
	s, _ := c.args[i].(string)
	return s
}

// object returns an argument that is an object or an associative array, nil where it is not.
func (c command) object(i int) amf0.Object {
	if i >= len(c.args) {
		return nil
	}
	switch o := c.args[i].(type) {
	case amf0.Object:
		return o
	case amf0.ECMAArray:
		return amf0.Object(o)
	}
	return nil
}

// nextCommand returns the next command, skipping all else.
func (l *link) nextCommand() (command, error) {
	for {
		p, err := l.next()
		if err != nil {
			return command{}, err
		}
		if p.kind == message.TypeCommandAMF0 || p.kind == message.TypeCommandAMF3 {
			return parseCommand(p)
		}
	}
}

// send writes a command on the connection itself.
func (l *link) send(name string, id int, args ...any) error {
	return l.out.Write(&message.CommandAMF0{ChunkStreamID: commandStream, Name: name, CommandID: id, Arguments: args})
}

// status tells the peer how its stream fares; description is what encoders show to their operator.
func (l *link) status(level, code, description string) error {
	return l.out.Write(&message.CommandAMF0{
		ChunkStreamID: statusStream, MessageStreamID: messageStream, Name: "onStatus",
		Arguments: []any{nil, amf0.Object{
			{Key: "level", Value: level}, {Key: "code", Value: code}, {Key: "description", Value: description},
		}},
	})
}
