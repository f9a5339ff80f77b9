package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"net/http"
)

//go:embed page.html
var page []byte

// policy allows the page its own script and style and nothing else: what a hostile stream may
// write into a detail cannot run.
func policy() string {
	return fmt.Sprintf("default-src 'none'; connect-src 'self'; img-src data:; script-src %s; style-src %s; base-uri 'none'; form-action 'none'; frame-ancestors 'self'",
		digest("<script>", "</script>"), digest("<style>", "</style>"))
}

// digest is the hash of what lies between two marks of the page.
func digest(from, to string) string {
	_, rest, _ := bytes.Cut(page, []byte(from))
	text, _, _ := bytes.Cut(rest, []byte(to))
	sum := sha256.Sum256(text)
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

func (s *Server) page(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policy())
	w.Header().Set("Cache-Control", "no-cache")
	send(w, page)
}
