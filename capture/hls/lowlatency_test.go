package hls

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/bluenviron/gohlslib/v2"
	"github.com/bluenviron/gohlslib/v2/pkg/codecs"
	"github.com/bluenviron/mediacommon/v2/pkg/formats/mpegts"
	tscodecs "github.com/bluenviron/mediacommon/v2/pkg/formats/mpegts/codecs"

	"github.com/vedette-av/vedette/capture"
)

// muxer is gohlslib's server, fed by ffmpeg in real time: with low latency it has sound in a playlist
// of its own, and parts.
func muxer(t *testing.T, variant gohlslib.MuxerVariant) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	args := []string{}
	for i, a := range moving {
		if a == "-f" && moving[i+1] == "lavfi" {
			args = append(args, "-re")
		}
		args = append(args, a)
	}
	cmd := ffmpeg(t, ctx, append(args, "-f", "mpegts", "-flush_packets", "1", "-muxdelay", "0", "-")...)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	m := make(chan *gohlslib.Muxer, 1)
	done := make(chan struct{})
	go func() { defer close(done); defer close(m); pump(t, stdout, variant, m) }()
	var served *gohlslib.Muxer
	t.Cleanup(func() {
		cancel()
		<-done // it must not be written to once it is closed
		_ = cmd.Wait()
		if served != nil {
			served.Close()
		}
	})
	if served = <-m; served == nil {
		t.Fatalf("no stream came of ffmpeg: %s", cmd.Stderr)
	}
	server := httptest.NewServer(http.HandlerFunc(served.Handle))
	t.Cleanup(func() { // an answer that is held back until there is news shall not hold us
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL + "/index.m3u8"
}

// pump copies a transport stream into a muxer.
func pump(t *testing.T, from io.Reader, variant gohlslib.MuxerVariant, out chan<- *gohlslib.Muxer) {
	r := &mpegts.Reader{R: from}
	if err := r.Initialize(); err != nil {
		t.Error(err)
		return
	}
	m := &gohlslib.Muxer{
		Variant: variant, SegmentCount: 7, SegmentMinDuration: time.Second, PartMinDuration: 200 * ms,
	}
	for _, track := range r.Tracks() {
		switch c := track.Codec.(type) {
		case *tscodecs.H264:
			to := &gohlslib.Track{Codec: &codecs.H264{}, ClockRate: 90_000}
			m.Tracks = append(m.Tracks, to)
			r.OnDataH264(track, func(pts, _ int64, au [][]byte) error { return m.WriteH264(to, time.Now(), pts, au) })
		case *tscodecs.MPEG4Audio:
			to := &gohlslib.Track{Codec: &codecs.MPEG4Audio{Config: c.Config}, ClockRate: 48_000}
			m.Tracks = append(m.Tracks, to)
			r.OnDataMPEG4Audio(track, func(pts int64, aus [][]byte) error {
				return m.WriteMPEG4Audio(to, time.Now(), pts*48_000/90_000, aus)
			})
		}
	}
	if err := m.Start(); err != nil {
		t.Error(err)
		return
	}
	out <- m
	for r.Read() == nil {
	}
}

func TestPullFromMuxer(t *testing.T) {
	for name, c := range map[string]struct {
		variant gohlslib.MuxerVariant
		parts   bool
	}{
		"low latency": {gohlslib.MuxerVariantLowLatency, true},
		"fMP4":        {gohlslib.MuxerVariantFMP4, false},
		"TS":          {gohlslib.MuxerVariantMPEGTS, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := pull(t, muxer(t, c.variant), Options{})
			var out *sink
			await(t, "a session", func() bool { // the muxer answers when it has enough
				s := run(t, p)
				deadline := time.After(patience)
				for {
					select {
					case <-s.fresh:
						out = s
						return true
					case <-s.ended:
						return false
					case <-deadline:
						return false
					}
				}
			})
			out.wait(t, "four seconds of pictures and sound", func() bool {
				return len(out.of(capture.Video)) >= 100 && len(out.of(capture.Audio)) >= 180
			})
			checkPace(t, out.of(capture.Video), 25)
			checkPace(t, out.of(capture.Audio), 48000./1024)
			if c := p.Counters(); c.Missing+c.Malformed+c.Stale+c.Expired > 0 {
				t.Errorf("counters %+v, want no trouble", c)
			}
			if n := p.Counters().Segments; c.parts && n < 20 {
				t.Errorf("%d pieces in four seconds, want parts of 200ms", n)
			}
			video, audio := out.of(capture.Video), out.of(capture.Audio)
			if d := (video[0].PTS - video[0].At) - (audio[0].PTS - audio[0].At); d.Abs() > ms {
				t.Errorf("sound and picture are %v apart on the feed clock, want as they were sent", d)
			}
		})
	}
}
