package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bluenviron/gortsplib/v5"
	"github.com/bluenviron/gortsplib/v5/pkg/base"
	"github.com/bluenviron/gortsplib/v5/pkg/description"
	"github.com/bluenviron/gortsplib/v5/pkg/format"
	"github.com/bluenviron/gortsplib/v5/pkg/liberrors"
	"github.com/pion/rtp"

	"github.com/vedette-av/vedette/internal/status"
)

// freezing is a picture that moves for two seconds and then stands still under its noise, with sound
// that goes on.
var freezing = []string{
	"-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2,tpad=stop=-1:stop_mode=clone,noise=alls=3:allf=t",
	"-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3",
	"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-keyint_min", "25", "-c:a", "aac",
}

// inRealTime has ffmpeg read each input at its own pace.
func inRealTime(args []string) []string {
	var paced []string
	for i, a := range args {
		if a == "-f" && i+1 < len(args) && args[i+1] == "lavfi" {
			paced = append(paced, "-re")
		}
		paced = append(paced, a)
	}
	return paced
}

// frozenFeed waits for the freeze of a feed to be told, and for both its tracks to be measured.
func frozenFeed(t *testing.T, d *testDaemon, name string) status.Feed {
	t.Helper()
	d.until(40*time.Second, "frozen", func() bool { return len(d.incidents("kind=freeze&open=true&feed="+name)) == 1 })
	d.until(10*time.Second, "measured", func() bool { return measuring(d.feed(name)) })
	f := d.feed(name)
	if len(f.Tracks) != 2 || f.Tracks[0].Codec != "h264" || f.Tracks[0].Width != 320 || f.Tracks[1].Codec != "aac" {
		t.Errorf("feed %s has the tracks %+v, want H.264 of 320x180 and AAC", name, f.Tracks)
	}
	if f.Jumps != 0 || f.Lost != 0 || f.Bytes == 0 {
		t.Errorf("feed %s: %d jumps, %d lost, %d bytes; want no trouble and some bytes", name, f.Jumps, f.Lost, f.Bytes)
	}
	return f
}

// relay is an RTSP server that wants a password and hands on what is recorded to it.
type relay struct {
	*gortsplib.Server
	mu     sync.Mutex
	stream *gortsplib.ServerStream
}

func newRelay(t *testing.T) *relay {
	t.Helper()
	r := &relay{Server: &gortsplib.Server{RTSPAddress: "127.0.0.1:0"}}
	r.Handler = r
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func (r *relay) url() string { return "rtsp://" + r.NetListener().Addr().String() + "/live" }

func (r *relay) OnDescribe(c *gortsplib.ServerHandlerOnDescribeCtx) (*base.Response, *gortsplib.ServerStream, error) {
	if !c.Conn.VerifyCredentials(c.Request, "monitor", "open sesame") {
		return &base.Response{StatusCode: base.StatusUnauthorized}, nil, liberrors.ErrServerAuth{}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stream == nil {
		return &base.Response{StatusCode: base.StatusNotFound}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, r.stream, nil
}

func (r *relay) OnAnnounce(c *gortsplib.ServerHandlerOnAnnounceCtx) (*base.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stream = &gortsplib.ServerStream{Server: r.Server, Desc: c.Description}
	return &base.Response{StatusCode: base.StatusOK}, r.stream.Initialize()
}

func (r *relay) OnSetup(c *gortsplib.ServerHandlerOnSetupCtx) (*base.Response, *gortsplib.ServerStream, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Session.State() == gortsplib.ServerSessionStatePreRecord {
		return &base.Response{StatusCode: base.StatusOK}, nil, nil
	}
	return &base.Response{StatusCode: base.StatusOK}, r.stream, nil
}

func (r *relay) OnPlay(*gortsplib.ServerHandlerOnPlayCtx) (*base.Response, error) {
	return &base.Response{StatusCode: base.StatusOK}, nil
}

func (r *relay) OnRecord(c *gortsplib.ServerHandlerOnRecordCtx) (*base.Response, error) {
	r.mu.Lock()
	stream := r.stream
	r.mu.Unlock()
	c.Session.OnPacketRTPAny(func(m *description.Media, _ format.Format, p *rtp.Packet) {
		_ = stream.WritePacketRTP(m, p) // a reader that misses it tells so
	})
	return &base.Response{StatusCode: base.StatusOK}, nil
}

// A camera behind a password freezes, loses its publisher, and comes back.
func TestPullRTSP(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	server := newRelay(t)
	credentials := t.TempDir()
	if err := os.WriteFile(filepath.Join(credentials, "camera"), []byte("monitor:open sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, _ := newDaemon(t, fmt.Sprintf("feeds:\n  - { name: camera, source: %q, key_credential: %s, detectors: { freeze: { for: 1s } } }\n",
		server.url()+"?transport=tcp", filepath.Join(credentials, "camera")))
	d.start()
	d.until(10*time.Second, "refused for now", func() bool { return strings.Contains(d.feed("camera").Reason, "404") })
	encoder(t, append(inRealTime(freezing), "-f", "rtsp", "-rtsp_transport", "tcp", server.url())...)
	f := frozenFeed(t, d, "camera")
	if f.Peer != server.NetListener().Addr().String() {
		t.Errorf("the peer is %q, want the server", f.Peer)
	}
	if strings.Contains(d.log.String(), "sesame") {
		t.Error("the password is in the log")
	}
	d.stop()
}

// A live playlist freezes in the picture, and then as a file.
func TestPullHLS(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	folder := t.TempDir()
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(server.Close)
	d, _ := newDaemon(t, fmt.Sprintf("feeds:\n  - { name: cdn, source: %q, detectors: { freeze: { for: 1s }, no-signal: { for: 2s } } }\n",
		server.URL+"/index.m3u8#variant=highest"))
	d.start()
	d.until(10*time.Second, "refused for now", func() bool { return strings.Contains(d.feed("cdn").Reason, "404") })
	stop := encoder(t, append(inRealTime(freezing), "-f", "hls", "-hls_time", "1", "-hls_list_size", "6",
		"-hls_flags", "delete_segments+temp_file+omit_endlist", filepath.Join(folder, "index.m3u8"))...)
	frozenFeed(t, d, "cdn")
	stop()
	d.until(30*time.Second, "without signal", func() bool { return len(d.incidents("kind=no-signal&open=true")) == 1 })
	if f := d.feed("cdn"); !strings.Contains(f.Reason, "the playlist has not changed for") {
		t.Errorf("the reason is %q, want the playlist that stands still", f.Reason)
	}
	d.stop()
}

// A recording is watched as a feed: over and over, or to its end.
func TestPullFile(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	clip := makeClip(t, "clip with space.ts", append(freezing, "-t", "6")...)
	escaped := strings.ReplaceAll(clip, " ", "%20")
	d, _ := newDaemon(t, fmt.Sprintf(`detectors: { freeze: { for: 1s }, no-signal: { for: 1s } }
feeds:
  - { name: loop, source: "file://%s?loop=1" }
  - { name: once, source: "file://%s" }
  - { name: none, source: "file:///no/such/clip.ts" }
`, escaped, escaped))
	d.start()
	d.until(10*time.Second, "missing", func() bool { return strings.Contains(d.feed("none").Reason, "does not exist") })
	frozenFeed(t, d, "loop")
	d.until(20*time.Second, "over", func() bool { return len(d.incidents("kind=no-signal&open=true&feed=once")) == 1 })
	f := d.feed("once")
	if f.State != status.Down || !strings.Contains(f.Reason, "the file has ended") || f.Worker.PID != 0 {
		t.Errorf("after its end the feed is %s (%s) with worker %d, want down without one", f.State, f.Reason, f.Worker.PID)
	}
	if told := d.incidents("feed=once&kind=freeze"); len(told) != 1 {
		t.Errorf("%d freezes in a file that freezes once: %+v", len(told), told)
	}
	d.until(20*time.Second, "frozen a second time", func() bool { return len(d.incidents("feed=loop&kind=freeze")) >= 2 })
	if told := d.incidents("feed=loop&kind=no-signal"); len(told) != 0 {
		t.Errorf("the loop had no signal: %+v", told)
	}
	d.stop()
}

// A worker that is lost in the middle of a recording is replaced by one that begins again.
func TestPullFileOutlivesItsWorker(t *testing.T) {
	t.Parallel()
	needPrograms(t)
	clip := makeClip(t, "clip.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3",
		"-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-t", "10")
	d, _ := newDaemon(t, fmt.Sprintf("feeds:\n  - { name: clip, source: \"file://%s?loop=1\" }\n", clip))
	d.start()
	d.until(15*time.Second, "measured", func() bool { return measuring(d.feed("clip")) })
	before := d.feed("clip")
	process, err := os.FindProcess(before.Worker.PID)
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Kill(); err != nil {
		t.Fatal(err)
	}
	d.until(15*time.Second, "measured again", func() bool {
		f := d.feed("clip")
		return f.Worker.PID != 0 && f.Worker.PID != before.Worker.PID && f.Pictures > before.Pictures+10
	})
	d.stop()
}
