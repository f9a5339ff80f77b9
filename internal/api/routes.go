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
	handle     http.HandlerFunc // of GET; nil where nothing can be read
	post       http.HandlerFunc // nil where nothing can be sent
	remove     http.HandlerFunc // of DELETE
}

// routes is everything there is; openapi.json describes each.
func (s *Server) routes() []route {
	return []route{
		{path: "/{$}", handle: s.page},
		{path: "/api/v1/feeds", handle: s.feeds},
		{path: "/api/v1/feeds/{name}", handle: s.feed},
		{path: "/api/v1/incidents", parameters: []string{"feed", "kind", "since", "open", "limit"}, handle: s.incidents},
		{path: "/api/v1/incidents/acknowledge", post: s.acknowledge},
		{path: "/api/v1/events", parameters: []string{"feed", "kind", "after"}, handle: s.events},
		{path: "/api/v1/sinks", handle: s.sinks},
		{path: "/api/v1/sinks/{name}/test", post: s.testSink},
		{path: "/api/v1/sinks/{name}/dead", handle: s.dead},
		{path: "/api/v1/egress", handle: s.egress},
		{path: "/api/v1/suppressed", handle: s.suppressed},
		{path: "/api/v1/silences", handle: s.silences, post: s.silence},
		{path: "/api/v1/silences/{id}", remove: s.endSilence},
		{path: "/api/v1/openapi.json", handle: s.openapi},
		{path: "/healthz", handle: s.healthz},
		{path: "/readyz", handle: s.readyz},
		{path: "/metrics", handle: s.metrics().ServeHTTP},
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
		handle := r.method(q.Method)
		if handle == nil {
			w.Header().Set("Allow", r.allowed())
			fail(w, http.StatusMethodNotAllowed, "%s is not possible here: %s is", cut(q.Method), r.allowed())
			return
		}
		// A page of another site that an operator has open must not do anything here.
		if err := http.NewCrossOriginProtection().Check(q); err != nil {
			fail(w, http.StatusForbidden, "a page of another site may not do this")
			return
		}
		if r.path != "/metrics" { // a scraper may add parameters of its own
			if problem := strangers(q, r.parameters); problem != "" {
				fail(w, http.StatusBadRequest, "%s", problem)
				return
			}
		}
		handle(w, q)
	}
}

// method is what answers a request; nil where nothing does.
func (r route) method(name string) http.HandlerFunc {
	switch name {
	case http.MethodGet, http.MethodHead:
		return r.handle
	case http.MethodPost:
		return r.post
	case http.MethodDelete:
		return r.remove
	}
	return nil
}

// allowed are the methods of a route, as the header Allow has them.
func (r route) allowed() string {
	var methods []string
	if r.handle != nil {
		methods = append(methods, "GET", "HEAD")
	}
	if r.post != nil {
		methods = append(methods, "POST")
	}
	if r.remove != nil {
		methods = append(methods, "DELETE")
	}
	return strings.Join(methods, ", ")
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
