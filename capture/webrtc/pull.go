package webrtc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/quiet"
)

// Pull fetches a feed from a WHEP server. It is a capture.Source and a capture.Teller.
type Pull struct {
	target   string // http or https
	shown    string // host and port, for operators: the path may be a secret
	loopback bool
	token    string
	opt      Options
	client   *http.Client
	servers  []webrtc.ICEServer // that the last answer named, for the next session; of Run alone
	timeline *capture.Timeline
	numbers  map[trackID]int
	count    counters
	facts    facts
	quiet    *quiet.Log
}

// ParsePull checks a URL such as whep+https://host/path. Errors say what is wrong and what to write.
func ParsePull(u *url.URL) error {
	switch {
	case u.Scheme != "whep+https" && u.Scheme != "whep+http":
		return fmt.Errorf("scheme %q is not WHEP: write whep+https:// or whep+http://", clip(u.Scheme))
	case u.Hostname() == "":
		return errors.New("names no host: write it like whep+https://host/path")
	case u.Fragment != "":
		return errors.New("ends with a fragment (#...), which no server would see: leave it out")
	}
	return nil
}

// NewPull returns the source for a URL such as whep+https://host/path. Where token is not empty it
// is sent as a bearer token. Of the options it uses TLS, Log, Opening and Silence.
func NewPull(address, token string, opt Options, tl *capture.Timeline) (*Pull, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("the WHEP URL cannot be read: write it like whep+https://host/path")
	}
	if err := ParsePull(u); err != nil {
		return nil, err
	}
	u.Scheme = strings.TrimPrefix(u.Scheme, "whep+")
	p := &Pull{
		target: u.String(), shown: u.Host, token: token, opt: opt.filled(), timeline: tl, numbers: map[trackID]int{},
		facts: facts{now: capture.Facts{Reason: "not connected yet"}},
	}
	p.quiet = quiet.New(p.opt.Log)
	if host := u.Hostname(); host == "localhost" || net.ParseIP(host).IsLoopback() {
		p.loopback = true
	}
	p.client = newClient(p.opt)
	return p, nil
}

// Facts returns what is known of the link; it does not block.
func (p *Pull) Facts() capture.Facts { return p.facts.Facts() }

// Counters returns what came to nothing of the media; the rest concerns servers.
func (p *Pull) Counters() Counters { return p.count.read() }

// Run fetches the stream until ctx ends or the connection breaks, and says why.
func (p *Pull) Run(ctx context.Context, emit func(capture.Packet)) error {
	defer p.client.CloseIdleConnections()
	err := p.run(ctx, emit)
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	p.facts.down(err.Error())
	return err
}

func (p *Pull) run(ctx context.Context, emit func(capture.Packet)) error {
	api, err := newAPI(offered(), p.engine())
	if err != nil {
		return err
	}
	pc, err := p.open(api)
	if err != nil {
		return fmt.Errorf("make a peer connection: %w", err)
	}
	r := newReceiver(pc, &p.count)
	defer r.close()
	defer context.AfterFunc(ctx, func() { r.end("the feed was removed") })()
	opening, cancel := context.WithTimeout(ctx, p.opt.Opening)
	defer cancel()
	session, payloads, err := p.connect(opening, r)
	if session != "" {
		defer p.hangUp(session)
	}
	if err != nil {
		if errors.Is(opening.Err(), context.DeadlineExceeded) {
			err = fmt.Errorf("no connection within %v: check that UDP reaches the server", p.opt.Opening)
		}
		return fmt.Errorf("pull WHEP from %s: %w", p.shown, err)
	}
	peer, _ := r.path()
	p.facts.connected(peer, "the server has sent nothing yet")
	play := &player{
		receiver: r, payloads: payloads, wait: waitDefault, silence: p.opt.Silence, pulled: true,
		timeline: p.timeline, numbers: p.numbers, emit: emit, facts: &p.facts, quiet: p.quiet, peer: peer,
	}
	return fmt.Errorf("WHEP from %s: %w", p.shown, play.play())
}

// open makes a connection that asks the STUN and TURN servers of the answer before. They are forgotten until
// another answer names them: one that cannot be used must not stand in the way for ever.
func (p *Pull) open(api *webrtc.API) (*webrtc.PeerConnection, error) {
	config := webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle, ICEServers: p.servers}
	p.servers = nil
	pc, err := api.NewPeerConnection(config)
	if err != nil && len(config.ICEServers) > 0 {
		config.ICEServers = nil
		pc, err = api.NewPeerConnection(config)
	}
	return pc, err
}

func (p *Pull) engine() webrtc.SettingEngine {
	e := webrtc.SettingEngine{LoggerFactory: silentLogs()}
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.SetIncludeLoopbackCandidate(p.loopback)
	e.SetSTUNGatherTimeout(gathering)
	e.SetICETimeouts(5*time.Second, 5*time.Second, 2*time.Second)
	e.SetSRTPReplayProtectionWindow(replay)
	e.SetReceiveMTU(mtu)
	return e
}

// connect offers to receive, and waits for the connection. session is to be deleted in the end.
func (p *Pull) connect(ctx context.Context, r *receiver) (session string, payloads map[uint8]*payload, err error) {
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecTypeAudio} {
		init := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := r.pc.AddTransceiverFromKind(kind, init); err != nil {
			return "", nil, fmt.Errorf("offer to receive %v: %w", kind, err)
		}
	}
	offer, err := r.pc.CreateOffer(nil)
	if err != nil {
		return "", nil, fmt.Errorf("make an offer: %w", err)
	}
	text, err := settle(ctx, r.pc, offer)
	if err != nil {
		return "", nil, fmt.Errorf("make an offer: %w", err)
	}
	session, answer, err := p.post(ctx, text)
	if err != nil {
		return session, nil, err
	}
	if payloads, err = readAnswer(answer); err != nil {
		return session, nil, err
	}
	if err := r.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		return session, nil, fmt.Errorf("take the answer: %w: %s", errMalformedSDP, clip(err.Error()))
	}
	select {
	case <-r.ready:
		return session, payloads, nil
	case <-r.done:
		return session, nil, errors.New(r.reason())
	case <-ctx.Done():
		return session, nil, ctx.Err()
	}
}

// offered is what we offer to receive: every profile that senders choose between, each with
// retransmission where it has pictures.
func offered() []agreedCodec {
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "ccm", Parameter: "fir"}, {Type: "transport-cc"}}
	var all []agreedCodec
	number := webrtc.PayloadType(96)
	video := func(mime, fmtp string) {
		for _, c := range []webrtc.RTPCodecCapability{
			{MimeType: mime, ClockRate: 90000, SDPFmtpLine: fmtp, RTCPFeedback: feedback},
			{MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: fmt.Sprintf("apt=%d", number)},
		} {
			all = append(all, agreedCodec{webrtc.RTPCodecParameters{RTPCodecCapability: c, PayloadType: number}, webrtc.RTPCodecTypeVideo})
			number++
		}
	}
	for _, profile := range []string{"42e01f", "42001f", "4d001f", "64001f"} {
		video(webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id="+profile)
	}
	video(webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=0;profile-level-id=42e01f")
	video(webrtc.MimeTypeH265, "")
	video(webrtc.MimeTypeVP8, "")
	video(webrtc.MimeTypeVP9, "profile-id=0")
	video(webrtc.MimeTypeVP9, "profile-id=2")
	video(webrtc.MimeTypeAV1, "")
	for _, c := range []struct {
		number   webrtc.PayloadType
		name     string
		rate     uint32
		channels uint16
		fmtp     string
	}{
		{number, "opus", 48000, 2, "minptime=10;stereo=1;sprop-stereo=1;useinbandfec=1"},
		{number + 1, "multiopus", 48000, 6, "channel_mapping=0,4,1,2,3,5;coupled_streams=2;num_streams=4"},
		{number + 2, "multiopus", 48000, 8, "channel_mapping=0,6,1,2,3,4,5,7;coupled_streams=3;num_streams=5"},
		{0, "PCMU", 8000, 1, ""}, {8, "PCMA", 8000, 1, ""},
	} {
		all = append(all, agreedCodec{webrtc.RTPCodecParameters{
			PayloadType: c.number,
			RTPCodecCapability: webrtc.RTPCodecCapability{
				MimeType: "audio/" + c.name, ClockRate: c.rate, Channels: c.channels, SDPFmtpLine: c.fmtp,
				RTCPFeedback: []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "transport-cc"}},
			},
		}, webrtc.RTPCodecTypeAudio})
	}
	return all
}

// readAnswer returns what the server chose of our offer.
func readAnswer(text string) (map[uint8]*payload, error) {
	var s sdp.SessionDescription
	if err := s.UnmarshalString(text); err != nil {
		return nil, fmt.Errorf("%w: %s", errMalformedSDP, clip(err.Error()))
	}
	a := &agreement{payloads: map[uint8]*payload{}}
	for _, m := range s.MediaDescriptions {
		media := map[string]capture.Media{"video": capture.Video, "audio": capture.Audio}[m.MediaName.Media]
		_, inactive := m.Attribute("inactive")
		if media == 0 || inactive || m.MediaName.Port.Value == 0 {
			continue // refused: the other may be all there is
		}
		if err := a.section(m, media); err != nil {
			return nil, err
		}
	}
	if len(a.payloads) == 0 {
		return nil, fmt.Errorf("%w: the server sends neither of %s nor of %s", errNoCodec, taken[capture.Video], taken[capture.Audio])
	}
	return a.payloads, nil
}
