package api

import (
	"context"
	_ "embed"
	"net/http"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/status"
)

//go:embed openapi.json
var description []byte

// feedsAnswer is the body of /api/v1/feeds.
type feedsAnswer struct {
	Site    string        `json:"site"`
	Version string        `json:"version"`
	Feeds   []status.Feed `json:"feeds"`
}

// incidentsAnswer is the body of /api/v1/incidents.
type incidentsAnswer struct {
	Incidents []detectors.Incident `json:"incidents"`
}

// healthAnswer is the body of /healthz and /readyz.
type healthAnswer struct {
	Status string `json:"status"`
	Error  string `json:"error,omitempty"`
}

// whole makes lists that are empty lists, where nil would be null.
func whole(f status.Feed) status.Feed {
	if f.Tracks == nil {
		f.Tracks = []status.Track{}
	}
	if f.Detectors == nil {
		f.Detectors = []status.Detector{}
	}
	if f.Open == nil {
		f.Open = []string{}
	}
	return f
}

func (s *Server) feeds(w http.ResponseWriter, _ *http.Request) {
	all := []status.Feed{}
	for _, f := range s.options.Feeds.Feeds() {
		all = append(all, whole(f))
	}
	answer(w, http.StatusOK, feedsAnswer{s.options.Site, s.options.Version, all})
}

func (s *Server) feed(w http.ResponseWriter, r *http.Request) {
	f, ok := s.options.Feeds.Feed(r.PathValue("name"))
	if !ok {
		fail(w, http.StatusNotFound, "there is no feed %q: see /api/v1/feeds", cut(r.PathValue("name")))
		return
	}
	answer(w, http.StatusOK, whole(f))
}

func (s *Server) incidents(w http.ResponseWriter, r *http.Request) {
	f, err := filter(r.URL.Query(), time.Now())
	if err != nil {
		fail(w, http.StatusBadRequest, "%s", err)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	found, err := s.options.Incidents.Incidents(ctx, f)
	if err != nil {
		s.broken(w, "reading the incidents", err)
		return
	}
	if found == nil {
		found = []detectors.Incident{}
	}
	answer(w, http.StatusOK, incidentsAnswer{found})
}

func (s *Server) openapi(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	send(w, description)
}

func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	health(w, s.options.Health(time.Now()))
}

func (s *Server) readyz(w http.ResponseWriter, _ *http.Request) {
	err := s.options.Ready()
	if err == nil {
		err = s.options.Health(time.Now())
	}
	health(w, err)
}

func health(w http.ResponseWriter, err error) {
	if err != nil {
		answer(w, http.StatusServiceUnavailable, healthAnswer{"unavailable", err.Error()})
		return
	}
	answer(w, http.StatusOK, healthAnswer{Status: "ok"})
}
