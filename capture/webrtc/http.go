package webrtc

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody bounds the body of a request; the offers of browsers take some 10 KB.
const maxBody = 64 << 10

// The media types of WHIP (RFC 9725, 4.2, 4.3).
const (
	typeSDP      = "application/sdp"
	typeFragment = "application/trickle-ice-sdpfrag"
)

// refusal is an answer that is not what the peer wished for.
type refusal struct {
	code  int
	count *atomic.Uint64 // nil where nobody needs the number
	text  string
}

func (r *refusal) Error() string { return r.text }

// handler answers WHIP: POST /NAME takes an offer and names the session, PATCH and DELETE
// /NAME/SESSION change and end it (RFC 9725, 4).
func (s *Server) handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		allowCrossOrigin(w.Header())
		err := s.request(w, r)
		if err == nil {
			return
		}
		var refused *refusal
		if !errors.As(err, &refused) {
			refused = &refusal{http.StatusInternalServerError, nil, err.Error()}
		}
		if refused.count != nil {
			refused.count.Add(1)
		}
		switch refused.code {
		case http.StatusUnauthorized:
			w.Header().Set("WWW-Authenticate", `Bearer realm="WHIP"`)
		case http.StatusTooManyRequests, http.StatusServiceUnavailable:
			w.Header().Set("Retry-After", "2")
		}
		s.quiet.Say(time.Now(), slog.LevelWarn, "WHIP request refused", "peer", r.RemoteAddr, "method", clip(r.Method), "reason", refused.text)
		http.Error(w, refused.text, refused.code)
	})
}

// allowCrossOrigin lets pages of any origin publish: what admits them is their token, which no
// browser sends by itself.
func allowCrossOrigin(h http.Header) {
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "OPTIONS, POST, PATCH, DELETE")
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, If-Match")
	h.Set("Access-Control-Expose-Headers", "Location, ETag, Accept-Patch, WWW-Authenticate, Retry-After")
	h.Set("Access-Control-Max-Age", "86400")
}

func (s *Server) request(w http.ResponseWriter, r *http.Request) error {
	feed, id := s.resource(r.URL.Path)
	// Who knows the id of a session and its token is let be: browsers trickle many candidates.
	known := feed != nil && (r.Method == http.MethodOptions || s.find(feed, id) != nil && feed.admits(r.Header.Get("Authorization")))
	if !known && !s.limit.allow(hostOf(r.RemoteAddr), time.Now()) {
		return &refusal{http.StatusTooManyRequests, &s.count.limited, "too many requests: slow down"}
	}
	if feed == nil {
		return &refusal{http.StatusNotFound, &s.count.unknownFeed, "no feed is published here: check the path of the URL"}
	}
	if r.Method == http.MethodOptions {
		if id == "" {
			w.Header().Set("Accept-Post", typeSDP)
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if !feed.admits(r.Header.Get("Authorization")) {
		return &refusal{http.StatusUnauthorized, &s.count.wrongToken, "wrong bearer token, or none"}
	}
	if id == "" {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", "OPTIONS, POST")
			return &refusal{http.StatusMethodNotAllowed, nil, "post an SDP offer here (WHIP, RFC 9725)"}
		}
		return s.post(w, r, feed)
	}
	session := s.find(feed, id)
	switch {
	case session == nil:
		return &refusal{http.StatusNotFound, &s.count.unknownFeed, "no such session: it has ended"}
	case r.Method == http.MethodDelete:
		session.end("the publisher ended the session")
		w.WriteHeader(http.StatusOK)
		return nil
	case r.Method == http.MethodPatch:
		return s.patch(w, r, session)
	}
	w.Header().Set("Allow", "OPTIONS, PATCH, DELETE")
	return &refusal{http.StatusMethodNotAllowed, nil, "a session takes PATCH and DELETE"}
}

// resource finds the feed of a path, and the id of a session where the path goes on with one.
func (s *Server) resource(path string) (f *Feed, id string) {
	path = strings.Trim(path, "/")
	base, last := "", ""
	if i := strings.LastIndexByte(path, '/'); i > 0 {
		base, last = path[:i], path[i+1:]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for each := range s.feeds {
		if each.name == path {
			return each, ""
		}
		if each.name == base {
			f, id = each, last
		}
	}
	return f, id
}

// admits compares the token of a request with the feed's, in constant time.
func (f *Feed) admits(authorization string) bool {
	if f.token == "" {
		return true
	}
	scheme, token, _ := strings.Cut(authorization, " ")
	want, got := sha256.Sum256([]byte(f.token)), sha256.Sum256([]byte(strings.TrimSpace(token)))
	return subtle.ConstantTimeCompare(want[:], got[:]) == 1 && strings.EqualFold(scheme, "Bearer")
}

// body reads the body of a request of one media type.
func (s *Server) body(w http.ResponseWriter, r *http.Request, want string) (string, error) {
	got, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || got != want {
		return "", &refusal{http.StatusUnsupportedMediaType, &s.count.malformed, "the body has to be " + want}
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return "", &refusal{http.StatusRequestEntityTooLarge, &s.count.tooLarge, "the body is longer than " + strconv.Itoa(maxBody) + " bytes"}
	case err != nil:
		return "", &refusal{http.StatusBadRequest, &s.count.malformed, "the body broke off"}
	}
	return string(b), nil
}

// post answers an offer.
func (s *Server) post(w http.ResponseWriter, r *http.Request, f *Feed) error {
	offer, err := s.body(w, r, typeSDP)
	if err != nil {
		return err
	}
	session, answer, err := s.open(r.Context(), f, offer, r.RemoteAddr)
	switch {
	case errors.Is(err, errNoCodec):
		return &refusal{http.StatusUnprocessableEntity, &s.count.noCodec, err.Error()}
	case errors.Is(err, errMalformedSDP):
		return &refusal{http.StatusBadRequest, &s.count.malformed, err.Error()}
	case errors.Is(err, errBusy):
		return &refusal{http.StatusServiceUnavailable, &s.count.limited, err.Error()}
	case err != nil:
		return err
	}
	h := w.Header()
	h.Set("Content-Type", typeSDP)
	h.Set("Location", "/"+f.name+"/"+session.id)
	h.Set("ETag", `"`+session.tag+`"`)
	h.Set("Accept-Patch", typeFragment)
	w.WriteHeader(http.StatusCreated)
	_, _ = io.WriteString(w, answer) // a peer that has left needs no answer
	return nil
}

func hostOf(address string) netip.Addr {
	a, _ := netip.ParseAddrPort(address)
	return a.Addr()
}

func hostPort(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

func portOf(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}
