package hls

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/bluenviron/mediacommon/v2/pkg/codecs/av1"
	"github.com/bluenviron/mediacommon/v2/pkg/codecs/h264"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/fmp4"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mp4/codecs"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/internal/unit"
)

// fragmentDemuxer is for segments of fragmented MP4.
type fragmentDemuxer struct {
	init   string
	tracks map[int]*fragmentTrack
	count  *counters
}

// fragmentTrack is one track of the file that the segments make.
type fragmentTrack struct {
	stream *unit.Stream
	scale  int64 // ticks a second
	split  func(sample []byte) ([][]byte, error)
}

func (d *fragmentDemuxer) take(p piece) ([]capture.Packet, error) {
	if d.tracks == nil || d.init != string(p.init) {
		if err := d.open(p.init); err != nil {
			return nil, err
		}
	}
	var parts fmp4.Parts
	if err := parts.Unmarshal(p.body); err != nil {
		return nil, fmt.Errorf("a segment that is no fragmented MP4: %w", err)
	}
	var out []capture.Packet
	for _, part := range parts {
		for _, t := range part.Tracks {
			if track := d.tracks[t.ID]; track != nil {
				out = d.samples(out, track, t)
			}
		}
	}
	if len(out) == 0 {
		return nil, errors.New("a segment without video and audio")
	}
	return out, nil
}

// open reads the description of the tracks and takes the first of each kind that can be decoded.
func (d *fragmentDemuxer) open(init []byte) error {
	var described fmp4.Init
	if err := described.Unmarshal(bytes.NewReader(init)); err != nil {
		return fmt.Errorf("an initialization (EXT-X-MAP) that is no MP4: %w", err)
	}
	d.init, d.tracks = string(init), map[int]*fragmentTrack{}
	taken := map[capture.Media]bool{}
	for _, t := range described.Tracks {
		track := openTrack(t.Codec)
		if track == nil || t.TimeScale == 0 || taken[track.stream.Format.Media] {
			continue
		}
		taken[track.stream.Format.Media] = true
		track.scale = int64(t.TimeScale)
		d.tracks[t.ID] = track
	}
	if len(d.tracks) == 0 {
		return refusal("no track of the stream can be taken: it has none of H.264, HEVC, AV1, VP9, AAC, Opus, AC-3, E-AC-3, MP3 and FLAC, or is encrypted")
	}
	return nil
}

// samples makes packets of the samples of a fragment (ISO/IEC 14496-12, 8.8).
func (d *fragmentDemuxer) samples(out []capture.Packet, t *fragmentTrack, run *fmp4.PartTrack) []capture.Packet {
	ticks := int64(run.BaseTime)
	for _, s := range run.Samples {
		dts, pts := span(ticks, t.scale), span(ticks+int64(s.PTSOffset), t.scale)
		ticks += int64(s.Duration)
		parts, err := t.split(s.Payload)
		var data []byte
		var key bool
		if err == nil {
			data, key, err = t.stream.Pack(parts)
		}
		if err != nil {
			d.count.malformed.Add(1)
			continue
		}
		out = append(out, capture.Packet{Format: t.stream.Format, Data: data, PTS: pts, DTS: dts, Key: key})
	}
	return out
}

// span turns ticks into time without overflow.
func span(ticks, scale int64) time.Duration {
	const most = 1 << 32 // seconds; a century and more
	return time.Duration(max(min(ticks/scale, most), -most))*time.Second + time.Duration(ticks%scale)*time.Second/time.Duration(scale)
}

// openTrack finds how a track is coded; nil where it cannot be taken.
func openTrack(c codecs.Codec) *fragmentTrack {
	t := &fragmentTrack{split: func(b []byte) ([][]byte, error) { return [][]byte{b}, nil }}
	picture := func(codec capture.Codec, sets ...[]byte) {
		t.stream = unit.New(capture.Format{Media: capture.Video, Codec: codec}, sets...)
	}
	sound := func(codec capture.Codec, rate, channels int) {
		t.stream = unit.New(capture.Format{Media: capture.Audio, Codec: codec, SampleRate: rate, Channels: channels})
	}
	switch c := c.(type) {
	case *codecs.H264:
		picture(capture.H264, c.SPS, c.PPS)
		t.split = splitLengths
	case *codecs.H265:
		picture(capture.HEVC, c.VPS, c.SPS, c.PPS)
		t.split = splitLengths
	case *codecs.AV1:
		picture(capture.AV1)
		t.split = func(b []byte) ([][]byte, error) {
			var bs av1.Bitstream
			err := bs.Unmarshal(b)
			return bs, err
		}
	case *codecs.VP9:
		picture(capture.VP9)
	case *codecs.MPEG1Video:
		picture(capture.MPEG2)
	case *codecs.MPEG4Audio:
		f, err := unit.AAC(&c.Config)
		if err != nil {
			return nil
		}
		t.stream = unit.New(f)
	case *codecs.Opus:
		t.stream = unit.New(unit.OpusFormat(c.ChannelCount))
	case *codecs.AC3:
		sound(capture.AC3, c.SampleRate, c.ChannelCount)
	case *codecs.EAC3:
		sound(capture.EAC3, c.SampleRate, c.ChannelCount)
	case *codecs.MPEG1Audio:
		sound(capture.MP3, c.SampleRate, c.ChannelCount)
	case *codecs.FLAC:
		info, err := c.StreamInfo.Marshal()
		if err != nil {
			return nil
		}
		sound(capture.FLAC, int(c.StreamInfo.SampleRate), int(c.StreamInfo.ChannelCount))
		t.stream.Format.Extra, t.stream.Format.BitsPerSample = string(info), int(c.StreamInfo.BitDepth)
	default:
		return nil
	}
	return t
}

// splitLengths splits a sample of H.264 or HEVC, whose NAL units stand behind their lengths.
func splitLengths(b []byte) ([][]byte, error) {
	var nalus h264.AVCC
	err := nalus.Unmarshal(b)
	return nalus, err
}
