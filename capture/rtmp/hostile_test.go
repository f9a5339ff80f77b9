package rtmp

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/nal"
)

// stranger opens a bare connection to a server.
func stranger(t *testing.T, s *Server) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// shut asserts that the server ends a connection.
func shut(t *testing.T, conn net.Conn) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, conn); err != nil && strings.Contains(err.Error(), "timeout") {
		t.Error("the server keeps the connection")
	}
}

// shaken is the client's half of a handshake, and connected the same with a connect command.
func shaken() []byte { return append([]byte{3}, make([]byte, 2*1536)...) }

func connected() []byte {
	name := []byte("\x02\x00\x07connect\x00\x3f\xf0\x00\x00\x00\x00\x00\x00\x03\x00\x03app\x02\x00\x04live\x00\x00\x09")
	return append(shaken(), chunk(20, 0, name)...)
}

// What strangers send, what it counts as, and what the log says of it.
func TestStrangers(t *testing.T) {
	noise := make([]byte, 1<<16)
	for i := range noise {
		noise[i] = byte(rand.N(256))
	}
	noise[0] = 0x99
	noisy := append([]byte{3}, noise...)
	giant := func(kind byte) []byte { return []byte{9, 0, 0, 0, 0xff, 0xff, 0xff, kind, 1, 0, 0, 0} }
	for _, c := range []struct {
		name, log string
		send      []byte
		notRTMP   uint64
	}{
		{"random bytes", "does not speak RTMP", noise, 1},
		{"random bytes after the version", "", noisy, 1},
		{"HTTP", "speaks HTTP", []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), 1},
		{"TLS on a plain port", "speaks TLS", []byte{0x16, 3, 1, 0, 0}, 1},
		{"RTMPE", "use RTMPS", append([]byte{6}, make([]byte, 1536)...), 1},
		{"giant message", "before publishing", append(shaken(), giant(20)...), 1},
		{"giant picture", "media before publishing", append(shaken(), giant(9)...), 1},
		{"giant chunk size", "chunk size", append(shaken(), chunk(1, 0, []byte{0xff, 0xff, 0xff, 0xff})...), 1},
		{"no chunk size", "chunk size", append(shaken(), chunk(1, 0, make([]byte, 4))...), 1},
		{"endless talk", "before publishing", append(shaken(), bytes.Repeat(chunk(3, 0, make([]byte, 100)), 1000)...), 1},
		{"endless streams", "128 chunk streams", append(shaken(), streams(1000)...), 1},
		{"publish first", "publish before connect", append(shaken(), chunk(20, 0, []byte("\x02\x00\x07publish"))...), 1},
		{"nested AMF", "", append(shaken(), nested()...), 1},
		{"continuation of nothing", "begins a stream", append(shaken(), 0xc9), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			log := &lines{}
			s := serve(t, Options{Log: slog.New(slog.NewTextHandler(log, nil))})
			feed(t, s, "live", "main")
			conn := stranger(t, s)
			go func() { _, _ = conn.Write(c.send) }() // the server may hang up while we send
			shut(t, conn)
			await(t, "the count", func() bool { return s.Counters().NotRTMP == c.notRTMP })
			await(t, "the log line", func() bool { return strings.Contains(log.text(), c.log) })
		})
	}
}

// streams opens a chunk stream after another.
func streams(n int) (b []byte) {
	for i := range n {
		b = append(b, 1, byte(i), byte(i>>8), 0, 0, 0, 0, 0, 200, 20, 1, 0, 0, 0)
		b = append(b, make([]byte, 128)...)
	}
	return b
}

// nested is a command within the size limit that nests as deep as fits.
func nested() []byte {
	var b []byte
	body := bytes.Repeat([]byte{3, 0, 1, 'a'}, maxCommand/4)
	for i, c := 0, chunk(20, 0, body); len(body) > 0; i++ {
		if i == 0 {
			b, body = append(b, c[:12]...), c[12:]
		} else {
			b = append(b, 0xc9)
		}
		n := min(128, len(body))
		b, body = append(b, body[:n]...), body[n:]
	}
	return b
}

// Half a handshake, half a dialogue, and drops of both: all end when the time to publish is over.
func TestSlowStrangersTimeOut(t *testing.T) {
	s := serve(t, Options{Opening: 150 * ms})
	_, out := feed(t, s, "live", "main")
	c := mustDial(t, s, "live/main")
	tag(t, c, tagAudio, 0, asc)
	for _, send := range [][]byte{nil, {3}, shaken()[:2000], shaken(), connected(), connected()[:len(connected())-3]} {
		conn := stranger(t, s)
		if _, err := conn.Write(send); err != nil {
			t.Fatal(err)
		}
		shut(t, conn)
	}
	await(t, "six to time out", func() bool { return s.Counters().TimedOut == 6 })
	drip := stranger(t, s)
	stop := make(chan struct{})
	go func() {
		defer close(stop)
		for _, b := range shaken() {
			if _, err := drip.Write([]byte{b}); err != nil {
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	shut(t, drip)
	<-stop
	await(t, "the dripping one too", func() bool { return s.Counters().TimedOut == 7 })
	tag(t, c, tagAudio, 0, sound)
	out.wait(t, "the publisher in session", atLeast(1))
}

// Hundreds of idle connections cost little, are counted, and keep nobody out.
func TestCrowd(t *testing.T) {
	log := &lines{}
	s := serve(t, Options{Opening: patience, Log: slog.New(slog.NewTextHandler(log, nil))})
	f, out := feed(t, s, "live", "main")
	c := mustDial(t, s, "live/main")
	tag(t, c, tagAudio, 0, asc)
	tag(t, c, tagAudio, 0, sound)
	out.wait(t, "the publisher", atLeast(1))

	begun := time.Now()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	const crowd = 500
	for i := range crowd {
		conn := stranger(t, s)
		if i%2 == 0 {
			_, _ = conn.Write(shaken()) // it may have been closed by now
		}
		if i%50 == 0 {
			tag(t, c, tagAudio, uint32(i), sound)
			out.wait(t, "the publisher in session", atLeast(i/50+2))
		}
	}
	await(t, "the crowd to thin out", func() bool { return s.Counters().Crowded >= crowd-64 })
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 4<<20 {
		t.Errorf("the heap grew by %d bytes, want little", grown)
	}
	if _, err := dial(t, s, "live/main"); err != nil {
		t.Errorf("a publisher is kept out: %v", err)
	}
	awaitReason(t, f, "has sent nothing yet")
	if n, most := strings.Count(log.text(), "\n"), int(time.Since(begun)/time.Second)+2; n > most {
		t.Errorf("%d lines of log, want at most %d:\n%s", n, most, log.text())
	}
}

// One publisher on a TLS port that a stranger talks plainly to.
func TestPlainStrangerOnTLS(t *testing.T) {
	opt, _ := certificate(t)
	s := serve(t, Options{TLS: opt})
	feed(t, s, "live", "main")
	conn := stranger(t, s)
	if _, err := conn.Write(shaken()); err != nil {
		t.Fatal(err)
	}
	shut(t, conn)
	await(t, "the count", func() bool { return s.Counters().NotRTMP == 1 })
	mustDial(t, s, "live/main")
}

// A publisher that turns against us gets its session ended, not the daemon.
func TestHostilePublisher(t *testing.T) {
	for name, send := range map[string][]byte{
		"giant message":   {9, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0},
		"broken chunks":   {0xfe},
		"endless streams": streams(2000),
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, Options{})
			f, _ := feed(t, s, "live", "main")
			c := mustDial(t, s, "live/main")
			go func() { _, _ = c.NetConn().Write(send) }()
			awaitReason(t, f, "left: ")
			shut(t, c.NetConn())
			mustDial(t, s, "live/main")
		})
	}
}

// What publishers send may be anything: no sequence of messages may break the reader or its memory.
func FuzzSession(f *testing.F) {
	f.Add(append(chunk(9, 0, avcC(sps180)), chunk(9, 40, idr)...))
	f.Add(append(chunk(8, 0, asc), chunk(8, 1<<25, sound)...))
	f.Add(chunk(9, 0, []byte("\x90hvc1\x01\x01\x60\x00\x00\x00\x00\x00\x00\x00\x00\x00\x5d\xf0\x00\xfc\xfd\xf8\xf8\x00\x00\x03\x01\x20\x00\x01\x00\x02\x40\x01")))
	f.Add(chunk(9, 0, []byte("\x93av01\x12\x00\x0a\x0b\x00\x00\x00\x42\xab\xbf\xc3\x70\x0b\xe0\x01")))
	f.Add(chunk(9, 0, []byte("\x96\x13vp09\x00\x00\x00\x02\x82\x49\x01\x00\x00\x01\x00")))
	f.Add(chunk(8, 0, []byte("\x97\x03\x00\x00\x00\x00\x01ac-3\x0b\x77\x00\x00\x00\x40\x40")))
	f.Add(chunk(8, 0, []byte("\x90OpusOpusHead\x01\x02\x38\x01\x80\xbb\x00\x00\x00\x00\x00")))
	f.Add(chunk(22, 0, append([]byte{9, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0}, 0x17, 2, 0, 0, 0, 13)))
	f.Add(chunk(1, 0, []byte{0, 0, 0, 1}))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newChunkReader(bufio.NewReader(bytes.NewReader(data)))
		r.trust()
		tl := capture.NewTimeline(time.Time{})
		count := &counters{}
		total := 0
		d := newDemuxer(tl, func(p capture.Packet) {
			total += len(p.Data)
			if len(p.Data) == 0 || p.Format.Codec == "" || p.Format.Media == 0 || p.At < 0 {
				t.Fatalf("a packet of %d bytes as %+v at %v", len(p.Data), p.Format, p.At)
			}
		}, trackTable{}, count, &facts{})
		for n := 0; ; n++ {
			p, err := r.next()
			if err != nil {
				break
			}
			if err := d.media(p, time.Time{}.Add(time.Duration(n)*ms)); err != nil {
				break
			}
		}
		if r.partial < 0 || r.partial > maxPartial {
			t.Fatalf("%d bytes are held", r.partial)
		}
		// Parameter sets go out once for each key picture; nothing else may grow.
		if total > len(data)*(1+nal.MaxSets) {
			t.Fatalf("%d bytes came of %d", total, len(data))
		}
	})
}

// What strangers say before they are trusted may be anything too.
func FuzzDialogue(f *testing.F) {
	f.Add(connected()[len(shaken()):])
	f.Add(nested())
	f.Add(chunk(17, 0, []byte("\x00\x02\x00\x07publish\x00\x40\x14\x00\x00\x00\x00\x00\x00\x05\x02\x00\x01k")))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := newChunkReader(bufio.NewReader(bytes.NewReader(data)))
		for {
			p, err := r.next()
			if err != nil {
				break
			}
			if c, err := parseCommand(p); err == nil {
				_, _ = c.object(0).GetString("app")
				_ = c.text(1)
			}
		}
		if r.partial > maxOpening {
			t.Fatalf("%d bytes are held for a stranger", r.partial)
		}
	})
}
