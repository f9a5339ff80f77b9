package mpegts

import (
	"slices"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// Every coding that ffmpeg muxes comes out in whole units, with its format and times.
func TestCodings(t *testing.T) {
	video := func(name string, more ...string) []string {
		return slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", name, "-g", "25", "-c:a", "aac"}, more)
	}
	audio := func(name string, more ...string) []string {
		return slices.Concat(picture, tone, []string{"-pix_fmt", "yuv420p", "-c:v", "mpeg2video", "-g", "12", "-c:a", name}, more)
	}
	for name, c := range map[string]struct {
		args         []string
		video, audio capture.Codec
		rate         int
		channels     int
		frame        time.Duration
	}{
		"h264":          {video("libx264", "-preset", "ultrafast", "-ac", "1"), capture.H264, capture.AAC, 48000, 1, 0},
		"b-frames":      {video("libx264", "-preset", "veryfast", "-bf", "3", "-ac", "2"), capture.H264, capture.AAC, 48000, 2, 0},
		"interlaced":    {video("libx264", "-preset", "ultrafast", "-flags", "+ildct+ilme", "-ac", "2"), capture.H264, capture.AAC, 48000, 2, 0},
		"slices":        {video("libx264", "-preset", "ultrafast", "-slices", "4"), capture.H264, capture.AAC, 48000, 1, 0},
		"intra refresh": {video("libx264", "-preset", "ultrafast", "-x264-params", "intra-refresh=1"), capture.H264, capture.AAC, 48000, 1, 0},
		"hevc":          {video("libx265", "-preset", "ultrafast", "-x265-params", "log-level=none"), capture.HEVC, capture.AAC, 48000, 1, 0},
		"mpeg4":         {video("mpeg4", "-bf", "0", "-ac", "1"), mpeg4, capture.AAC, 48000, 1, 0},
		"mpeg2":         {audio("mp2", "-ac", "2"), capture.MPEG2, capture.MP2, 48000, 2, 24 * ms},
		"mpeg2 fields":  {audio("mp2", "-ac", "2", "-flags", "+ilme+ildct", "-bf", "2"), capture.MPEG2, capture.MP2, 48000, 2, 24 * ms},
		"mp3":           {audio("libmp3lame"), capture.MPEG2, capture.MP3, 48000, 1, 24 * ms},
		"mp2 44.1":      {audio("mp2", "-ar", "44100"), capture.MPEG2, capture.MP2, 44100, 1, samples(1152, 44100)},
		"ac3":           {audio("ac3", "-ac", "6"), capture.MPEG2, capture.AC3, 48000, 6, 32 * ms},
		"eac3":          {audio("eac3", "-ac", "2"), capture.MPEG2, capture.EAC3, 48000, 2, 32 * ms},
		"aac":           {audio("aac", "-ac", "2"), capture.MPEG2, capture.AAC, 48000, 2, samples(1024, 48000)},
		"latm":          {audio("aac", "-ac", "2", "-mpegts_flags", "latm"), capture.MPEG2, aacLATM, 48000, 2, samples(1024, 48000)},
		"opus":          {audio("libopus", "-ac", "2"), capture.MPEG2, capture.Opus, 48000, 2, 20 * ms},
		"s302m":         {audio("s302m", "-strict", "experimental", "-ac", "2", "-sample_fmt", "s32"), capture.MPEG2, s302m, 48000, 2, 0},
		"s302m 16 bit":  {audio("s302m", "-strict", "experimental", "-ac", "6", "-sample_fmt", "s16"), capture.MPEG2, s302m, 48000, 6, 0},
		"dts":           {audio("dca", "-strict", "experimental", "-ac", "2"), capture.MPEG2, dts, 48000, 2, samples(512, 48000)},
		"dts 5.1":       {audio("dca", "-strict", "experimental", "-channel_layout", "5.1(side)", "-b:a", "768k"), capture.MPEG2, dts, 48000, 6, samples(512, 48000)},
		"opus 5.1":      {audio("libopus", "-ac", "6"), capture.MPEG2, capture.Opus, 48000, 6, 20 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlayer(0)
			p.play(makeTS(t, c.args...), 2*time.Second)
			pictures, sounds := p.of(capture.Video), p.of(capture.Audio)
			if len(pictures) < 49 || len(pictures) > 50 {
				t.Errorf("%d pictures, want 49 or 50 (the last is not known to be whole)", len(pictures))
			}
			f := pictures[0].Format
			announced := f.Width == 320 && f.Height == 180 && f.FrameDuration == 40*ms
			if c.video == mpeg4 { // which leaves it to the decoder
				announced = f.Width == 0 && f.FrameDuration == 0
			}
			if f.Codec != c.video || !announced {
				t.Errorf("video format %+v", f)
			}
			if !pictures[0].Key {
				t.Error("the first picture is no key picture")
			}
			for n, q := range pictures[1:] {
				if step := q.DTS - pictures[n].DTS; step < 39*ms || step > 41*ms {
					t.Errorf("decode time of picture %d steps by %v", n+1, step)
				}
			}
			checkSound(t, sounds, c.audio, c.rate, c.channels, c.frame)
			for _, q := range p.packets {
				if q.Lost != 0 || q.Corrupt || q.Jump || len(q.Data) == 0 {
					t.Fatalf("damage in a whole stream: %+v", q)
				}
			}
			if n := errorsOf(p.facts); n != 0 {
				t.Errorf("%d errors in a whole stream: %+v", n, p.facts)
			}
		})
	}
}

func checkSound(t *testing.T, sounds []capture.Packet, codec capture.Codec, rate, channels int, frame time.Duration) {
	t.Helper()
	if len(sounds) == 0 {
		t.Fatal("no sound")
	}
	f := sounds[0].Format
	if f.Codec != codec || f.SampleRate != rate || f.Channels != channels {
		t.Errorf("audio format %+v", f)
	}
	if frame == 0 {
		frame = samples(1024, rate)
	}
	for n, q := range sounds[1:] {
		if step := q.PTS - sounds[n].PTS; step < frame-ms || step > frame+ms {
			t.Errorf("time of frame %d steps by %v, want %v", n+1, step, frame)
		}
	}
	if lasted := time.Duration(len(sounds)) * frame; lasted < 1900*ms {
		t.Errorf("%d frames are %v of sound, want nearly 2s", len(sounds), lasted)
	}
}
