package webrtc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

// maxSections bounds the media sections of an offer, and maxOffered its candidates: each of them is an
// address that we send checks to.
const (
	maxSections = 8
	maxOffered  = 128
)

// errNoCodec is an offer with which nothing is in common.
var errNoCodec = errors.New("no common codec")

// errMalformedSDP is an offer, or answer, that cannot be read.
var errMalformedSDP = errors.New("malformed SDP")

// agreement is an offer reduced to what is taken of it. The payload types, profiles and parameters
// are those of the offer itself, so that no table of ours can fail to match a profile-level-id.
type agreement struct {
	sdp      string             // the offer with everything else left out
	codecs   []agreedCodec      // to be registered
	payloads map[uint8]*payload // by payload type
}

type agreedCodec struct {
	webrtc.RTPCodecParameters
	kind webrtc.RTPCodecType
}

// readOffer reads an offer to send and leaves out of it what is not taken: codecs, simulcast layers,
// redundancy.
func readOffer(text string) (*agreement, error) {
	var s sdp.SessionDescription
	if err := s.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %s", errMalformedSDP, clip(err.Error()))
	}
	if len(s.MediaDescriptions) == 0 || len(s.MediaDescriptions) > maxSections {
		return nil, fmt.Errorf("%w: it has %d media sections, from 1 to %d are taken", errMalformedSDP, len(s.MediaDescriptions), maxSections)
	}
	a := &agreement{payloads: map[uint8]*payload{}}
	candidates := 0
	for _, m := range s.MediaDescriptions {
		for _, at := range m.Attributes {
			if at.Key == "candidate" {
				candidates++
			}
		}
		if candidates > maxOffered {
			return nil, fmt.Errorf("%w: it has more than %d candidates", errMalformedSDP, maxOffered)
		}
		media := map[string]capture.Media{"video": capture.Video, "audio": capture.Audio}[m.MediaName.Media]
		if media == 0 {
			return nil, fmt.Errorf("%w: a section of kind %q: offer video and audio only, no data channels", errMalformedSDP, clip(m.MediaName.Media))
		}
		if _, ok := m.Attribute("recvonly"); ok {
			return nil, fmt.Errorf("%w: the %v section is recvonly: a publisher has to offer sendonly", errMalformedSDP, media)
		}
		if err := a.section(m, media); err != nil {
			return nil, err
		}
	}
	b, err := s.Marshal()
	if err != nil {
		return nil, fmt.Errorf("%w: %s", errMalformedSDP, clip(err.Error()))
	}
	a.sdp = string(b)
	return a, nil
}

// section reduces one media section to the codecs that are taken.
func (a *agreement) section(m *sdp.MediaDescription, media capture.Media) error {
	lines := payloadLines(m)
	var kept, foreign []string
	for _, format := range m.MediaName.Formats {
		l := lines[format]
		if l == nil {
			continue
		}
		if apt, ok := l.parameters["apt"]; ok && strings.EqualFold(l.name, "rtx") {
			if slices.Contains(kept, apt) { // offers put the codec first
				kept = append(kept, format)
				a.register(l, media)
			}
			continue
		}
		c := codecOf(media.String() + "/" + l.name)
		if c == nil || l.rate == 0 {
			foreign = append(foreign, clip(l.name))
			continue
		}
		p := &payload{codec: c, rate: l.rate, channels: l.channels, parameters: l.parameters, nack: l.has("nack"), pli: l.has("nack pli"), fir: l.has("ccm fir")}
		if strings.EqualFold(l.name, "multiopus") {
			if _, _, _, err := p.multiopus(); err != nil {
				return fmt.Errorf("%w: %w", errMalformedSDP, err)
			}
		}
		kept = append(kept, format)
		a.register(l, media)
		a.payloads[l.number] = p
	}
	if len(kept) == 0 {
		return fmt.Errorf("%w for %v: the peer offers %s, and %s are taken", errNoCodec, media, orNothing(foreign), taken[media])
	}
	m.MediaName.Formats = kept
	m.Attributes = slices.DeleteFunc(m.Attributes, func(at sdp.Attribute) bool {
		switch at.Key {
		case "simulcast", "rid":
			return true // without them in the answer, the peer sends one layer
		case "rtpmap", "fmtp", "rtcp-fb":
			format, _, _ := strings.Cut(at.Value, " ")
			return format != "*" && !slices.Contains(kept, format)
		}
		return false
	})
	return nil
}

func orNothing(names []string) string {
	if len(names) == 0 {
		return "none that can be read"
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > 8 {
		names = append(names[:8:8], "...")
	}
	return strings.Join(names, ", ")
}

// payloadLine is what the lines of a media section say of one payload type.
type payloadLine struct {
	number         uint8
	name           string
	rate, channels int
	fmtp           string
	parameters     map[string]string
	feedback       []string
}

func (l *payloadLine) has(feedback string) bool { return slices.Contains(l.feedback, feedback) }

// payloadLines reads rtpmap, fmtp and rtcp-fb. The types 0 and 8 need no rtpmap (RFC 3551, 6).
func payloadLines(m *sdp.MediaDescription) map[string]*payloadLine {
	lines := map[string]*payloadLine{}
	for _, f := range m.MediaName.Formats {
		if n, err := strconv.ParseUint(f, 10, 7); err == nil {
			lines[f] = &payloadLine{number: uint8(n), parameters: map[string]string{}}
		}
	}
	for f, name := range map[string]string{"0": "PCMU", "8": "PCMA"} {
		if l := lines[f]; l != nil {
			l.name, l.rate, l.channels = name, 8000, 1
		}
	}
	for _, at := range m.Attributes {
		format, value, _ := strings.Cut(at.Value, " ")
		value = strings.TrimSpace(value)
		l := lines[format]
		switch {
		case at.Key == "rtcp-fb" && format == "*":
			for _, l := range lines {
				l.feedback = append(l.feedback, value)
			}
		case l == nil:
		case at.Key == "rtcp-fb":
			l.feedback = append(l.feedback, value)
		case at.Key == "fmtp":
			l.fmtp = value
			for field := range strings.SplitSeq(value, ";") {
				k, v, _ := strings.Cut(strings.TrimSpace(field), "=")
				l.parameters[strings.ToLower(k)] = v
			}
		case at.Key == "rtpmap":
			fields := append(strings.Split(value, "/"), "", "")
			l.name = fields[0]
			l.rate, _ = strconv.Atoi(fields[1])
			l.channels, _ = strconv.Atoi(fields[2])
			l.rate = max(l.rate, 0)
		}
	}
	return lines
}

// feedbackTaken are the kinds of RTCP feedback that we send.
var feedbackTaken = []string{"nack", "nack pli", "ccm fir", "transport-cc"}

// register notes a codec for pion exactly as it was offered.
func (a *agreement) register(l *payloadLine, media capture.Media) {
	for _, c := range a.codecs {
		if uint8(c.PayloadType) == l.number {
			return // in another section too
		}
	}
	c := agreedCodec{kind: webrtc.RTPCodecTypeVideo}
	if media == capture.Audio {
		c.kind = webrtc.RTPCodecTypeAudio
	}
	c.PayloadType = webrtc.PayloadType(l.number)
	c.MimeType, c.ClockRate, c.Channels, c.SDPFmtpLine = media.String()+"/"+l.name, uint32(l.rate), uint16(l.channels), l.fmtp
	for _, f := range feedbackTaken {
		if l.has(f) {
			kind, parameter, _ := strings.Cut(f, " ")
			c.RTCPFeedback = append(c.RTCPFeedback, webrtc.RTCPFeedback{Type: kind, Parameter: parameter})
		}
	}
	a.codecs = append(a.codecs, c)
}

// clip keeps what a stranger says to a length fit for a log.
func clip(text string) string {
	const most = 60
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, text)
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}
