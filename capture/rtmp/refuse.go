package rtmp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

const crowdedOut = "too many connections that publish nothing"

// refusal is why a peer does not get to publish, and what counts it.
type refusal struct {
	count *atomic.Uint64
	code  string // of the status that tells the peer; "" to say nothing
	text  string
}

func (r *refusal) Error() string { return r.text }

// The status codes by which encoders know a refusal.
const (
	codeBadName = "NetStream.Publish.BadName"
	codeDenied  = "NetStream.Publish.Denied"
	codeNoPlay  = "NetStream.Play.Failed"
)

// refuse counts and says why a connection comes to nothing, and ends it.
func (s *Server) refuse(ctx context.Context, l *link, err error) {
	var r *refusal
	why := ""
	switch {
	case ctx.Err() != nil:
		s.drop(l, "the listener was closed")
		return
	case err == nil || l.closedWhy() != "":
		why = crowdedOut // the listener is open, so nobody else has closed it
		s.count.crowded.Add(1)
	case errors.As(err, &r):
		why = r.text
		r.count.Add(1)
		if r.code != "" {
			l.dismiss(r.code, r.text)
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		why = fmt.Sprintf("published nothing within %v", s.opt.Opening)
		s.count.timedOut.Add(1)
	case errors.Is(err, io.EOF):
		why = "left before it published"
		s.count.notRTMP.Add(1)
	default:
		why = err.Error()
		s.count.notRTMP.Add(1)
	}
	s.drop(l, why)
	s.quiet.Say(time.Now(), slog.LevelWarn, "RTMP connection refused", "peer", l.peer, "reason", why)
}

// dismiss tells the peer why it is refused and gives it a moment to read that: closing at once, with
// its own words unread, would lose ours.
func (l *link) dismiss(code, why string) {
	if l.status("error", code, why) != nil {
		return
	}
	l.silence = 0
	if l.conn.SetReadDeadline(time.Now().Add(500*time.Millisecond)) == nil {
		_, _ = io.CopyN(io.Discard, l.conn, 1<<20) // until it leaves
	}
}
