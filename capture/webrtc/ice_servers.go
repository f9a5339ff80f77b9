package webrtc

import (
	"net/http"
	"strings"

	"github.com/pion/stun/v4"
	"github.com/pion/webrtc/v4"
)

// mostServers bounds the STUN and TURN servers that are asked at the word of a WHEP server.
const mostServers = 4

// iceServers reads the STUN and TURN servers that a WHEP server names in its answer (RFC 9725, 4.6,
// which WHEP shares): Link headers (RFC 8288) of the relation ice-server. What cannot be read is left
// out, as is a TURN server without the credentials that each wants: most connections stand without.
func iceServers(h http.Header) []webrtc.ICEServer {
	var servers []webrtc.ICEServer
	for _, line := range h.Values("Link") {
		for line != "" && len(servers) < mostServers {
			var s webrtc.ICEServer
			var rel string
			if s, rel, line = link(line); rel == "ice-server" && usable(s) {
				servers = append(servers, s)
			}
		}
	}
	return servers
}

// usable tells what a connection can be made with: one server that it refuses would be the end of all.
func usable(s webrtc.ICEServer) bool {
	u, err := stun.ParseURI(s.URLs[0])
	if err != nil {
		return false
	}
	switch u.Scheme {
	case stun.SchemeTypeSTUN:
		return true
	case stun.SchemeTypeTURN, stun.SchemeTypeTURNS:
		return s.Username != "" && s.Credential != nil
	}
	return false
}

// link reads one link and returns what is behind it.
func link(text string) (s webrtc.ICEServer, rel, rest string) {
	_, text, found := strings.Cut(text, "<")
	url, text, closed := strings.Cut(text, ">")
	s.URLs = []string{strings.TrimSpace(url)}
	if !found || !closed {
		return s, "", ""
	}
	for {
		text = strings.TrimLeft(text, " \t")
		if !strings.HasPrefix(text, ";") {
			_, rest, _ = strings.Cut(text, ",")
			return s, rel, rest
		}
		var name, value string
		name, value, text = parameter(text[1:])
		switch name {
		case "rel":
			rel = value
		case "username":
			s.Username = value
		case "credential":
			s.Credential = value
		}
	}
}

// parameter reads NAME=VALUE or NAME="VALUE" and returns what is behind it.
func parameter(text string) (name, value, rest string) {
	end := strings.IndexAny(text, "=;,")
	if end < 0 {
		return strings.ToLower(strings.TrimSpace(text)), "", ""
	}
	name, rest = strings.ToLower(strings.TrimSpace(text[:end])), text[end:]
	if rest[0] != '=' {
		return name, "", rest
	}
	rest = strings.TrimLeft(rest[1:], " \t")
	if !strings.HasPrefix(rest, `"`) {
		if end = strings.IndexAny(rest, ";,"); end < 0 {
			end = len(rest)
		}
		return name, strings.TrimSpace(rest[:end]), rest[end:]
	}
	var unquoted strings.Builder
	for i := 1; i < len(rest); i++ {
		switch {
		case rest[i] == '"':
			return name, unquoted.String(), rest[i+1:]
		case rest[i] == '\\' && i+1 < len(rest):
			i++
		}
		unquoted.WriteByte(rest[i])
	}
	return name, unquoted.String(), ""
}
