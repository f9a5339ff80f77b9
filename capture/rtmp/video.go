package rtmp

import (
	"fmt"
	"time"

	"github.com/bluenviron/gortmplib/pkg/message"

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

// unsupported is the refusal of a codec by its name, or by its number where it has none.
func unsupported(media, name, number, instead string) error {
	if name == "" {
		name = number
	}
	return fmt.Errorf("%w: %s %s: %s", errUnsupported, media, name, instead)
}
