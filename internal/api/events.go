package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/vedette-av/vedette/internal/bus"
)

// events streams the changes of incidents as they are stored (HTML standard, section 9.2). Each
// has its number as its id: a client that comes back with it misses nothing that is still kept.
func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	after, err := s.resume(r)
	if err != nil {
		fail(w, http.StatusBadRequest, "%s", err)
		return
	}
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", "text/event-stream")
		return
	}
	if s.watchers.Add(1) > mostWatchers {
		s.watchers.Add(-1)
		w.Header().Set("Retry-After", "10")
		fail(w, http.StatusServiceUnavailable, "there are %d readers of the events already: close one", mostWatchers)
		return
	}
	defer s.watchers.Add(-1)
	changes, err := s.options.Incidents.Watch(r.Context(), after)
	if err != nil {
		s.broken(w, "following the incidents", err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // a proxy must pass events on at once
	client := &client{w: w, control: http.NewResponseController(w), within: s.writeWithin}
	if client.control.SetReadDeadline(time.Time{}) != nil || client.send("retry: 2000\n: site %s\n\n", s.options.Site) != nil {
		return
	}
	feed, kind := r.URL.Query().Get("feed"), r.URL.Query().Get("kind")
	beat := time.NewTicker(s.heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-beat.C:
			err = client.send(": alive\n\n")
		case e, more := <-changes:
			if !more {
				return
			}
			if i := e.Change.Incident; cmp.Or(feed, i.Feed) == i.Feed && cmp.Or(kind, i.Kind) == i.Kind {
				err = client.event(e)
			}
		}
		if err != nil {
			return // gone, or too slow: it may come back with its last id
		}
	}
}

// resume is the number after which a client wants to go on: its Last-Event-ID, the parameter
// after, or the newest change.
func (s *Server) resume(r *http.Request) (uint64, error) {
	text := cmp.Or(r.Header.Get("Last-Event-ID"), r.URL.Query().Get("after"))
	if text == "" {
		return s.options.Incidents.LastSeq(), nil
	}
	after, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not the id of an event: it is a number", cut(text))
	}
	return after, nil
}

// client is the other end of a stream of events.
type client struct {
	w       http.ResponseWriter
	control *http.ResponseController
	within  time.Duration
}

func (c *client) send(format string, args ...any) error {
	if err := c.control.SetWriteDeadline(time.Now().Add(c.within)); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(c.w, format, args...); err != nil {
		return err
	}
	return c.control.Flush()
}

func (c *client) event(e bus.Event) error {
	text, err := json.Marshal(e.Change)
	if err != nil {
		return err
	}
	return c.send("id: %d\nevent: incident\ndata: %s\n\n", e.Seq, text)
}
