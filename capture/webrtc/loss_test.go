package webrtc

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"github.com/vedette-av/vedette/capture"
)

var candidateLine = regexp.MustCompile(`a=candidate:[^\r\n]*\r\n`)

// postThrough connects a publisher through a proxy: neither side hears of another way.
func (p *publisher) postThrough(t testing.TB, s *Server, name string, proxy *lossy) {
	t.Helper()
	r := ask(t, s, http.MethodPost, "/"+name, candidateLine.ReplaceAllString(p.offer(t), ""))
	answer := text(t, r)
	if r.StatusCode != http.StatusCreated {
		t.Fatalf("POST: %s: %s", r.Status, answer)
	}
	answer = candidateLine.ReplaceAllString(answer, "")
	answer = strings.Replace(answer, "a=mid:", fmt.Sprintf("a=candidate:1 1 udp 2130706431 127.0.0.1 %s typ host\r\na=mid:", proxy.port()), 1)
	if err := p.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.up:
	case <-time.After(lasting):
		t.Fatal("the publisher does not connect through the proxy")
	}
}

// The publisher answers requests for packets as pion does, without RTX where it offers none, so that
// what was lost comes again under its old number.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		rate  float64
		frame int // packets a picture
	}{{0, 6}, {0.02, 6}, {0.05, 6}} {
		t.Run(fmt.Sprint(c.rate), func(t *testing.T) {
			s := serve(t, Options{})
			f, got := run(t, s, "studio", "", Settings{})
			proxy := newLossy(t, s.Addr(), 50*time.Millisecond, 7) // 100 ms there and back
			p := prepare(t, nil, vp8, opus)
			p.postThrough(t, s, "studio", proxy)
			p.send(t, 0, 0, 0, true, vp8Key) // a session that has begun
			p.send(t, 1, 0, 0, false, []byte{0xfc, 0})
			got.wait(t, "a picture", func(p []capture.Packet) bool { return count(p, capture.Video) == 1 })
			proxy.lose(c.rate)
			const frames = 240
			sequence := uint16(1)
			for i := 1; i <= frames; i++ {
				head := vp8Delta
				if i%60 == 0 {
					head = vp8Key
				}
				for part := range c.frame {
					payload := make([]byte, 1000)
					copy(payload, head)
					if part > 0 {
						payload[0] = 0 // not the beginning of a partition
					}
					p.send(t, 0, sequence, uint32(i*3000), part == c.frame-1, payload)
					sequence++
				}
				p.send(t, 1, uint16(i), uint32(i*1600), false, []byte{0xfc, byte(i)})
				time.Sleep(8 * time.Millisecond)
			}
			proxy.lose(0)
			for range 5 { // what is lost last shows by what comes after
				p.send(t, 0, sequence, uint32((frames+1)*3000), true, vp8Key)
				sequence++
				time.Sleep(20 * time.Millisecond)
			}
			packets := got.wait(t, "the end", func(packets []capture.Packet) bool {
				return slices.ContainsFunc(packets[2:], func(p capture.Packet) bool { return len(p.Data) == len(vp8Key)-1 })
			})
			pictures, lost := 0, 0
			for _, p := range packets {
				if p.Format.Media == capture.Video {
					lost += p.Lost
					if len(p.Data) > 5000 {
						pictures++
					}
				}
			}
			now := f.Facts()
			t.Logf("%d of %d pictures; the network lost %d of %d datagrams; facts %+v", pictures, frames, proxy.lost.Load(), proxy.sent.Load(), now)
			if float64(pictures) < 0.99*frames {
				t.Errorf("%d of %d pictures arrive", pictures, frames)
			}
			if pictures+lost < frames {
				t.Errorf("%d pictures and %d that are told lost, of %d", pictures, lost, frames)
			}
			if (now.Recovered > 0) != (c.rate > 0) || (now.Requests > 0) != (c.rate > 0) {
				t.Errorf("facts at a loss of %v: %+v", c.rate, now)
			}
		})
	}
}

// A picture whose parts do not come again is left out, told, and repaired by a key picture that is
// asked for, and not asked for again and again.
func TestPictureLost(t *testing.T) {
	s := serve(t, Options{})
	f, got := run(t, s, "studio", "", Settings{Wait: 50 * time.Millisecond})
	p := publish(t, s, "studio", "", vp8)
	sequence := uint16(0)
	send := func(i int, payload []byte) {
		p.send(t, 0, sequence, uint32(i*3000), true, payload)
		sequence++
	}
	send(0, vp8Key)
	send(1, vp8Delta)
	send(2, vp8Delta)
	sequence += 3 // of three pictures, never to be had
	for i := 6; i < 90; i++ {
		send(i, vp8Delta)
		time.Sleep(10 * time.Millisecond)
	}
	got.wait(t, "pictures", func(p []capture.Packet) bool { return len(p) >= 80 })
	until(t, "asked for a key picture", func() bool { return f.Facts().Refreshes > 0 })
	send(90, vp8Key)
	packets := got.wait(t, "the repair", func(p []capture.Packet) bool { return p[len(p)-1].Key })
	if lost := packets[3].Lost; lost != 3 {
		t.Errorf("%d pictures are told lost, want 3", lost)
	}
	if !packets[3].Corrupt || packets[2].Corrupt || packets[len(packets)-1].Corrupt {
		t.Errorf("pictures between a loss and its repair, and no others, are corrupt")
	}
	if now := f.Facts(); now.Lost != 3 || now.Refreshes > 2 {
		t.Errorf("facts %+v", now)
	}
	until(t, "heard", func() bool { return heard[*rtcp.PictureLossIndication](p) > 0 })
	if n := heard[*rtcp.PictureLossIndication](p); n > 2 {
		t.Errorf("%d requests for a key picture within a second", n)
	}
}

func TestChromiumLoss(t *testing.T) {
	s := serve(t, Options{})
	f, got := run(t, s, "studio", "secret", Settings{})
	proxy := newLossy(t, s.Addr(), 0, 3)
	ctx := browser(t)
	publishPage(t, ctx, map[string]any{"url": "http://" + s.Addr().String() + "/studio", "token": "secret", "codec": "VP8", "port": proxy.port()})
	got.wait(t, "pictures", func(p []capture.Packet) bool { return len(p) >= 30 })
	if proxy.sent.Load() == 0 {
		t.Fatal("the browser has found another way than the proxy")
	}
	proxy.lose(0.05)
	before := len(got.all())
	packets := got.wait(t, "pictures through loss", func(p []capture.Packet) bool { return len(p) >= before+120 })
	lost := 0
	for _, p := range packets[before:] {
		lost += p.Lost
	}
	now := f.Facts()
	t.Logf("%d pictures, %d lost; facts %+v", len(packets)-before, lost, now)
	if lost > 2 || now.Recovered == 0 {
		t.Errorf("%d of %d pictures are lost; facts %+v", lost, len(packets)-before, now)
	}
}
