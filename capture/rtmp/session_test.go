package rtmp

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortmplib"

	"github.com/vedette-av/vedette/capture"
)

// Parameter sets of baseline H.264 at two sizes, and the record that carries them.
var (
	sps180 = unhex("6742c00cda05067e7c0440000003004000000c83c50aa8")
	sps360 = unhex("6742c01eda0280bfe5c044000003000400000300c83c58ba80")
	pps    = unhex("68ce0fc8")
)

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func avcC(sps []byte) []byte {
	b := append([]byte{0x17, 0, 0, 0, 0, 1, sps[1], sps[2], sps[3], 0xff, 0xe1, 0, byte(len(sps))}, sps...)
	return append(append(b, 1, 0, byte(len(pps))), pps...)
}

// idr and inter are access units of one NAL unit; sound is a frame of AAC.
var (
	idr   = []byte{0x17, 1, 0, 0, 0, 0, 0, 0, 2, 0x65, 0x88}
	inter = []byte{0x27, 1, 0, 0, 0, 0, 0, 0, 2, 0x41, 0x9a}
	asc   = []byte{0xaf, 0, 0x11, 0x90}
	sound = []byte{0xaf, 1, 0x21, 0x10}
)

// tag sends a media message whose body is as given; it has its own chunk header.
func tag(t *testing.T, c *gortmplib.Client, kind byte, stamp uint32, body []byte) {
	t.Helper()
	if _, err := c.NetConn().Write(chunk(kind, stamp, body)); err != nil {
		t.Fatal(err)
	}
}

// chunk makes a message of a single chunk.
func chunk(kind byte, stamp uint32, body []byte) []byte {
	field, extended := stamp, []byte(nil)
	if stamp >= 0xffffff {
		field, extended = 0xffffff, []byte{byte(stamp >> 24), byte(stamp >> 16), byte(stamp >> 8), byte(stamp)}
	}
	n := len(body)
	b := []byte{9, byte(field >> 16), byte(field >> 8), byte(field), byte(n >> 16), byte(n >> 8), byte(n), kind, 1, 0, 0, 0}
	return append(append(b, extended...), body...)
}

const tagAudio, tagVideo = 8, 9

// The livestock of RTMP monitoring: encoders whose counter ends after 4.66 hours or 49.7 days.
func TestTimestampsWrap(t *testing.T) {
	for name, mask := range map[string]uint32{"24 bit": 1<<24 - 1, "31 bit": 1<<31 - 1, "32 bit": 1<<32 - 1} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{})
			f, out := feed(t, s, "live", "main")
			c := mustDial(t, s, "live/main")
			stamp := mask - 400
			tag(t, c, tagVideo, stamp, avcC(sps180))
			tag(t, c, tagAudio, stamp, asc)
			for i := range 50 {
				tag(t, c, tagVideo, (stamp+uint32(i)*40)&mask, idr)
				tag(t, c, tagAudio, (stamp+uint32(i)*40)&mask, sound)
			}
			got := out.wait(t, "100 packets", atLeast(100))
			for i, p := range got {
				if after, want := p.At-got[0].At, time.Duration(i/2)*40*ms; !spaced(after, want) {
					t.Fatalf("packet %d at %v after the first, want %v", i, after, want)
				}
			}
			if n := f.Facts().Jumps; n != 0 {
				t.Errorf("%d jumps, want none", n)
			}
		})
	}
}

func TestTakeover(t *testing.T) {
	s := serve(t, Options{})
	f, out := feed(t, s, "live", "main")
	_, other := feed(t, s, "live", "other")
	bystander := mustDial(t, s, "live/other")
	tag(t, bystander, tagAudio, 0, asc)

	first := mustDial(t, s, "live/main")
	tag(t, first, tagVideo, 0, avcC(sps180))
	for i := range uint32(10) {
		tag(t, first, tagVideo, 3_000_000+i*40, idr)
	}
	out.wait(t, "the first publisher", atLeast(10))
	peer := f.Facts().Peer

	second := mustDial(t, s, "live/main")
	tag(t, second, tagAudio, 7, asc) // sound comes first this time
	tag(t, second, tagAudio, 7, sound)
	tag(t, second, tagVideo, 7, avcC(sps360))
	tag(t, second, tagVideo, 7, idr)
	got := out.wait(t, "the second publisher", atLeast(12))
	if _, err := io.Copy(io.Discard, first.NetConn()); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the first connection ends with %v, want it closed", err)
	}
	if v := got[11]; v.Track != 0 || v.Format.Width != 640 || v.At < got[9].At || v.Jump {
		t.Errorf("picture after the takeover: track %d, %+v, at %v, jump %v; want track 0 at the new size, after %v", v.Track, v.Format, v.At, v.Jump, got[9].At)
	}
	if a := got[10]; a.Track != 1 || a.Format.Media != capture.Audio {
		t.Errorf("sound is track %d, want 1", a.Track)
	}
	if facts := f.Facts(); !facts.Up || facts.Peer == peer || facts.Reason != "" || facts.Jumps != 0 {
		t.Errorf("facts %+v, want another peer up", facts)
	}
	if c := s.Counters(); c.Takeovers != 1 || c.Publishers != 3 {
		t.Errorf("counters %+v, want one takeover", c)
	}
	tag(t, bystander, tagAudio, 0, sound)
	other.wait(t, "the publisher beside them", atLeast(1))
}

func TestPublisherComesAndGoes(t *testing.T) {
	s := serve(t, Options{})
	f, out := feed(t, s, "live", "main")
	if facts := f.Facts(); facts.Up || facts.Reason != "no publisher yet" {
		t.Errorf("facts %+v, want no publisher yet", facts)
	}
	for i := range 3 {
		c := mustDial(t, s, "live/main")
		awaitReason(t, f, "has sent nothing yet")
		tag(t, c, tagAudio, 0, asc)
		tag(t, c, tagAudio, 0, sound)
		out.wait(t, "sound", atLeast(i+1))
		await(t, "up", func() bool { return f.Facts().Up })
		c.Close()
		awaitReason(t, f, "left: connection closed by the peer")
	}
}

func TestSilence(t *testing.T) {
	s := serve(t, Options{Silence: 50 * ms})
	f, _ := feed(t, s, "live", "main")
	c := mustDial(t, s, "live/main")
	awaitReason(t, f, "was silent for 50ms")
	if _, err := io.Copy(io.Discard, c.NetConn()); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the connection ends with %v, want it closed", err)
	}
	if got := s.Counters().Silent; got != 1 {
		t.Errorf("%d publishers cut off for silence, want 1", got)
	}
}

func TestRefusals(t *testing.T) {
	log := &lines{}
	s := serve(t, Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	feed(t, s, "live", "main")
	for _, c := range []struct{ path, log string }{
		{"live/secret-of-another", `wrong stream key for app \"live\"`},
		{"live/", `wrong stream key for app \"live\"`},
		{"live/mai", `wrong stream key for app \"live\"`},
		{"nowhere/main", `unknown app \"nowhere\"`},
	} {
		log.reset(s)
		if _, err := dial(t, s, c.path); err == nil {
			t.Errorf("%s was let in", c.path)
		}
		await(t, "the log of "+c.path, func() bool { return strings.Contains(log.text(), c.log) })
		if strings.Contains(log.text(), "secret") {
			t.Errorf("the log tells the key: %s", log.text())
		}
	}
	if c := s.Counters(); c.WrongKey != 3 || c.UnknownApp != 1 || c.Publishers != 0 {
		t.Errorf("counters %+v, want three wrong keys and an unknown app", c)
	}
	for _, path := range []string{"live/main?user=me", "/live/main", "live//main/"} {
		if _, err := dial(t, s, path); err != nil {
			t.Errorf("%s was refused: %v", path, err)
		}
	}
}

func TestUnsupportedCodecs(t *testing.T) {
	for want, c := range map[string]struct {
		kind byte
		body []byte
	}{
		"video Sorenson H.263: send H.264": {tagVideo, []byte{0x12, 0, 0}},
		"video number 13: send H.264":      {tagVideo, []byte{0x1d, 0, 0, 0, 0}},
		"video VVC: send H.264":            {tagVideo, []byte("\x90vvc1abcd")},
		"audio Speex: send AAC":            {tagAudio, []byte{0xb6, 0, 0}},
		"audio \"abcd\": send AAC":         {tagAudio, []byte("\x91abcd.")},
	} {
		s := serve(t, Options{})
		f, _ := feed(t, s, "live", "main")
		tag(t, mustDial(t, s, "live/main"), c.kind, 0, c.body)
		awaitReason(t, f, want)
		if n := s.Counters().Unsupported; n != 1 {
			t.Errorf("%s: %d sessions refused for their codec, want 1", want, n)
		}
	}
}

// One odd unit costs itself, never the session.
func TestOddUnits(t *testing.T) {
	s := serve(t, Options{})
	f, out := feed(t, s, "live", "main")
	c := mustDial(t, s, "live/main")
	tag(t, c, tagVideo, 0, idr)                                                                 // before any configuration
	tag(t, c, tagAudio, 0, sound)                                                               // likewise
	tag(t, c, tagVideo, 0, nil)                                                                 // of no bytes
	tag(t, c, tagAudio, 0, nil)                                                                 //
	tag(t, c, tagVideo, 0, []byte{0x17, 1, 0, 0, 0})                                            // without NAL units
	tag(t, c, tagVideo, 0, []byte{0x17, 0, 0, 0, 0, 1, 2})                                      // a torn configuration
	tag(t, c, 0x55, 0, []byte("what is this"))                                                  // an unknown message
	tag(t, c, 4, 0, []byte{0, 99})                                                              // an unknown event
	tag(t, c, 20, 0, []byte{0xff})                                                              // not AMF
	tag(t, c, 18, 0, bytes.Repeat([]byte{3, 0, 1, 'a'}, 1<<13))                                 // nested without end
	tag(t, c, 20, 0, bytes.Repeat([]byte{10, 0, 0, 0, 9}, 3<<10))                               // likewise, as a command
	tag(t, c, tagVideo, 0, avcC(sps180))                                                        //
	tag(t, c, tagVideo, 0, []byte{0x17, 1, 0, 0, 0, 0, 0, 1, 0, 0x65})                          // a NAL unit too long
	tag(t, c, tagVideo, 5000, idr)                                                              // good
	tag(t, c, tagVideo, 1000, inter)                                                            // goes back
	tag(t, c, tagVideo, 1040, append([]byte{0x27, 1, 0xff, 0xff, 0xd8}, inter[5:]...))          // shown before it is decoded
	tag(t, c, tagVideo, 1080, avcC(sps360))                                                     // another size
	tag(t, c, tagVideo, 1080, idr)                                                              //
	tag(t, c, tagVideo, 1120, append([]byte{0x17, 1, 0, 0, 0}, sized(sps180, pps, idr[9:])...)) // in band this time
	got := out.wait(t, "five pictures", atLeast(5))

	front := func(sps []byte) []byte { return []byte(startCode + string(sps) + startCode + string(pps) + startCode) }
	for i, want := range []struct {
		data  []byte
		key   bool
		jump  bool
		lost  int
		width int
	}{
		{append(front(sps180), idr[9:]...), true, false, 2, 320},
		{append([]byte(startCode), inter[9:]...), false, true, 0, 320},
		{append([]byte(startCode), inter[9:]...), false, false, 0, 320},
		{append(front(sps360), idr[9:]...), true, false, 0, 640},
		{append(front(sps180), idr[9:]...), true, false, 0, 320},
	} {
		p := got[i]
		if !bytes.Equal(p.Data, want.data) || p.Key != want.key || p.Jump != want.jump || p.Lost != want.lost || p.Format.Width != want.width {
			t.Errorf("picture %d: %x key %v jump %v lost %d width %d, want %+v", i, p.Data, p.Key, p.Jump, p.Lost, p.Format.Width, want)
		}
	}
	if d := got[2].PTS - got[2].DTS; d != -40*ms {
		t.Errorf("the third picture is shown %v after it is decoded, want -40ms", d)
	}
	if n := s.Counters(); n.Empty != 3 || n.Unconfigured != 2 || n.Malformed != 4 {
		t.Errorf("counters %+v, want 3 empty, 2 unconfigured, 4 malformed", n)
	}
	if facts := f.Facts(); facts.Lost != 2 || facts.Jumps != 1 || !facts.Up {
		t.Errorf("facts %+v, want two lost, one jump", facts)
	}
}

// sized puts NAL units behind their lengths.
func sized(nalus ...[]byte) (b []byte) {
	for _, n := range nalus {
		b = append(append(b, 0, 0, byte(len(n)>>8), byte(len(n))), n...)
	}
	return b
}

// A reload removes one feed and leaves the other alone.
func TestFeedIsRemoved(t *testing.T) {
	s := serve(t, Options{})
	_, kept := feed(t, s, "live", "kept")
	stays := mustDial(t, s, "live/kept")
	tag(t, stays, tagAudio, 0, asc)

	f, err := s.Source("live", "gone", capture.NewTimeline(time.Now()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- f.Run(ctx, func(capture.Packet) {}) }()
	var goes *gortmplib.Client
	await(t, "the feed to listen", func() bool { goes, err = dial(t, s, "live/gone"); return err == nil })
	awaitReason(t, f, "has sent nothing yet")
	if err := again(s).Run(ctx, func(capture.Packet) {}); err == nil || !strings.Contains(err.Error(), "another feed") {
		t.Errorf("a second feed on the same key ends with %v, want to be told of the first", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Run ends with %v, want the context's end", err)
	}
	if _, err := io.Copy(io.Discard, goes.NetConn()); err != nil && !strings.Contains(err.Error(), "reset") {
		t.Errorf("its publisher ends with %v, want it closed", err)
	}
	if _, err := dial(t, s, "live/gone"); err == nil {
		t.Error("a publisher got into a feed that was removed")
	}
	tag(t, stays, tagAudio, 0, sound)
	kept.wait(t, "the feed that stays", atLeast(1))
	feed(t, s, "live", "gone") // and it may come back
	if _, err := dial(t, s, "live/gone"); err != nil {
		t.Errorf("the feed that came back refuses: %v", err)
	}
}

// again makes one more feed of the key that TestFeedIsRemoved uses.
func again(s *Server) *Feed {
	f, err := s.Source("live", "gone", capture.NewTimeline(time.Now()))
	if err != nil {
		panic(err)
	}
	return f
}

func TestSourceWantsAKey(t *testing.T) {
	if _, err := serve(t, Options{}).Source("live", "", capture.NewTimeline(time.Now())); err == nil {
		t.Error("a feed without key was taken")
	}
}

// lines is a log that a test can read.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// reset empties the log and lets the server's next line through at once.
func (l *lines) reset(s *Server) {
	l.mu.Lock()
	l.b.Reset()
	l.mu.Unlock()
	s.quiet.Reset()
}
