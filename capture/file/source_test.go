package file

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vedette-av/vedette/capture"
)

func TestTracks(t *testing.T) {
	in := start(t, generate(t, "a.mkv", picture+tone+"-t 2 -c:v libx264 -c:a aac -metadata:s:a:0 language=ger -metadata:s:v:0 language=und"))
	c, tracks := in.Container(), in.Tracks()
	if c.Format != "matroska,webm" || c.Title == "" || c.Duration < 1900*time.Millisecond || c.Duration > 2100*time.Millisecond {
		t.Errorf("container %+v", c)
	}
	if len(tracks) != 2 {
		t.Fatalf("%d tracks, want 2", len(tracks))
	}
	v, a := tracks[0], tracks[1]
	if v.Format.Media != capture.Video || v.Format.Codec != capture.H264 || v.Format.Width != 64 || v.Format.Height != 48 ||
		v.Format.FrameDuration != 40*time.Millisecond || v.FrameRate != 25 || v.PixelFormat != "yuv420p" || !v.Chosen || !v.Decodable ||
		v.Format.Extra == "" || v.Format.Extra[0] != 1 {
		t.Errorf("video %+v", v)
	}
	if a.Format.Media != capture.Audio || a.Format.Codec != capture.AAC || a.Format.SampleRate != 48000 || a.Format.Channels != 1 ||
		a.Language != "ger" || a.SampleFormat != "fltp" || !a.Chosen {
		t.Errorf("audio %+v", a)
	}
}

func TestOneKindOnly(t *testing.T) {
	for name, args := range map[string]string{"v.mp4": picture + "-t 1 -c:v libx264", "a.wav": tone + "-t 1", "cover.mp3": ""} {
		if args == "" { // sound with a cover picture
			args = tone + "-i " + generate(t, "c.png", picture+"-frames:v 1") + " -t 1 -map 0 -map 1 -c:a libmp3lame -disposition:v attached_pic"
		}
		list, _ := all(t, start(t, generate(t, name, args)))
		if len(list) < 10 {
			t.Errorf("%s: %d packets", name, len(list))
		}
		for _, p := range list {
			if p.Track != 0 || (p.Format.Media == capture.Video) != (name == "v.mp4") {
				t.Errorf("%s: a packet of track %d, %s", name, p.Track, p.Format.Media)
			}
		}
	}
}

// TestTimes: time starts at zero with what is presented first, whatever the file's own zero.
func TestTimes(t *testing.T) {
	for name, args := range map[string]string{
		"a.ts":    "-c:v libx264 -bf 2 -c:a aac -output_ts_offset 5000",
		"a.mp4":   "-c:v libx264 -bf 2 -c:a aac",
		"a.mkv":   "-c:v libx264 -bf 2 -c:a libopus",
		"a.flv":   "-c:v libx264 -bf 2 -c:a aac",
		"a.avi":   "-c:v mpeg4 -bf 2 -c:a libmp3lame",
		"wrap.ts": "-c:v libx264 -bf 2 -c:a aac -output_ts_offset 95442.2", // 2^33/90000 is 95443.7
	} {
		t.Run(name, func(t *testing.T) {
			list, _ := all(t, start(t, generate(t, name, picture+tone+"-t 4 "+args)))
			lowest, highest, pictures := time.Hour, -time.Hour, map[time.Duration]bool{}
			for _, p := range list {
				if p.Jump {
					t.Errorf("a jump at %v", p.At)
				}
				if p.Format.Media == capture.Video {
					lowest, highest = min(lowest, p.At), max(highest, p.At)
					pictures[p.At.Round(5*time.Millisecond)] = true
				} else if p.At < -60*time.Millisecond {
					t.Errorf("sound at %v", p.At)
				}
			}
			if lowest < 0 || lowest > 100*time.Millisecond || highest-lowest < 3900*time.Millisecond || highest-lowest > 4*time.Second {
				t.Errorf("pictures from %v to %v", lowest, highest)
			}
			if len(pictures) != 100 {
				t.Errorf("pictures at %d times, want 100", len(pictures))
			}
		})
	}
}

// TestJoinedRecordings: timestamps start anew in the middle of a file, and time goes on.
func TestJoinedRecordings(t *testing.T) {
	part := func(offset string) []byte {
		return read(t, generate(t, "a.ts", picture+tone+"-t 2 -c:v libx264 -bf 2 -c:a aac -output_ts_offset "+offset))
	}
	in := start(t, write(t, "a.ts", append(append(part("3000"), part("10")...), part("50000")...)))
	list, _ := all(t, in)
	jumps, last := map[int]int{}, map[int]time.Duration{}
	for _, p := range list {
		if p.Jump {
			jumps[p.Track]++
		}
		at := p.At
		if last[p.Track]-at > 200*time.Millisecond {
			t.Errorf("track %d runs back from %v to %v", p.Track, last[p.Track], at)
		}
		last[p.Track] = max(last[p.Track], at)
	}
	if jumps[0] != 2 || jumps[1] != 2 {
		t.Errorf("jumps %v, want 2 in each track", jumps)
	}
	if d := in.Container().Duration; d != 0 {
		t.Errorf("duration %v, want none: the timestamps say 47000 s", d)
	}
	for track, at := range last {
		if at < 5700*time.Millisecond || at > 6700*time.Millisecond {
			t.Errorf("track %d ends at %v, want about 6s", track, at)
		}
	}
}

// TestNewConfiguration: an encoder that starts anew inside a recording changes the Format, and time
// goes on.
func TestNewConfiguration(t *testing.T) {
	part := func(size string) []byte {
		return read(t, generate(t, "a.flv", "-f lavfi -i testsrc2=r=25:s="+size+" -t 2 -c:v libx264 -bf 0"))
	}
	const header = 9 + 4 // of a FLV file, before its first tag
	list, _ := all(t, start(t, write(t, "a.flv", append(part("64x48"), part("96x64")[header:]...))))
	var formats []capture.Format
	for i, p := range list {
		if i > 0 && p.At <= list[i-1].At {
			t.Errorf("packet %d at %v comes after %v", i, p.At, list[i-1].At)
		}
		if len(formats) == 0 || formats[len(formats)-1] != p.Format {
			formats = append(formats, p.Format)
			if !p.Key || p.Jump != (i > 0) {
				t.Errorf("the format changes with packet %d: key %v jump %v", i, p.Key, p.Jump)
			}
		}
	}
	if len(list) != 100 || len(formats) != 2 || formats[0].Extra == formats[1].Extra {
		t.Errorf("%d packets with %d formats, want 100 with 2", len(list), len(formats))
	}
}

// TestLost: a hole in the transport stream is told with the packet after it.
func TestLost(t *testing.T) {
	b := read(t, generate(t, "a.ts", picture+"-t 4 -c:v mpeg2video -b:v 1M"))
	hole := len(b) / 188 / 2 * 188
	list, _ := all(t, start(t, write(t, "a.ts", append(b[:hole:hole], b[hole+5*188:]...))))
	lost, corrupt := 0, 0
	for _, p := range list {
		lost += p.Lost
		if p.Corrupt {
			corrupt++
		}
	}
	if lost == 0 || corrupt == 0 || lost > 3 {
		t.Errorf("%d lost, %d packets corrupt, want 1 to 3", lost, corrupt)
	}
}

// TestRealtime goes by the packets' clock; the bubble's clock runs only while all wait.
func TestRealtime(t *testing.T) {
	in := start(t, generate(t, "a.mp4", picture+tone+"-t 4 -c:v libx264 -bf 2 -c:a aac"))
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := in.Source(Options{Realtime: true}).Run(context.Background(), func(p capture.Packet) {
			since := time.Since(began)
			if p.Arrived != time.Now() {
				t.Errorf("arrived %v, now %v", p.Arrived, time.Now())
			}
			if late := since - p.At; late > 500*time.Millisecond || late < -500*time.Millisecond {
				t.Errorf("the packet for %v came after %v", p.At, since)
			}
		})
		if err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took < 3800*time.Millisecond || took > 4100*time.Millisecond {
			t.Errorf("4 s took %v", took)
		}
	})
}

func TestRealtimeEnds(t *testing.T) {
	in := start(t, generate(t, "a.mp4", picture+"-t 4 -c:v libx264"))
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		began := time.Now()
		err := in.Source(Options{Realtime: true}).Run(ctx, func(capture.Packet) {})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %v, want the deadline after 1s", err, time.Since(began))
		}
	})
	// The same file again, whole.
	if list, _ := all(t, in); len(list) != 100 {
		t.Errorf("%d packets in the second run, want 100", len(list))
	}
}

// TestLoop goes round three times; time goes on without a gap and without a step back.
func TestLoop(t *testing.T) {
	in := start(t, generate(t, "a.mp4", picture+tone+"-t 1 -c:v libx264 -bf 0 -c:a aac"))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var pictures, sounds []time.Duration
	err := in.Source(Options{Loop: true}).Run(ctx, func(p capture.Packet) {
		if p.Format.Media == capture.Video {
			pictures = append(pictures, p.At)
		} else if p.At >= 0 {
			sounds = append(sounds, p.At)
		}
		if len(pictures) == 75 {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
	for name, list := range map[string][]time.Duration{"pictures": pictures, "sound": sounds} {
		for i := 1; i < len(list); i++ {
			if step := list[i] - list[i-1]; step <= 0 || step > 90*time.Millisecond {
				t.Errorf("%s: step of %v at %v", name, step, list[i-1])
			}
		}
	}
	if end := pictures[len(pictures)-1]; end < 2900*time.Millisecond || end > 3200*time.Millisecond {
		t.Errorf("three rounds end at %v", end)
	}
}

// TestPipe reads what cannot seek, and lets go of a pipe that says nothing more.
func TestPipe(t *testing.T) {
	b := read(t, generate(t, "a.ts", picture+tone+"-t 4 -c:v libx264 -c:a aac"))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	written := make(chan error, 1)
	go func() {
		_, err := w.Write(b)
		written <- err
	}()
	in, err := OpenContext(context.Background(), r, "stdin")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := in.Source(Options{Loop: true}).Run(context.Background(), nil); err == nil || !strings.Contains(err.Error(), "cannot begin again") {
		t.Errorf("looping over a pipe: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	n := 0
	err = in.Source(Options{}).Run(ctx, func(capture.Packet) {
		if n++; n == 50 {
			cancel() // the writer holds the pipe open: without this Run would wait for ever
		}
	})
	if !errors.Is(err, context.Canceled) || n < 50 {
		t.Errorf("%d packets, error %v", n, err)
	}
	go io.Copy(io.Discard, r)
	if err := <-written; err != nil {
		t.Error(err)
	}
	w.Close()
}

// TestSilentPipe: opening a pipe that says nothing ends with its context.
func TestSilentPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := OpenContext(ctx, r, "stdin"); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
}

// TestCloseStops: closing the file ends a Run that waits, and every later one.
func TestCloseStops(t *testing.T) {
	in := start(t, generate(t, "a.mp4", picture+"-t 1 -c:v libx264"))
	first, done := make(chan bool), make(chan error)
	n := 0
	go func() {
		done <- in.Source(Options{Loop: true}).Run(context.Background(), func(capture.Packet) {
			if n++; n == 1 {
				close(first)
			}
		})
	}()
	<-first
	in.Close()
	if err := <-done; !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	if err := in.Source(Options{}).Run(context.Background(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v after Close, want ErrClosed", err)
	}
}
