package webrtc

import (
	"bytes"
	"strings"
	"testing"

	payloaders "github.com/pion/rtp/codecs"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/nal"
)

// unitOf makes a NAL unit of a header and a body that holds no start code.
func unitOf(length int, header ...byte) []byte {
	b := append([]byte(nil), header...)
	for i := len(header); i < length; i++ {
		b = append(b, byte(i%200+20))
	}
	return b
}

func annexB(nalus ...[]byte) []byte {
	var b []byte
	for _, n := range nalus {
		b = append(append(b, nal.StartCode...), n...)
	}
	return b
}

// What another implementation packs comes out as it went in.
func TestJoinWhatPionSplits(t *testing.T) {
	obu := func(kind byte, length int) []byte {
		b := []byte{kind<<3 | 2}
		b = appendLEB128(b, length)
		return append(b, unitOf(length)...)
	}
	type payloader interface {
		Payload(mtu uint16, payload []byte) [][]byte
	}
	for _, c := range []struct {
		name string
		from payloader
		join func([][]byte) ([]byte, error)
		in   []byte
		want []byte
	}{
		{"H.264", &payloaders.H264Payloader{}, joinH264, annexB(unitOf(20, 0x67), unitOf(8, 0x68), unitOf(5000, 0x65)), nil},
		{"HEVC", &payloaders.H265Payloader{}, joinHEVC, annexB(unitOf(20, 0x40, 1), unitOf(30, 0x42, 1), unitOf(9, 0x44, 1), unitOf(5000, 0x26, 1)), nil},
		{"VP8", &payloaders.VP8Payloader{EnablePictureID: true}, joinVP8, unitOf(5000, 0x10, 0, 0), nil},
		{"VP9", &payloaders.VP9Payloader{FlexibleMode: true}, joinVP9, unitOf(5000, 0x82, 0x49, 0x83, 0x42, 0, 0x3f, 0xf0, 0x2c), nil},
		{"AV1", &payloaders.AV1Payloader{}, joinAV1, append([]byte{0x12, 0}, append(obu(1, 11), obu(6, 5000)...)...), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			parts := c.from.Payload(1200, c.in)
			if len(parts) < 4 {
				t.Fatalf("%d parts: too few to test anything", len(parts))
			}
			got, err := c.join(parts)
			if err != nil || !bytes.Equal(got, c.in) {
				t.Errorf("got %d bytes, %v, want the %d that went in", len(got), err, len(c.in))
			}
			// Without a part in the middle it is not a smaller unit.
			if c.name == "VP8" || c.name == "VP9" {
				return // there, only sequence numbers tell
			}
			if got, err := c.join(append(append([][]byte(nil), parts[:1]...), parts[len(parts)-1:]...)); err == nil && bytes.Equal(got, c.in) {
				t.Error("parts that are missing are not missed")
			}
		})
	}
}

func TestJoinBroken(t *testing.T) {
	for _, c := range []struct {
		name string
		join func([][]byte) ([]byte, error)
		in   []string
	}{
		{"H.264 fragment without its beginning", joinH264, []string{"\x7c\x45xx"}},
		{"H.264 fragment without its end", joinH264, []string{"\x7c\x85xx"}},
		{"H.264 unit within a fragment", joinH264, []string{"\x7c\x85xx", "\x65yy"}},
		{"H.264 aggregate cut off", joinH264, []string{"\x78\x00\x09xx"}},
		{"H.264 MTAP", joinH264, []string{"\x7axxxxx"}},
		{"HEVC fragment without its beginning", joinHEVC, []string{"\x62\x01\x53xx"}},
		{"HEVC short", joinHEVC, []string{"\x62\x01"}},
		{"HEVC PACI", joinHEVC, []string{"\x64\x01xxx"}},
		{"VP8 descriptor alone", joinVP8, []string{"\x90"}},
		{"VP8 rest of a frame", joinVP8, []string{"\x00xx"}},
		{"VP9 structure cut off", joinVP9, []string{"\x0a\xff"}},
		{"AV1 rest of an OBU", joinAV1, []string{"\x90xx"}},
		{"AV1 OBU without its end", joinAV1, []string{"\x50\x30x"}},
		{"AV1 element too long", joinAV1, []string{"\x20\x7fx"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var parts [][]byte
			for _, p := range c.in {
				parts = append(parts, []byte(p))
			}
			if got, err := c.join(parts); err == nil {
				t.Errorf("%q is taken for %q", c.in, got)
			}
		})
	}
}

func TestLook(t *testing.T) {
	// x264's parameter sets of 320x180 at 25 a second.
	sps := []byte("\x67\x64\x00\x0c\xac\xd9\x41\x41\x9f\x9f\x01\x6c\x80\x00\x00\x03\x00\x80\x00\x00\x19\x07\x8a\x14\xcb")
	pps := []byte("\x68\xeb\xe3\xcb\x22\xc0")
	idr, slice := unitOf(30, 0x65, 0x88), unitOf(30, 0x41, 0x9a)
	f := capture.Format{Media: capture.Video, Codec: capture.H264}

	if p := look(f, annexB(idr)); p.key {
		t.Error("a key picture without parameter sets is none")
	}
	first := look(f, annexB(sps, pps, idr))
	if !first.key || first.format.Extra != string(annexB(sps, pps)) || first.format.Width != 320 || first.format.Height != 180 {
		t.Errorf("first %+v", first.format)
	}
	if p := look(first.format, annexB(slice)); p.key || p.format != first.format {
		t.Errorf("slice: key %v", p.key)
	}
	if p := look(first.format, annexB(idr)); !p.key || !bytes.Equal(p.data, annexB(sps, pps, idr)) {
		t.Errorf("a key picture without its sets has none in front")
	}
	announcedSets := &payload{codec: codecOf("video/h264"), rate: 90000, parameters: map[string]string{
		"sprop-parameter-sets": "Z2QADKzZQUGfnwFsgAAAAwCAAAAZB4oUyw==,aOvjyyLA"}}
	if got := announced(announcedSets); got != first.format {
		t.Errorf("announced %+v, want %+v", got, first.format)
	}
}

func TestOpusHead(t *testing.T) {
	stereo := &payload{codec: codecOf("audio/OPUS"), rate: 48000, channels: 2}
	if got, want := stereo.format().Extra, "OpusHead\x01\x02\x00\x00\x80\xbb\x00\x00\x00\x00\x00"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	surround := &payload{codec: codecOf("audio/multiopus"), rate: 48000, channels: 6, parameters: map[string]string{
		"num_streams": "4", "coupled_streams": "2", "channel_mapping": "0,4,1,2,3,5"}}
	if got, want := surround.format().Extra, "OpusHead\x01\x06\x00\x00\x80\xbb\x00\x00\x00\x00\x01\x04\x02\x00\x04\x01\x02\x03\x05"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// FuzzJoin gives any payloads to every depacketiser and looks at what comes out. The payloads are
// what is between two bytes 0xAA.
func FuzzJoin(f *testing.F) {
	f.Add([]byte("\x7c\x85xx\xaa\x7c\x45yy"))
	f.Add([]byte("\x90\x80\x81xx\xaa\x80\x80\x82yy"))
	f.Add([]byte("\x0a\x18\x01\x40\x00\xf0\x01\x04xx"))
	f.Add([]byte("\x18\x0a\x0b\x00\x00\x00\x04"))
	f.Fuzz(func(t *testing.T, data []byte) {
		parts := bytes.Split(data, []byte{0xaa})
		for i := range codecs {
			c := &codecs[i]
			if c.join == nil {
				continue
			}
			for _, p := range parts {
				c.begins(p)
			}
			out, err := c.join(parts)
			if err != nil {
				continue
			}
			if len(out) > 6*len(data)+64 {
				t.Fatalf("%s: %d bytes of %d", c.mime, len(out), len(data))
			}
			look(capture.Format{Media: capture.Video, Codec: c.codec, Extra: "x"}, out)
		}
	})
}

// FuzzOffer reads any text as an offer, an answer and a fragment.
func FuzzOffer(f *testing.F) {
	f.Add(sdpHead + section("video", "96 97", "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\na=rtcp-fb:* nack\r\n"))
	f.Add("a=ice-ufrag:a\r\na=ice-pwd:b\r\nm=audio 9 x 0\r\na=mid:0\r\na=candidate:1 1 udp 1 1.1.1.1 1 typ host\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		if a, err := readOffer(text); err == nil {
			if len(a.payloads) == 0 || strings.Contains(a.sdp, "a=simulcast") {
				t.Fatalf("taken: %q", a.sdp)
			}
			again, err := readOffer(a.sdp)
			if err != nil || len(again.payloads) != len(a.payloads) {
				t.Fatalf("what was taken is not taken again: %v", err)
			}
		}
		_, _ = readAnswer(text)
		if f, err := readFragment(text); err == nil {
			replaceICE(sdpHead, f)
			fragmentOf(text)
		}
	})
}
