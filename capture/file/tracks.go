package file

// #include "input.h"
import "C"

import (
	"fmt"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
)

// Track is one track of a file. Its index in [File.Tracks] is FFmpeg's number of the stream.
type Track struct {
	Format       capture.Format // Media is 0 for what is neither video nor sound
	Codec        string         // FFmpeg's name of the coding, also where it cannot be decoded
	Decodable    bool           // this FFmpeg has a decoder for it
	Chosen       bool           // a Source hands it over
	Language     string         // as written in the file, such as "eng"; empty where it is not
	Programmes   []int          // programme numbers that it belongs to, in a multiplex
	Duration     time.Duration  // 0 where unknown
	FrameRate    float64        // average pictures a second, 0 where unknown
	PixelFormat  string         // such as "yuv420p"; empty where unknown
	SampleFormat string         // such as "fltp"; empty where unknown
	Profile      string         // such as "High"; empty where unknown
	BitRate      int64          // bits a second, 0 where unknown
	Attached     bool           // a cover picture, not video
	Default      bool           // marked as the one to play
	Impaired     bool           // commentary, dubbing, or a service for the impaired

	wrap time.Duration // after which its timestamps start again at zero
}

// rawDuration is assumed of a raw stream that does not say its frame rate, as FFmpeg does.
const rawDuration = time.Second / 25

// describe takes down what the file is and which of its tracks to hand over, or says why there are
// none. It runs again whenever the file begins anew.
func (f *File) describe() error {
	var c C.vef_container
	C.vef_describe(f.in, &c)
	container := Container{
		Format: C.GoString(&c.name[0]), Title: C.GoString(&c.title[0]),
		Duration: time.Duration(c.duration_ns),
		breaks:   c.breaks != 0, raw: c.raw != 0, transport: c.transport != 0,
	}
	if container.breaks && sparse(f.size, container.Duration) {
		container.Duration = 0
	}
	tracks := make([]Track, int(c.streams))
	for i := range tracks {
		var s C.vef_stream
		C.vef_stream_at(f.in, C.int(i), &s)
		tracks[i] = track(&s, container.raw)
	}
	video, audio := mainTracks(tracks)
	for i := range tracks {
		tracks[i].Chosen = i == video || i == audio
	}
	C.vef_want(f.in, C.int(video), C.int(audio))
	f.mu.Lock()
	f.container, f.tracks = container, tracks
	f.mu.Unlock()
	if video < 0 && audio < 0 {
		return fmt.Errorf("%q: %s", f.name, nothing(tracks))
	}
	return nil
}

// sparse tells a duration that cannot be: libavformat subtracts the first timestamp of a transport
// stream from the last one, whatever happened between them.
func sparse(size int64, d time.Duration) bool {
	const least = 1000 // bytes a second, of any stream with pictures or sound
	return size >= 0 && d.Seconds()*least > float64(size)
}

// track copies what C says of one stream.
func track(s *C.vef_stream, raw bool) Track {
	t := Track{
		Codec: C.GoString(s.codec), Decodable: s.decoder_known != nil,
		Language: C.GoString(&s.language[0]), Duration: time.Duration(s.duration_ns),
		PixelFormat: goString(s.pixel_format), SampleFormat: goString(s.sample_format), Profile: goString(s.profile),
		BitRate: int64(s.bit_rate), Attached: s.picture_attached != 0,
		Default: s.is_default != 0, Impaired: s.impaired != 0, wrap: time.Duration(s.wrap_ns),
	}
	for _, p := range s.programmes[:s.programme_count] {
		t.Programmes = append(t.Programmes, int(p))
	}
	t.Format = capture.Format{
		Codec: capture.Codec(t.Codec), BitsPerSample: int(s.bits),
		Extra: string(C.GoBytes(unsafe.Pointer(s.extra), s.extra_size)),
	}
	switch s.kind {
	case 1:
		t.Format.Media = capture.Video
		t.Format.Width, t.Format.Height = int(s.width), int(s.height)
		if s.rate_num > 0 && s.rate_den > 0 {
			t.FrameRate = float64(s.rate_num) / float64(s.rate_den)
			t.Format.FrameDuration = time.Duration(float64(time.Second)*float64(s.rate_den)/float64(s.rate_num) + 0.5)
		} else if raw {
			t.Format.FrameDuration = rawDuration
		}
		switch { // what these decoders need to know beside the data
		case t.Codec == "rawvideo":
			t.Format.Extra = t.PixelFormat
		case t.Codec == "prores" && t.Format.Extra == "":
			t.Format.Extra = C.GoString(&s.tag[0])
		}
	case 2:
		t.Format.Media = capture.Audio
		t.Format.SampleRate, t.Format.Channels = int(s.sample_rate), int(s.channels)
		t.Format.BlockAlign = int(s.block_align)
	}
	return t
}

func goString(s *C.char) string {
	if s == nil {
		return ""
	}
	return C.GoString(s)
}
