package hls

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// A playlist that stands still is told as such, and so is that it goes on.
func TestPullStalePlaylist(t *testing.T) {
	t.Parallel()
	o := serve(t)
	o.live(t, 4, segments...)
	p := pull(t, o.URL+"/index.m3u8", Options{})
	out := run(t, p)
	out.wait(t, "pictures", func() bool { return len(out.of(capture.Video)) > 25 })
	o.freeze(t, "index.m3u8")
	await(t, "a stale playlist", func() bool { return p.Facts().State == stateStale })
	await(t, "the end of what was fetched", func() bool { return !p.Facts().Up })
	if f := p.Facts(); !strings.Contains(f.Reason, "the playlist has not changed for") || !strings.Contains(f.Reason, "1s at most") {
		t.Errorf("facts %+v, want down for the playlist", f)
	}
	o.set(nil)
	n := len(out.of(capture.Video))
	out.wait(t, "pictures again", func() bool { return len(out.of(capture.Video)) > n+25 && p.Facts().State == stateLive })
	if c := p.Counters(); c.Stale != 1 {
		t.Errorf("counters %+v, want stale once", c)
	}
}

// A segment that is not there is missing, and the stream goes on behind the hole.
func TestPullMissingSegment(t *testing.T) {
	t.Parallel()
	o := serve(t)
	o.record(t, "6", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0")
	if err := os.Remove(filepath.Join(o.folder, "index2.ts")); err != nil {
		t.Fatal(err)
	}
	p := pull(t, o.URL+"/index.m3u8", Options{})
	out := run(t, p)
	if err := <-out.ended; err == nil || !strings.Contains(err.Error(), "the stream has ended") {
		t.Fatalf("Run ends with %v, want the end of the stream", err)
	}
	got := out.of(capture.Video)
	lost, hole := 0, time.Duration(0)
	for i, p := range got {
		lost += p.Lost
		if i > 0 {
			hole = max(hole, p.At-got[i-1].At)
		}
	}
	for _, p := range out.of(capture.Audio) {
		lost += p.Lost
	}
	if hole < 900*ms || hole > 1300*ms {
		t.Errorf("the hole is of %v, want the second that is missing", hole)
	}
	if f := p.Facts(); lost < 60 || lost > 90 || f.Lost != uint64(lost) || f.Jumps != 0 {
		t.Errorf("%d lost before packets, facts %+v; want the 25 pictures and 47 frames of a second, about", lost, f)
	}
	if c := p.Counters(); c.Missing != 1 || c.Segments != 5 {
		t.Errorf("counters %+v, want one segment missing of six", c)
	}
}

// A recording is played once, in real time, and not again by the next session.
func TestPullRecording(t *testing.T) {
	t.Parallel()
	o := serve(t)
	o.record(t, "3", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_type", "fmp4")
	p := pull(t, o.URL+"/index.m3u8", Options{})
	out := run(t, p)
	if err := <-out.ended; err == nil || !strings.Contains(err.Error(), "the stream has ended") {
		t.Fatalf("Run ends with %v, want the end of the stream", err)
	}
	if n := len(out.of(capture.Video)); n != 75 {
		t.Errorf("%d pictures, want 75", n)
	}
	checkPace(t, out.of(capture.Video), 25)
	again := run(t, p)
	if err := <-again.ended; err == nil || len(again.of(capture.Video)) != 0 || p.Facts().Up {
		t.Errorf("the second session ends with %v after %d pictures, want none", err, len(again.of(capture.Video)))
	}
}

// Where the playlist says that timestamps begin anew, they do, and nothing waits for them.
func TestPullDiscontinuity(t *testing.T) {
	t.Parallel()
	o := serve(t)
	o.record(t, "2", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename", "a%d.ts")
	o.record(t, "2", "-output_ts_offset", "50000", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_segment_filename", "b%d.ts")
	list := "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n"
	for _, name := range []string{"a0", "a1", "-", "b0", "b1"} {
		if name == "-" {
			list += "#EXT-X-DISCONTINUITY\n"
		} else {
			list += "#EXTINF:1.0,\n" + name + ".ts\n"
		}
	}
	o.write(t, "list.m3u8", list+"#EXT-X-ENDLIST\n")
	p := pull(t, o.URL+"/list.m3u8", Options{})
	out := run(t, p)
	<-out.ended
	got := out.of(capture.Video)
	if n := len(got); n < 96 || n > 100 { // the last picture before a break cannot be known to be whole
		t.Fatalf("%d pictures, want 100", n)
	}
	for i := 1; i < len(got); i++ {
		if d := got[i].Arrived.Sub(got[i-1].Arrived); d > 300*ms {
			t.Errorf("picture %d came %v after the one before", i, d)
		}
	}
	if f, c := p.Facts(), p.Counters(); f.Jumps == 0 || f.Lost != 0 || c.Discontinuities != 1 {
		t.Errorf("facts %+v, counters %+v; want one discontinuity and no loss", f, c)
	}
}

func TestPullEncrypted(t *testing.T) {
	t.Parallel()
	o := serve(t)
	o.write(t, "key", "0123456789abcdef")
	o.write(t, "info", "key\n"+filepath.Join(o.folder, "key")+"\n")
	o.record(t, "2", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", "-hls_key_info_file", filepath.Join(o.folder, "info"))
	p := pull(t, o.URL+"/index.m3u8", Options{})
	out := run(t, p)
	<-out.ended
	if n := len(out.of(capture.Video)); n < 49 {
		t.Errorf("%d pictures of an encrypted stream, want 50; counters %+v", n, p.Counters())
	}
	list, err := os.ReadFile(filepath.Join(o.folder, "index.m3u8"))
	if err != nil {
		t.Fatal(err)
	}
	o.write(t, "drm.m3u8", strings.ReplaceAll(string(list), "AES-128", "SAMPLE-AES"))
	drm := run(t, pull(t, o.URL+"/drm.m3u8", Options{}))
	if err := <-drm.ended; err == nil || !strings.Contains(err.Error(), "encrypted by SAMPLE-AES, which cannot be looked into") {
		t.Errorf("Run ends with %v, want the encryption named", err)
	}
}

// The numbers of the segments begin again when an encoder restarts in place.
func TestPullSequenceBeginsAgain(t *testing.T) {
	t.Parallel()
	o := serve(t)
	stop := o.live(t, 4, append([]string{"-start_number", "500"}, segments...)...)
	p := pull(t, o.URL+"/index.m3u8", Options{})
	out := run(t, p)
	out.wait(t, "pictures", func() bool { return len(out.of(capture.Video)) > 25 })
	stop()
	o.live(t, 3, segments...)
	restarted := len(out.of(capture.Video))
	out.wait(t, "pictures of the second encoder", func() bool { return len(out.of(capture.Video)) > restarted+75 })
}

// What is wrong with a server is said in one line, at once.
func TestPullRefusals(t *testing.T) {
	t.Parallel()
	playlist := func(uri string) string {
		return "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + uri + "\n#EXT-X-ENDLIST\n"
	}
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter, r *http.Request)
		want   string
	}{
		"web page":  {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "\n<!DOCTYPE html><html>Log in") }, "a web page where a playlist should be"},
		"nothing":   {func(http.ResponseWriter, *http.Request) {}, "answers with nothing"},
		"garbage":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") }, "does not begin with #EXTM3U"},
		"DASH":      {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<?xml version=1><MPD>") }, "XML where an HLS playlist"},
		"not there": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }, "the server has it not (404)"},
		"forbidden": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }, "refuses it to us (403)"},
		"file": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}, "leads to a file: URL, which is refused"},
		"file segment": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, playlist("file:///etc/passwd")) }, "leads to a file: URL, which is refused"},
		"ring":         {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "redirects without end"},
		"endless": {func(w http.ResponseWriter, _ *http.Request) {
			for line := []byte(strings.Repeat("#", 1<<16)); ; {
				if _, err := w.Write(line); err != nil {
					return
				}
			}
		}, "more than 8 MiB"},
		"mute":      {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no full answer within 1s"},
		"no target": {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "#EXTM3U\n#EXTINF:1,\na.ts\n") }, "target duration"},
		"no variant": {func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n")
		}, "lists no variant"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := serve(t)
			o.set(func(w http.ResponseWriter, r *http.Request) bool { c.answer(w, r); return true })
			p := pull(t, o.URL+"/index.m3u8?token=sesame", Options{Opening: time.Second})
			out := run(t, p)
			err := <-out.ended
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "sesame") {
				t.Errorf("Run ends with %v, want %q and no token", err, c.want)
			}
			if f := p.Facts(); f.Up || f.Reason == "" {
				t.Errorf("facts %+v, want down with a reason", f)
			}
		})
	}
}

func TestPullPassword(t *testing.T) {
	t.Parallel()
	o := serve(t)
	o.record(t, "1", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0")
	o.set(func(w http.ResponseWriter, r *http.Request) bool {
		user, password, _ := r.BasicAuth()
		if user == "monitor" && password == "sesame" {
			return false
		}
		w.WriteHeader(http.StatusUnauthorized)
		return true
	})
	out := run(t, pull(t, o.URL+"/index.m3u8", Options{User: "monitor", Password: "sesame"}))
	<-out.ended
	if n := len(out.of(capture.Video)); n < 24 {
		t.Errorf("%d pictures behind a password, want 25", n)
	}
	none := run(t, pull(t, o.URL+"/index.m3u8", Options{}))
	if err := <-none.ended; err == nil || !strings.Contains(err.Error(), "key_credential") {
		t.Errorf("without one Run ends with %v, want the way out", err)
	}
}

// A guard lets a public server lead nowhere but to the public, and a private one everywhere.
func TestGuard(t *testing.T) {
	const public, public6 = "93.184.216.34:80", "[2606:2800:220:1::1]:443"
	inside := []string{
		"127.0.0.1:80", "10.1.2.3:80", "192.168.0.1:80", "172.16.0.1:80", "169.254.169.254:80", "0.0.0.0:80",
		"100.64.0.1:80", "[::1]:80", "[fe80::1%eth0]:80", "[fd00::1]:80", "[::ffff:10.0.0.1]:80", "224.0.0.1:80",
	}
	for _, to := range inside {
		g := &guard{}
		if err := g.control("tcp", public, nil); err != nil {
			t.Fatal(err)
		}
		if err := g.control("tcp", public6, nil); err != nil {
			t.Errorf("from a public server to another: %v", err)
		}
		if err := g.control("tcp", to, nil); err == nil || !strings.Contains(err.Error(), "private address") {
			t.Errorf("from a public server to %s: %v, want a refusal", to, err)
		}
		g = &guard{}
		if err := g.control("tcp", to, nil); err != nil {
			t.Errorf("%s configured: %v", to, err)
		}
		if err := g.control("tcp", public, nil); err != nil {
			t.Errorf("from %s to a public server: %v", to, err)
		}
	}
}
