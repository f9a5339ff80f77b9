package hls

import (
	"slices"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

func TestPullLive(t *testing.T) {
	for name, args := range map[string][]string{
		"TS":          segments,
		"fMP4":        append(slices.Clone(segments), "-hls_segment_type", "fmp4"),
		"event":       {"-f", "hls", "-hls_time", "1", "-hls_playlist_type", "event", "-hls_flags", "temp_file"},
		"byte ranges": {"-f", "hls", "-hls_time", "1", "-hls_list_size", "6", "-hls_flags", "single_file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := serve(t)
			o.live(t, 4, args...)
			p := pull(t, o.URL+"/index.m3u8", Options{})
			out := run(t, p)
			out.wait(t, "four seconds of pictures and sound", func() bool {
				return len(out.of(capture.Video)) >= 100 && len(out.of(capture.Audio)) >= 180
			})
			checkPace(t, out.of(capture.Video), 25)
			checkPace(t, out.of(capture.Audio), 48000./1024)
			first := out.of(capture.Video)[0]
			if f := first.Format; !first.Key || f.Codec != capture.H264 || f.Width != 320 || f.Height != 180 {
				t.Errorf("begins with %+v, key %v; want a key picture of H.264 of 320x180", f, first.Key)
			}
			if f := out.of(capture.Audio)[0].Format; f.Codec != capture.AAC || f.SampleRate != 48000 || f.Channels != 2 {
				t.Errorf("the sound is %+v, want AAC of 48 kHz", f)
			}
			f, c := p.Facts(), p.Counters()
			if !f.Up || f.Reason != "" || f.Lost != 0 || f.Jumps != 0 || f.State != stateLive {
				t.Errorf("facts %+v, want up without loss", f)
			}
			if c.Missing+c.Stalls+c.Expired+c.Malformed+c.Stale != 0 {
				t.Errorf("counters %+v, want no trouble", c)
			}
		})
	}
}

// checkPace checks that units come one after the other in real time.
func checkPace(t *testing.T, got []capture.Packet, rate float64) {
	t.Helper()
	slices.SortFunc(got, func(a, b capture.Packet) int { return int(a.PTS - b.PTS) })
	step := time.Duration(float64(time.Second) / rate)
	for i := 1; i < len(got)-4; i++ { // the last ones may wait for their neighbours
		if d := got[i].PTS - got[i-1].PTS; d < step-2*ms || d > step+2*ms {
			t.Fatalf("%v: unit %d lies %v after the one before, want %v", got[i].Format.Codec, i, d, step)
		}
	}
	slices.SortStableFunc(got, func(a, b capture.Packet) int { return a.Arrived.Compare(b.Arrived) })
	span, media := got[len(got)-1].Arrived.Sub(got[0].Arrived), time.Duration(len(got)-1)*step
	if span < media-300*ms || span > media+300*ms {
		t.Errorf("%s: %v of media came in %v, want real time", got[0].Format.Codec, media, span)
	}
	on := got[len(got)-1].At - got[0].At
	if on < media-300*ms || on > media+300*ms {
		t.Errorf("%s: %v of media takes %v on the feed clock", got[0].Format.Codec, media, on)
	}
}
