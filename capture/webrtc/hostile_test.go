package webrtc

import (
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/stun/v4"

	"github.com/vedette-av/vedette/capture"
)

const sdpHead = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"

// section is one media section with what an offer needs besides codecs.
func section(kind, formats, lines string) string {
	return "m=" + kind + " 9 UDP/TLS/RTP/SAVPF " + formats + "\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=sendonly\r\na=rtcp-mux\r\n" +
		"a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\n" +
		"a=fingerprint:sha-256 " + strings.TrimSuffix(strings.Repeat("AB:", 32), ":") + "\r\n" + lines
}

func TestRefusals(t *testing.T) {
	s := serve(t, Options{Posts: 1000})
	run(t, s, "open", "", Settings{})
	run(t, s, "closed/one", "secret", Settings{})
	good := sdpHead + section("video", "96", "a=rtpmap:96 VP8/90000\r\n")
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		code                     int
		want                     string
	}{
		{"unknown feed", "POST", "/nobody", good, nil, 404, "no feed is published here"},
		{"root", "POST", "/", good, nil, 404, "no feed"},
		{"no token", "POST", "/closed/one", good, nil, 401, "bearer token"},
		{"wrong token", "POST", "/closed/one", good, []string{"Authorization", "Bearer secres"}, 401, "bearer token"},
		{"basic", "POST", "/closed/one", good, []string{"Authorization", "Basic secret"}, 401, "bearer token"},
		{"GET", "GET", "/open", "", nil, 405, "post an SDP offer"},
		{"no session", "DELETE", "/open/00112233445566778899aabbccddeeff", "", nil, 404, "no such session"},
		{"not SDP", "POST", "/open", "{}", []string{"Content-Type", "application/json"}, 415, typeSDP},
		{"empty", "POST", "/open", "", nil, 400, "malformed SDP"},
		{"garbage", "POST", "/open", "v=0\r\nm=what", nil, 400, "malformed SDP"},
		{"no media", "POST", "/open", sdpHead, nil, 400, "0 media sections"},
		{"data channel", "POST", "/open", sdpHead + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", nil, 400, "no data channels"},
		{"reader", "POST", "/open", strings.Replace(good, "sendonly", "recvonly", 1), nil, 400, "recvonly"},
		{"no credentials", "POST", "/open", strings.Replace(good, "a=ice-ufrag:abcd\r\n", "", 1), nil, 400, "malformed SDP"},
		{"no fingerprint", "POST", "/open", sdpHead + "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\na=rtpmap:96 VP8/90000\r\na=sendonly\r\n", nil, 400, "malformed SDP"},
		{"no codec", "POST", "/open", sdpHead + section("video", "96 97", "a=rtpmap:96 H266/90000\r\na=rtpmap:97 ulpfec/90000\r\n"), nil, 422,
			"no common codec for video: the peer offers H266, ulpfec, and H.264, HEVC, VP8, VP9 and AV1 are taken"},
		{"no sound codec", "POST", "/open", good + section("audio", "9", "a=rtpmap:9 G722/8000\r\n"), nil, 422, "no common codec for audio: the peer offers G722"},
		{"multiopus", "POST", "/open", sdpHead + section("audio", "96", "a=rtpmap:96 multiopus/48000/6\r\n"), nil, 400, "channel_mapping"},
		{"candidates", "POST", "/open", good + strings.Repeat("a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", 129), nil, 400, "more than 128 candidates"},
		{"too large", "POST", "/open", strings.Repeat("v=0\r\n", maxBody/4), nil, 413, "longer than"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := ask(t, s, c.method, c.path, c.body, c.headers...)
			if got := text(t, r); r.StatusCode != c.code || !strings.Contains(got, c.want) || strings.Count(got, "\n") != 1 {
				t.Errorf("%s: %s, want %d with %q", r.Status, got, c.code, c.want)
			}
			if r.Header.Get("Access-Control-Allow-Origin") != "*" {
				t.Error("a page of another origin cannot read the refusal")
			}
			if c.code == 401 && !strings.HasPrefix(r.Header.Get("WWW-Authenticate"), "Bearer") {
				t.Error("401 without a challenge")
			}
		})
	}
	if c := s.Counters(); c.UnknownFeed != 3 || c.WrongToken != 3 || c.NoCodec != 2 || c.TooLarge != 1 || c.Malformed != 10 || c.Offers != 0 {
		t.Errorf("counters %+v", c)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.live != 0 || len(s.sessions) != 0 {
		t.Errorf("%d sessions are left of refusals", s.live)
	}
}

func TestOptions(t *testing.T) {
	s := serve(t, Options{})
	run(t, s, "studio", "secret", Settings{})
	r := ask(t, s, http.MethodOptions, "/studio", "", "Origin", "https://example.net", "Access-Control-Request-Method", "POST")
	if r.StatusCode != http.StatusNoContent || r.Header.Get("Accept-Post") != typeSDP || !strings.Contains(r.Header.Get("Access-Control-Allow-Headers"), "Authorization") ||
		!strings.Contains(r.Header.Get("Access-Control-Expose-Headers"), "Location") {
		t.Errorf("OPTIONS: %s %v", r.Status, r.Header)
	}
}

func TestPatch(t *testing.T) {
	s := serve(t, Options{Posts: 1000})
	run(t, s, "studio", "", Settings{})
	p := publish(t, s, "studio", "", vp8)
	ufrag, _ := credentials(p.offer(t))
	fragment := "a=ice-ufrag:" + ufrag + "\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:0\r\n"
	good := fragment + "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n"
	for _, c := range []struct {
		name, body, match string
		code              int
		want              string
	}{
		{"candidate", good, p.tag, 204, ""},
		{"no ETag", good, "", 428, "If-Match"},
		{"old ETag", good, `"old"`, 412, "older ICE session"},
		{"other ufrag", strings.Replace(good, ufrag, "zzzz", 1), p.tag, 412, "older ICE session"},
		{"garbage", "hello", p.tag, 400, "no line of SDP"},
		{"nothing", "m=video 9 x 96\r\n", p.tag, 400, "no ice-ufrag"},
		{"bad candidate", fragment + "a=candidate:what\r\n", p.tag, 400, "malformed candidate"},
		{"many candidates", fragment + strings.Repeat("a=candidate:1 1 udp 1 127.0.0.1 9 typ host\r\n", maxCandidates+1), p.tag, 400, "more than 64 candidates"},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := []string{}
			if c.match != "" {
				headers = append(headers, "If-Match", c.match)
			}
			r := ask(t, s, http.MethodPatch, p.location, c.body, headers...)
			if got := text(t, r); r.StatusCode != c.code || !strings.Contains(got, c.want) {
				t.Errorf("%s: %s, want %d with %q", r.Status, got, c.code, c.want)
			}
		})
	}
}

// Thousands of offers, each good enough to be answered, neither grow nor move the publisher who is
// there.
func TestManyOffers(t *testing.T) {
	s := serve(t, Options{Posts: 100000, MaxOpening: 4, Opening: 2 * time.Second})
	f, got := run(t, s, "studio", "", Settings{})
	p := publish(t, s, "studio", "", vp8)
	p.send(t, 0, 0, 0, true, vp8Key)
	got.wait(t, "a picture", func(p []capture.Packet) bool { return len(p) == 1 })
	before := runtime.NumGoroutine()
	offer := sdpHead + section("video", "96", "a=rtpmap:96 VP8/90000\r\n")
	var wg sync.WaitGroup
	const posts = 400
	for range 4 {
		wg.Go(func() {
			for range posts / 4 {
				r, err := http.Post("http://"+s.Addr().String()+"/studio", typeSDP, strings.NewReader(offer))
				if err == nil {
					r.Body.Close()
				}
			}
		})
	}
	wg.Wait()
	until(t, "settled", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return s.live <= 5 })
	if grown := runtime.NumGoroutine() - before; grown > 200 {
		t.Errorf("%d goroutines more than before", grown)
	}
	p.send(t, 0, 1, 3000, true, vp8Delta)
	got.wait(t, "the next picture", func(p []capture.Packet) bool { return len(p) == 2 })
	if now := f.Facts(); !now.Up {
		t.Errorf("facts %+v", now)
	}
	if c := s.Counters(); c.Takeovers != 0 || c.Publishers != 1 || c.NotOpened < posts/2 {
		t.Errorf("counters %+v", c)
	}
}

func TestRateLimit(t *testing.T) {
	s := serve(t, Options{Posts: 2})
	run(t, s, "studio", "secret", Settings{})
	codes := map[int]int{}
	for range 30 {
		codes[ask(t, s, http.MethodPost, "/studio", "").StatusCode]++
	}
	if codes[401] < 8 || codes[401] > 14 || codes[429] != 30-codes[401] {
		t.Errorf("answers %v, want a burst of some 8 and then 429", codes)
	}
	l := limiter{rate: 1}
	now := time.Unix(0, 0)
	for i := range 3 * maxHostsKnown {
		l.allow(hostOf(fmt.Sprintf("10.%d.%d.1:1", i/250, i%250)), now)
	}
	if len(l.hosts) > maxHostsKnown+1 {
		t.Errorf("%d addresses are kept", len(l.hosts))
	}
}

// A flood of STUN, of noise, and of ICE over TCP that leads nowhere leaves nothing behind and keeps
// nobody from publishing.
func TestFloods(t *testing.T) {
	s := serve(t, Options{MaxConns: 64})
	run(t, s, "studio", "", Settings{})
	before := runtime.NumGoroutine()
	conn, err := net.Dial("udp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for i := range 20000 {
		m := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(fmt.Sprintf("user%d:peer", i)))
		switch i % 3 {
		case 1:
			m.Raw = m.Raw[:len(m.Raw)-4]
		case 2:
			m.Raw[0] = 0x80
		}
		_, _ = conn.Write(m.Raw)
	}
	for range 100 {
		c, err := net.Dial("tcp", s.Addr().String())
		if err != nil {
			continue
		}
		defer c.Close()
		_, _ = c.Write([]byte{0, 100, 1, 2, 3})
	}
	if grown := runtime.NumGoroutine() - before; grown > 300 {
		t.Errorf("%d goroutines more than before", grown)
	}
	until(t, "rid of the connections", func() bool { s.port.mu.Lock(); defer s.port.mu.Unlock(); return len(s.port.conns) < 10 })
	publish(t, s, "studio", "", vp8)
}

// Packets of a payload type that nobody agreed on are counted, and lose nothing but themselves.
func TestWrongPayloadType(t *testing.T) {
	s := serve(t, Options{})
	_, got := run(t, s, "studio", "", Settings{Wait: 50 * time.Millisecond})
	p := publish(t, s, "studio", "", vp8)
	p.send(t, 0, 0, 0, true, vp8Key)
	foreign := func(h *rtp.Header) { h.PayloadType = 50 } // not of those that RTCP has
	p.mangle.Store(&foreign)
	for i := range 10 {
		p.send(t, 0, uint16(1+i), uint32(3000+i*3000), true, vp8Delta)
	}
	p.mangle.Store(nil)
	p.send(t, 0, 11, 33000, true, vp8Delta)
	packets := got.wait(t, "the next picture", func(p []capture.Packet) bool { return len(p) == 2 })
	if packets[1].Format.Codec != capture.VP8 || packets[1].PTS-packets[0].PTS != ticks(33000, 90000) {
		t.Errorf("after them: %+v", packets[1])
	}
	if c := s.Counters(); c.WrongType != 10 {
		t.Errorf("counters %+v", c)
	}
}

// Who connects while another is there takes over, and the tracks keep their numbers.
func TestTakeover(t *testing.T) {
	s := serve(t, Options{})
	f, got := run(t, s, "studio", "", Settings{})
	first := publish(t, s, "studio", "", opus, vp8)
	first.send(t, 1, 0, 0, true, vp8Key)
	first.send(t, 0, 0, 0, true, []byte{0xfc, 1})
	before := got.wait(t, "both tracks", func(p []capture.Packet) bool { return len(p) == 2 })
	second := publish(t, s, "studio", "", vp8, opus)
	until(t, "taken over", func() bool { return s.Counters().Takeovers == 1 })
	second.send(t, 1, 500, 7000, true, []byte{0xfc, 2})
	second.send(t, 0, 900, 9000, true, vp8Key)
	after := got.wait(t, "both tracks again", func(p []capture.Packet) bool { return len(p) == 4 })
	number := map[capture.Media]int{}
	for _, p := range before {
		number[p.Format.Media] = p.Track
	}
	for _, p := range after[2:] {
		if p.Track != number[p.Format.Media] || p.Jump {
			t.Errorf("%v is track %d (jump %v), was %d", p.Format.Media, p.Track, p.Jump, number[p.Format.Media])
		}
	}
	if now := f.Facts(); !now.Up {
		t.Errorf("facts %+v", now)
	}
}

// A publisher who is connected and sends nothing is told as such, and kept: it may have paused.
func TestSilentPublisher(t *testing.T) {
	s := serve(t, Options{Silence: time.Second})
	f, got := run(t, s, "studio", "", Settings{})
	p := publish(t, s, "studio", "", vp8)
	p.send(t, 0, 0, 0, true, vp8Key)
	until(t, "down", func() bool { return strings.Contains(f.Facts().Reason, "has sent nothing for 1s") })
	p.send(t, 0, 1, 90000, true, vp8Delta)
	got.wait(t, "the next picture", func(p []capture.Packet) bool { return len(p) == 2 })
	if now := f.Facts(); !now.Up {
		t.Errorf("facts %+v", now)
	}
}
