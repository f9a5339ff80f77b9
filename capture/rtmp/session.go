package rtmp

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/bluenviron/gortmplib/pkg/message"
)

// errEnded is how a session ends that the peer ended in good order.
var errEnded = errors.New("the stream was ended")

// play reads a link's media until it breaks and says why. stops names the commands, and statuses,
// by which the peer says that no more will come.
func play(l *link, d *demuxer, stops map[string]bool) error {
	for {
		p, err := l.next()
		if err != nil {
			return plainly(err, l.silence)
		}
		switch p.kind {
		case message.TypeAudio, message.TypeVideo, typeAggregate:
			if err := d.media(p, time.Now()); err != nil {
				return err
			}
		default:
			c, err := parseCommand(p)
			if err != nil {
				d.count.malformed.Add(1)
				continue
			}
			if c.name == "onStatus" {
				c.name, _ = c.object(1).GetString("code")
			}
			if stops[c.name] {
				return errEnded
			}
		}
	}
}

// errSilent is how a session ends in which nothing comes any more.
var errSilent = errors.New("silent")

// plainly says in an operator's words how a connection ended.
func plainly(err error, silence time.Duration) error {
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("%w for %v", errSilent, silence)
	case errors.Is(err, io.EOF):
		return fmt.Errorf("connection closed by the peer: %w", err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("connection closed by the peer in the middle of a message: %w", err)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err // without the addresses, one of which is said anyway
	}
	return err
}
