package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// route is one address that the server answers.
type route struct {
	path       string // as http.ServeMux takes it
	parameters []string
	handle     http.HandlerFunc
}

// routes is everything there is; openapi.json describes each.
func (s *Server) routes() []route {
	return []route{
		{"/{$}", nil, s.page},
		{"/api/v1/feeds", nil, s.feeds},
		{"/api/v1/feeds/{name}", nil, s.feed},
		{"/api/v1/incidents", []string{"feed", "kind", "since", "open", "limit"}, s.incidents},
		{"/api/v1/events", []string{"feed", "kind", "after"}, s.events},
		{"/api/v1/openapi.json", nil, s.openapi},
		{"/healthz", nil, s.healthz},
		{"/readyz", nil, s.readyz},
		{"/metrics", nil, s.metrics().ServeHTTP},
	}
}

// Handler answers every route, and everything else with an error in JSON.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, r := range s.routes() {
		mux.HandleFunc(r.path, r.guarded())
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusNotFound, "there is no %q: see /api/v1/openapi.json", cut(r.URL.Path))
	})
	return mux
}

// guarded refuses what the route does not understand, before it is answered.
func (r route) guarded() http.HandlerFunc {
	return func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			fail(w, http.StatusMethodNotAllowed, "%s is not possible: everything here is read with GET", cut(q.Method))
			return
		}
		if r.path != "/metrics" { // a scraper may add parameters of its own
			if problem := strangers(q, r.parameters); problem != "" {
				fail(w, http.StatusBadRequest, "%s", problem)
				return
			}
		}
		r.handle(w, q)
	}
}

// strangers says which parameter of a request is not known or is given twice, or "".
func strangers(q *http.Request, known []string) string {
	values, err := url.ParseQuery(q.URL.RawQuery)
	if err != nil {
		return "the parameters cannot be read: write them like ?feed=main&open=true"
	}
	for name, given := range values {
		if !slices.Contains(known, name) {
			if len(known) == 0 {
				return fmt.Sprintf("unknown parameter %q: there are none here", cut(name))
			}
			return fmt.Sprintf("unknown parameter %q: known are %s", cut(name), strings.Join(known, ", "))
		}
		if len(given) > 1 {
			return fmt.Sprintf("parameter %q is given %d times: give it once", name, len(given))
		}
	}
	return ""
}

// answer writes a value as JSON.
func answer(w http.ResponseWriter, code int, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		code, text = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	send(w, append(text, '\n'))
}

// send writes the body of an answer. A client that went away needs none.
func send(w http.ResponseWriter, body []byte) { _, _ = w.Write(body) }

// problem is the body of every error.
type problem struct {
	Error string `json:"error"`
}

func fail(w http.ResponseWriter, code int, format string, args ...any) {
	answer(w, code, problem{fmt.Sprintf(format, args...)})
}

// broken answers for a store that failed, and logs it. A client that went away is no failure.
func (s *Server) broken(w http.ResponseWriter, what string, err error) {
	switch {
	case errors.Is(err, context.Canceled):
	case errors.Is(err, context.DeadlineExceeded):
		fail(w, http.StatusServiceUnavailable, "%s took longer than %s: ask for less, by feed, kind, since or limit", what, answerWithin)
	default:
		s.log.Error("a request failed", "what", what, "error", err)
		fail(w, http.StatusInternalServerError, "%s failed: see the log of the daemon", what)
	}
}

// cut makes what a client sent fit into a message.
func cut(text string) string {
	const most = 80
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
