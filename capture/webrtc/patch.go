package webrtc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/pion/webrtc/v4"
)

// maxCandidates bounds the candidates of one fragment.
const maxCandidates = 64

// fragment is what a peer trickles: its credentials and candidates (RFC 8840, 9).
type fragment struct {
	ufrag, pwd string
	candidates []candidate
}

type candidate struct{ mid, line string }

var errFragment = errors.New("malformed SDP fragment")

// readFragment reads a fragment of SDP.
func readFragment(text string) (fragment, error) {
	var f fragment
	mid := ""
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		if line == "" {
			continue
		}
		if len(line) < 2 || line[1] != '=' {
			return f, fmt.Errorf("%w: %q is no line of SDP", errFragment, clip(line))
		}
		name, value, _ := strings.Cut(line[2:], ":")
		switch {
		case line[0] == 'm':
			mid = ""
		case line[0] != 'a':
		case name == "mid":
			mid = value
		case name == "ice-ufrag":
			f.ufrag = value
		case name == "ice-pwd":
			f.pwd = value
		case name == "candidate":
			if len(f.candidates) == maxCandidates {
				return f, fmt.Errorf("%w: more than %d candidates", errFragment, maxCandidates)
			}
			f.candidates = append(f.candidates, candidate{mid, line[2:]})
		}
	}
	if f.ufrag == "" {
		return f, fmt.Errorf("%w: it has no ice-ufrag", errFragment)
	}
	return f, nil
}

// patch takes candidates that are trickled, or begins ICE anew where the credentials are new ones
// (RFC 9725, 4.3).
func (s *Server) patch(w http.ResponseWriter, r *http.Request, session *session) error {
	text, err := s.body(w, r, typeFragment)
	if err != nil {
		return err
	}
	f, err := readFragment(text)
	if err != nil {
		return &refusal{http.StatusBadRequest, &s.count.malformed, err.Error()}
	}
	session.negotiating.Lock()
	defer session.negotiating.Unlock()
	match := strings.TrimSpace(r.Header.Get("If-Match"))
	ufrag, _ := credentials(session.offer)
	switch {
	case match == "":
		return &refusal{http.StatusPreconditionRequired, nil, "the request has no If-Match: send the ETag of the session, or * to restart ICE"}
	case match == "*" && f.ufrag != ufrag && f.pwd != "":
		return s.restart(w, r, session, f)
	case match != "*" && match != `"`+session.tag+`"`, f.ufrag != ufrag:
		return &refusal{http.StatusPreconditionFailed, nil, "the ETag or the ice-ufrag is of an older ICE session"}
	}
	if session.trickled += len(f.candidates); session.trickled > 4*maxCandidates {
		return &refusal{http.StatusBadRequest, &s.count.malformed, "too many candidates"}
	}
	for _, c := range f.candidates {
		init := webrtc.ICECandidateInit{Candidate: c.line}
		if c.mid != "" {
			init.SDPMid = &c.mid
		}
		if err := session.pc.AddICECandidate(init); err != nil {
			return &refusal{http.StatusBadRequest, &s.count.malformed, "malformed candidate: " + clip(err.Error())}
		}
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// restart begins ICE anew and answers with our new credentials and candidates. The media go on.
func (s *Server) restart(w http.ResponseWriter, r *http.Request, session *session, f fragment) error {
	offer := replaceICE(session.offer, f)
	answered, err := answer(r.Context(), session.pc, offer)
	if err != nil {
		return &refusal{http.StatusBadRequest, &s.count.malformed, "cannot restart ICE: " + clip(err.Error())}
	}
	session.offer, session.tag = offer, token()
	s.count.restarts.Add(1)
	h := w.Header()
	h.Set("Content-Type", typeFragment)
	h.Set("ETag", `"`+session.tag+`"`)
	w.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(w, fragmentOf(answered))
	return nil
}

// replaceICE puts the credentials and candidates of a fragment into an offer.
func replaceICE(offer string, f fragment) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(offer, "\r\n"), "\r\n") {
		switch {
		case strings.HasPrefix(line, "a=ice-ufrag:"):
			line = "a=ice-ufrag:" + f.ufrag
		case strings.HasPrefix(line, "a=ice-pwd:"):
			line = "a=ice-pwd:" + f.pwd
		case strings.HasPrefix(line, "a=candidate:"), line == "a=end-of-candidates":
			continue
		}
		b.WriteString(line + "\r\n")
	}
	text := b.String()
	if len(f.candidates) == 0 {
		return text
	}
	at := strings.Index(text, "a=mid:") // of the first section: all are bundled with it
	if at < 0 {
		return text
	}
	var lines strings.Builder
	for _, c := range f.candidates {
		lines.WriteString("a=" + c.line + "\r\n")
	}
	return text[:at] + lines.String() + text[at:]
}

// fragmentOf reduces an answer to its fragment: credentials, and the first section's candidates.
func fragmentOf(answer string) string {
	ufrag, pwd := credentials(answer)
	var b strings.Builder
	b.WriteString("a=ice-ufrag:" + ufrag + "\r\na=ice-pwd:" + pwd + "\r\n")
	sections := 0
	for line := range strings.SplitSeq(answer, "\r\n") {
		if strings.HasPrefix(line, "m=") {
			if sections++; sections > 1 {
				break
			}
			b.WriteString(line + "\r\n")
		} else if strings.HasPrefix(line, "a=mid:") || strings.HasPrefix(line, "a=candidate:") || line == "a=end-of-candidates" {
			if sections == 1 {
				b.WriteString(line + "\r\n")
			}
		}
	}
	return b.String()
}
