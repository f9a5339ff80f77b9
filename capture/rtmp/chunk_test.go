package rtmp

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/bluenviron/gortmplib/pkg/message"
)

// read returns the messages in a stream of chunks and the error that ends it.
func read(data []byte) (out []packet, err error) {
	r := newChunkReader(bufio.NewReader(bytes.NewReader(data)))
	r.trust()
	for {
		p, err := r.next()
		if err != nil {
			return out, err
		}
		out = append(out, p)
	}
}

// Continuations may repeat an extended timestamp, leave it out, or send zeros in its place.
func TestExtendedTimestamps(t *testing.T) {
	body := bytes.Repeat([]byte{0x27, 1, 2, 3}, 100)
	const stamp = 0x01234567
	head := chunk(9, stamp, body)[:16]
	for name, between := range map[string]string{"repeated": "\xc9\x01\x23\x45\x67", "left out": "\xc9", "zeros": "\xc9\x00\x00\x00\x00"} {
		b := append([]byte(nil), head...)
		for i := 0; i < len(body); i += 128 {
			if i > 0 {
				b = append(b, between...)
			}
			b = append(b, body[i:min(i+128, len(body))]...)
		}
		got, err := read(append(b, chunk(8, stamp+20, sound)...))
		if !errors.Is(err, io.EOF) || len(got) != 2 || got[0].time != stamp || !bytes.Equal(got[0].body, body) || got[1].time != stamp+20 {
			t.Errorf("%s: %d messages and %v, want both whole", name, len(got), err)
		}
	}
}

// The short headers take what they leave out from the message before (RTMP 1.0, 5.3.1.2).
func TestChunkHeaders(t *testing.T) {
	stream := strings.Join([]string{
		"\x09\x00\x00\x64\x00\x00\x02\x09\x01\x00\x00\x00ab", // all of it: 100 ms
		"\x49\x00\x00\x0a\x00\x00\x03\x08cde",                // 10 ms on, another kind and length
		"\x89\x00\x00\x14fgh",                                // 20 ms on
		"\xc9ijk",                                            // the same again
		"\x00\x06\xff\xff\xff\x00\x00\x01\x09\x01\x00\x00\x00\xff\xff\xff\xf6l", // stream 70, just before the counter ends
		"\x40\x06\x00\x00\x14\x00\x00\x01\x09m",                                 // and after
		"\x01\x06\x01\x00\x00\x01\x00\x00\x01\x09\x01\x00\x00\x00n",             // stream 326
	}, "")
	got, err := read([]byte(stream))
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	want := []packet{
		{message.TypeVideo, 100, []byte("ab")}, {message.TypeAudio, 110, []byte("cde")},
		{message.TypeAudio, 130, []byte("fgh")}, {message.TypeAudio, 150, []byte("ijk")},
		{message.TypeVideo, 0xfffffff6, []byte("l")}, {message.TypeVideo, 10, []byte("m")}, {message.TypeVideo, 1, []byte("n")},
	}
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].kind != w.kind || got[i].time != w.time || !bytes.Equal(got[i].body, w.body) {
			t.Errorf("message %d is %+v, want %+v", i, got[i], w)
		}
	}
}

func TestChunkControl(t *testing.T) {
	long := bytes.Repeat([]byte{7}, 200)
	cases := []struct {
		name string
		in   []byte
		want int // messages
		err  string
	}{
		{"larger chunks", append(chunk(1, 0, []byte{0, 0, 1, 0}), chunk(9, 0, long)...), 1, "EOF"},
		{"aborted message", append(append(chunk(9, 0, long)[:12+128], chunkOn(2, 2, []byte{0, 0, 0, 9})...), chunk(9, 0, long[:100])...), 1, "EOF"},
		{"long metadata is skipped", append(append(chunk(1, 0, []byte{0, 1, 0, 0}), chunk(18, 0, make([]byte, maxCommand+1))...), chunk(8, 0, sound)...), 1, "EOF"},
		{"unknown kind is skipped", append(chunk(99, 0, sound), chunk(8, 0, sound)...), 1, "EOF"},
		{"cut in a header", chunk(9, 0, nil)[:5], 0, "unexpected EOF"},
		{"cut in a body", chunk(9, 0, idr)[:14], 0, "unexpected EOF"},
		{"too long", chunk(9, 0, nil)[:4], 0, "unexpected EOF"},
		{"new message inside another", append(chunk(9, 0, long)[:12+128], chunk(9, 0, nil)...), 0, "inside a message"},
	}
	for _, c := range cases {
		got, err := read(c.in)
		if len(got) != c.want || err == nil || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %d messages and %v, want %d and %s", c.name, len(got), err, c.want, c.err)
		}
	}
}

// chunkOn is chunk on another stream.
func chunkOn(stream, kind byte, body []byte) []byte {
	b := chunk(kind, 0, body)
	b[0] = stream
	return b
}

// Many unfinished messages at once must not add up.
func TestUnfinishedMessagesAreBounded(t *testing.T) {
	b := chunk(1, 0, []byte{0, 0xff, 0xff, 0xff})
	big := make([]byte, maxMedia)
	small := chunk(1, 0, []byte{0, 0x50, 0, 0})
	b = append(b, small...) // chunks of 5 MiB, half a message
	for stream := byte(10); stream < 20; stream++ {
		c := chunkOn(stream, 9, big)
		b = append(b, c[:12+5<<20]...)
	}
	if _, err := read(b); err == nil || errors.Is(err, io.EOF) || !strings.Contains(err.Error(), "unfinished") {
		t.Errorf("ended with %v, want the limit on unfinished messages", err)
	}
}
