package feed

import (
	"reflect"
	"strings"
	"unicode"

	"github.com/vedette-av/vedette/capture/rtmp"
	"github.com/vedette-av/vedette/capture/srt"
	"github.com/vedette-av/vedette/capture/webrtc"
	"github.com/vedette-av/vedette/internal/status"
)

// Listeners returns what every open port has met.
func (s *Sources) Listeners() []status.Listener {
	var all []status.Listener
	add := func(protocol, address string, counters any) {
		all = append(all, status.Listener{Protocol: protocol, Address: address, Events: events(counters)})
	}
	s.rtmp.each(func(address string, server *rtmp.Server) { add("rtmp", address, server.Counters()) })
	s.srt.each(func(address string, server *srt.Server) { add("srt", address, server.Counters()) })
	s.webrtc.each(func(address string, server *webrtc.Server) { add("webrtc", address, server.Counters()) })
	return all
}

// events lists the fields of a struct of counters under their names in snake case.
func events(counters any) []status.Event {
	v := reflect.ValueOf(counters)
	list := make([]status.Event, 0, v.NumField())
	for i := range v.NumField() {
		list = append(list, status.Event{Name: snake(v.Type().Field(i).Name), Count: v.Field(i).Uint()})
	}
	return list
}

// snake writes WrongKey as wrong_key and NotRTMP as not_rtmp.
func snake(name string) string {
	var out strings.Builder
	letters := []rune(name)
	for i, r := range letters {
		if i > 0 && unicode.IsUpper(r) && unicode.IsLower(letters[i-1]) {
			out.WriteByte('_')
		}
		out.WriteRune(unicode.ToLower(r))
	}
	return out.String()
}
