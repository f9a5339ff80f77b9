package rtmp

import (
	"fmt"
	"time"

	"github.com/bluenviron/gortmplib/pkg/message"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/vp9"

	"github.com/vedette-av/vedette/capture"
)

// videoConfig is what the configuration of a video track said.
type videoConfig struct {
	codec capture.Codec
	nal   *nalConfig // for H.264 and HEVC
}

// videoFourCC maps the codecs of Enhanced RTMP.
var videoFourCC = map[fourCC]capture.Codec{
	message.FourCCAVC: capture.H264, message.FourCCHEVC: capture.HEVC,
	message.FourCCAV1: capture.AV1, message.FourCCVP9: capture.VP9, fourCCVP8: capture.VP8,
}

// foreignVideo names the codecs of FLV that nobody sends any more, for the refusal.
var foreignVideo = map[byte]string{
	2: "Sorenson H.263", 3: "Screen Video", 4: "On2 VP6", 5: "On2 VP6 with alpha", 6: "Screen Video 2",
	8: "H.263", 9: "MPEG-4 part 2",
}

const takenVideo = "send H.264, HEVC, AV1, VP9 or VP8"

// The frame types of a video tag.
const (
	frameKey     = 1
	frameCommand = 5 // carries no picture
)

// videoTag takes the body of a video message.
func (d *demuxer) videoTag(stamp uint32, b []byte, arrived time.Time) error {
	if len(b) < 2 {
		return errEmpty
	}
	frame := b[0] >> 4
	if b[0]&0x80 != 0 { // enhanced
		frame &= 7
		kind := b[0] & 0xf
		if frame == frameCommand && kind != byte(message.VideoExTypeMetadata) {
			return nil
		}
		return enhanced(kind, byte(message.VideoExTypeMultitrack), b[1:], func(p part) error {
			id := trackID{capture.Video, p.id}
			return d.settle(id, d.videoPart(id, p, stamp, frame == frameKey, arrived))
		})
	}
	codec, p := capture.Codec(""), part{}
	switch b[0] & 0xf {
	case message.CodecH264:
		codec = capture.H264
	case message.CodecH265:
		codec = capture.HEVC
	default:
		return unsupported("video", foreignVideo[b[0]&0xf], fmt.Sprintf("number %d", b[0]&0xf), takenVideo)
	}
	if frame == frameCommand {
		return nil
	}
	// AVCPACKETTYPE counts as the packet types of Enhanced RTMP do: start, frames, end. All have a
	// time offset, of which that of a start means nothing.
	p.kind, p.body = b[1], b[2:]
	if message.VideoExType(p.kind) == message.VideoExTypeSequenceStart {
		p.body = b[min(5, len(b)):]
	}
	return d.videoUnit(d.track(trackID{media: capture.Video}), codec, p, stamp, frame == frameKey, arrived)
}

func (d *demuxer) videoPart(id trackID, p part, stamp uint32, key bool, arrived time.Time) error {
	if message.VideoExType(p.kind) == message.VideoExTypeMetadata {
		return nil
	}
	codec, ok := videoFourCC[p.four]
	if !ok {
		return unsupported("video", map[fourCC]string{fourCCVVC: "VVC"}[p.four], fmt.Sprintf("%q", fourCCText(p.four)), takenVideo)
	}
	return d.videoUnit(d.track(id), codec, p, stamp, key, arrived)
}

// videoUnit takes a configuration or a picture of one track.
func (d *demuxer) videoUnit(t *track, codec capture.Codec, p part, stamp uint32, key bool, arrived time.Time) error {
	u := unit{time: stamp, key: key}
	nal := codec == capture.H264 || codec == capture.HEVC
	switch message.VideoExType(p.kind) {
	case message.VideoExTypeSequenceStart:
		return t.configureVideo(codec, p.body)
	case message.VideoExTypeCodedFrames:
		if nal {
			if len(p.body) < 3 {
				return errEmpty
			}
			u.offset, p.body = signed24(p.body), p.body[3:]
		}
	case message.VideoExTypeFramesX:
	default: // the end of a sequence, and what is yet to be defined
		return nil
	}
	if len(p.body) == 0 {
		return errEmpty
	}
	u.data = p.body
	if t.video.codec != codec {
		t.adoptVideo(codec)
	}
	var err error
	switch codec {
	case capture.H264, capture.HEVC:
		err = t.nalUnits(&u)
	case capture.AV1:
		err = t.av1Unit(&u)
	case capture.VP9:
		t.vp9Unit(&u)
	case capture.VP8:
		t.vp8Unit(&u)
	}
	if err != nil {
		return err
	}
	return d.deliver(t, u, arrived)
}

// configureVideo takes the configuration record of a codec.
func (t *track) configureVideo(codec capture.Codec, b []byte) error {
	switch codec {
	case capture.H264, capture.HEVC:
		return t.configureNAL(codec, b)
	case capture.AV1:
		// The record is an av1C box (AV1 in ISOBMFF, 2.3). Senders leave its OBUs out or fill them
		// with nonsense, so all that counts is what the stream itself says at its first key picture.
		if t.video.codec == codec {
			return nil
		}
	}
	t.adoptVideo(codec)
	return nil
}

// adoptVideo begins a codec without its configuration.
func (t *track) adoptVideo(codec capture.Codec) {
	t.video = videoConfig{codec: codec}
	t.format = capture.Format{Media: capture.Video, Codec: codec}
	if codec == capture.H264 || codec == capture.HEVC {
		// In-band parameter sets may still come; lengths are nearly always of four bytes.
		t.video.nal = &nalConfig{lengthSize: 4}
	}
}

// av1Unit looks for the sequence header that begins each key temporal unit (AV1 specification, 7.5).
// A unit whose OBUs do not add up is dropped.
func (t *track) av1Unit(u *unit) error {
	found := false
	for b := u.data; len(b) > 0; {
		obu, rest, err := nextOBU(b)
		if err != nil {
			return err
		}
		if av1.OBUType(obu.kind) == av1.OBUTypeSequenceHeader {
			found = true
			// The decoder opens on the sequence header alone (low-overhead format, with its size).
			if extra := string(obu.whole); extra != t.format.Extra {
				t.format.Extra = extra
				var h av1.SequenceHeader
				if h.Unmarshal(append([]byte{obu.whole[0] &^ 0b110}, obu.payload...)) == nil {
					t.format.Width, t.format.Height = h.Width(), h.Height()
				}
			}
		}
		b = rest
	}
	u.key = u.key || found
	return nil
}

// obu is one open bitstream unit.
type obu struct {
	kind           byte
	whole, payload []byte
}

// nextOBU splits the first unit off a temporal unit (AV1 specification, 5.3). One without a size
// reaches to the end.
func nextOBU(b []byte) (obu, []byte, error) {
	head := 1
	if b[0]&0b100 != 0 {
		head = 2
	}
	if b[0]&0x80 != 0 || len(b) < head {
		return obu{}, nil, errMalformed
	}
	size := len(b) - head
	if b[0]&0b10 != 0 {
		n := 0
		if size, n = leb128(b[head:]); n == 0 {
			return obu{}, nil, errMalformed
		}
		head += n
		if size > len(b)-head {
			return obu{}, nil, errMalformed
		}
	}
	end := head + size
	return obu{kind: b[0] >> 3 & 0xf, whole: b[:end], payload: b[head:end]}, b[end:], nil
}

// leb128 reads a little-endian number and its length, 0 where there is none that fits.
func leb128(b []byte) (value, n int) {
	for n < min(len(b), 4) {
		value |= int(b[n]&0x7f) << (7 * n)
		n++
		if b[n-1] < 0x80 {
			return value, n
		}
	}
	return 0, 0
}

// vp9Unit reads the frame header: senders do not agree on marking key frames.
func (t *track) vp9Unit(u *unit) {
	var h vp9.Header
	if h.Unmarshal(u.data) != nil || h.ShowExistingFrame {
		return
	}
	u.key = !h.NonKeyFrame
	if u.key && h.FrameSize != nil {
		t.format.Width, t.format.Height = h.Width(), h.Height()
	}
}

// vp8Unit reads the frame tag and, in a key frame, the size after its start code (RFC 6386, 9.1).
func (t *track) vp8Unit(u *unit) {
	b := u.data
	u.key = b[0]&1 == 0
	if u.key && len(b) >= 10 && b[3] == 0x9d && b[4] == 0x01 && b[5] == 0x2a {
		t.format.Width = int(b[6]) | int(b[7]&0x3f)<<8
		t.format.Height = int(b[8]) | int(b[9]&0x3f)<<8
	}
}

// unsupported is the refusal of a codec by its name, or by its number where it has none.
func unsupported(media, name, number, instead string) error {
	if name == "" {
		name = number
	}
	return fmt.Errorf("%w: %s %s: %s", errUnsupported, media, name, instead)
}

func fourCCText(f fourCC) string {
	return string([]byte{byte(f >> 24), byte(f >> 16), byte(f >> 8), byte(f)})
}
