package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/bus"
	"github.com/vedette-av/vedette/internal/forward"
)

// Forwarding is what forwards messages.
type Forwarding interface {
	Sinks(ctx context.Context) ([]forward.SinkState, error)
	Test(ctx context.Context, sink string) error
	Dead(ctx context.Context, sink string, most int) ([]forward.DeadLetter, error)
	Egress() ([]forward.Sent, forward.Totals)
	Suppressed() ([]forward.Suppression, []forward.SuppressedCount)
	Silences() *forward.Silences
}

// longestRequest bounds what a client may send.
const longestRequest = 16 << 10

// mostDead is how many dead letters one answer has.
const mostDead = 100

type sinksAnswer struct {
	Sinks []forward.SinkState `json:"sinks"`
}

type deadAnswer struct {
	Dead []forward.DeadLetter `json:"dead_letters"`
}

type egressAnswer struct {
	Totals forward.Totals `json:"totals"`
	Sent   []forward.Sent `json:"sent"`
}

type suppressedAnswer struct {
	Counts []forward.SuppressedCount `json:"counts"`
	Last   []forward.Suppression     `json:"last"`
}

type silencesAnswer struct {
	Silences []forward.Silence `json:"silences"`
}

// silenceRequest is what a client says of a silence.
type silenceRequest struct {
	Author string    `json:"author"`
	Note   string    `json:"note"`
	From   time.Time `json:"from"`
	Until  time.Time `json:"until"`
	Feeds  []string  `json:"feeds"`
	Kinds  []string  `json:"kinds"`
}

// acknowledgeRequest says who takes an incident up.
type acknowledgeRequest struct {
	Incident string `json:"incident"`
	By       string `json:"by"`
	Note     string `json:"note"`
}

// read takes the body of a request; false where it is not usable, and the client was told.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		fail(w, http.StatusUnsupportedMediaType, "send JSON, with Content-Type: application/json")
		return false
	}
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestRequest))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil && !errors.Is(decoder.Decode(new(any)), io.EOF) {
		err = errors.New("there is more than one value")
	}
	if err != nil {
		fail(w, http.StatusBadRequest, "the request cannot be read: %s", cut(err.Error()))
		return false
	}
	return true
}

func (s *Server) sinks(w http.ResponseWriter, r *http.Request) {
	states, err := s.options.Forwarding.Sinks(r.Context())
	if err != nil {
		s.broken(w, "reading the state of the sinks", err)
		return
	}
	answer(w, http.StatusOK, sinksAnswer{states})
}

// testSink sends a test message and answers with what came of it.
func (s *Server) testSink(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	err := s.options.Forwarding.Test(ctx, r.PathValue("name"))
	switch {
	case errors.Is(err, forward.ErrNoSink):
		fail(w, http.StatusNotFound, "there is no sink %q: see /api/v1/sinks", cut(r.PathValue("name")))
	case err != nil:
		fail(w, http.StatusBadGateway, "the test message did not arrive: %s", err)
	default:
		answer(w, http.StatusOK, healthAnswer{Status: "delivered"})
	}
}

func (s *Server) dead(w http.ResponseWriter, r *http.Request) {
	letters, err := s.options.Forwarding.Dead(r.Context(), r.PathValue("name"), mostDead)
	switch {
	case errors.Is(err, forward.ErrNoSink):
		fail(w, http.StatusNotFound, "there is no sink %q: see /api/v1/sinks", cut(r.PathValue("name")))
	case err != nil:
		s.broken(w, "reading the dead letters", err)
	default:
		answer(w, http.StatusOK, deadAnswer{letters})
	}
}

func (s *Server) egress(w http.ResponseWriter, _ *http.Request) {
	sent, totals := s.options.Forwarding.Egress()
	answer(w, http.StatusOK, egressAnswer{totals, sent})
}

func (s *Server) suppressed(w http.ResponseWriter, _ *http.Request) {
	last, counts := s.options.Forwarding.Suppressed()
	answer(w, http.StatusOK, suppressedAnswer{counts, last})
}

func (s *Server) silences(w http.ResponseWriter, _ *http.Request) {
	all := s.options.Forwarding.Silences().List()
	if all == nil {
		all = []forward.Silence{}
	}
	answer(w, http.StatusOK, silencesAnswer{all})
}

func (s *Server) silence(w http.ResponseWriter, r *http.Request) {
	var wanted silenceRequest
	if !read(w, r, &wanted) {
		return
	}
	begun, err := s.options.Forwarding.Silences().Add(r.Context(), forward.Silence{
		Author: wanted.Author, Note: wanted.Note, From: wanted.From, Until: wanted.Until.UTC(), Feeds: wanted.Feeds, Kinds: wanted.Kinds,
	}, time.Now())
	if err != nil {
		fail(w, http.StatusBadRequest, "%s", err)
		return
	}
	s.log.Info("a silence was begun", "id", begun.ID, "author", begun.Author, "until", begun.Until)
	answer(w, http.StatusCreated, begun)
}

func (s *Server) endSilence(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	err := s.options.Forwarding.Silences().End(r.Context(), id, time.Now())
	switch {
	case errors.Is(err, forward.ErrNoSilence):
		fail(w, http.StatusNotFound, "there is no silence %q that goes on: see /api/v1/silences", cut(id))
	case err != nil:
		s.broken(w, "ending the silence", err)
	default:
		s.log.Info("a silence was ended", "id", id)
		answer(w, http.StatusOK, healthAnswer{Status: "ended"})
	}
}

// Acknowledger stores that an incident was taken up.
type Acknowledger interface {
	Acknowledge(ctx context.Context, id, by, note string, now time.Time) (detectors.Incident, error)
}

func (s *Server) acknowledge(w http.ResponseWriter, r *http.Request) {
	var wanted acknowledgeRequest
	if !read(w, r, &wanted) {
		return
	}
	if wanted.Incident == "" || wanted.By == "" || len(wanted.By) > 64 || len(wanted.Note) > 300 {
		fail(w, http.StatusBadRequest, "give the id of the incident, and by, a name of at most 64 bytes; a note has at most 300")
		return
	}
	acked, err := s.options.Incidents.Acknowledge(r.Context(), wanted.Incident, wanted.By, wanted.Note, time.Now())
	switch {
	case errors.Is(err, bus.ErrNotOpen):
		fail(w, http.StatusNotFound, "no incident %q is open: see /api/v1/incidents?open=true", cut(wanted.Incident))
	case err != nil:
		s.broken(w, "acknowledging the incident", err)
	default:
		answer(w, http.StatusOK, acked)
	}
}
