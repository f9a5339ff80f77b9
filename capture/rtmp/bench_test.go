package rtmp

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// second is a second of 6 Mb/s H.264 in chunks of 4096 bytes, as encoders send them: a key picture of
// 150 kB and 24 others of 25 kB.
func second() []byte {
	b := append([]byte(nil), chunk(1, 0, []byte{0, 0, 16, 0})...)
	b = append(b, chunk(9, 0, avcC(sps360))...)
	for i := range 25 {
		size, head := 25_000, inter
		if i == 0 {
			size, head = 150_000, idr
		}
		body := append(append([]byte(nil), head[:9]...), make([]byte, size)...)
		binary.BigEndian.PutUint32(body[5:], uint32(size))
		body[9] = head[9]
		b = append(b, cut(uint32(i)*40, body, 4096)...)
	}
	return b
}

// cut makes a video message of chunks of a size.
func cut(stamp uint32, body []byte, size int) []byte {
	whole := chunk(9, stamp, body)
	head := len(whole) - len(body)
	b := append([]byte(nil), whole[:head]...)
	for i := 0; i < len(body); i += size {
		if i > 0 {
			b = append(b, 0xc0|9)
			if head > 12 {
				b = append(b, whole[12:16]...) // the extended timestamp once more
			}
		}
		b = append(b, body[i:min(i+size, len(body))]...)
	}
	return b
}

// BenchmarkSecond takes in a second of a 6 Mb/s feed, from bytes to packets.
func BenchmarkSecond(b *testing.B) {
	data := second()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		r := newChunkReader(bufio.NewReader(bytes.NewReader(data)))
		r.trust()
		n := 0
		d := newDemuxer(capture.NewTimeline(time.Time{}), func(capture.Packet) { n++ }, trackTable{}, &counters{}, &facts{})
		for {
			p, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				b.Fatal(err)
			}
			if err := d.media(p, time.Time{}); err != nil {
				b.Fatal(err)
			}
		}
		if n != 25 {
			b.Fatalf("%d pictures, want 25", n)
		}
	}
}
