package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkLines runs `vedette check --json` and decodes what it prints.
func checkLines(t *testing.T, wantCode int, args ...string) (incidents []incidentLine, summaries []summaryLine) {
	t.Helper()
	stdout, stderr, code := vedette(t, append([]string{"check", "--json"}, args...)...)
	if code != wantCode {
		t.Fatalf("exit status %d, want %d; stderr: %s", code, wantCode, stderr)
	}
	for _, line := range strings.Split(strings.TrimSpace(stdout), "\n") {
		var kind struct {
			Type string `json:"type"`
		}
		if err := json.Unmarshal([]byte(line), &kind); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		switch kind.Type {
		case "incident":
			var i incidentLine
			if err := json.Unmarshal([]byte(line), &i); err != nil {
				t.Fatal(err)
			}
			incidents = append(incidents, i)
		case "summary":
			var s summaryLine
			if err := json.Unmarshal([]byte(line), &s); err != nil {
				t.Fatal(err)
			}
			summaries = append(summaries, s)
		default:
			t.Errorf("line of unknown type %q", kind.Type)
		}
	}
	return incidents, summaries
}

// within tells whether two numbers of seconds are the same but for a tolerance.
func within(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// moving makes a clip of a moving picture and sound, with a chain of filters behind each.
func moving(t *testing.T, name, picture, sound string, args ...string) string {
	t.Helper()
	return makeClip(t, name, append([]string{
		"-f", "lavfi", "-i", "mandelbrot=s=640x360:r=25" + picture,
		"-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.3:seed=1,aformat=channel_layouts=stereo" + sound,
		"-t", "12", "-pix_fmt", "yuv420p"}, args...)...)
}

func TestCheckCleanClip(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	clip := moving(t, "clean.mp4", "", "", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	incidents, summaries := checkLines(t, 0, "--for", "1s", clip)
	if len(incidents) != 0 || len(summaries) != 1 {
		t.Fatalf("incidents %+v, summaries %+v", incidents, summaries)
	}
	s := summaries[0]
	usual := slices.DeleteFunc(s.Unmeasured, func(kind string) bool { return kind == "frame-rate" }) // it takes 20 s to know
	if s.Input != clip || s.Frames != 300 || !within(s.Duration, 12, 0.1) || len(usual) != 0 {
		t.Errorf("summary %+v", s)
	}
}

// Each defect is found where it was put, in every usual coding.
func TestCheckFindsDefects(t *testing.T) {
	needPrograms(t)
	const black = ",drawbox=color=black:t=fill:enable='gte(t,2)*lt(t,4)'"
	const freeze = ",select='not(gt(t,6.001)*lt(t,8.999))',fps=25"
	const silence = ",volume=0:enable='gte(t,5)*lt(t,9)'"
	for _, c := range []struct {
		name string
		args []string
	}{
		{"h264.mp4", []string{"-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac"}},
		{"hevc.ts", []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-c:a", "mp2"}},
		{"mpeg2.mpg", []string{"-c:v", "mpeg2video", "-b:v", "4M", "-c:a", "mp2"}},
		{"vp9.webm", []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "2M", "-c:a", "libopus"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			clip := moving(t, c.name, black+freeze, silence, c.args...)
			incidents, _ := checkLines(t, 1, "--for", "1s", clip)
			want := map[string][2]float64{"black": {2, 4}, "freeze": {6, 9}, "silence": {5, 9}}
			for _, i := range incidents {
				w, ok := want[i.Kind]
				if !ok {
					t.Errorf("invented: %+v", i)
					continue
				}
				delete(want, i.Kind)
				if !within(i.At, w[0], 0.08) || !within(i.Until, w[1], 0.08) || i.Open || i.Detail == "" || i.Score < 0.5 {
					t.Errorf("%s from %.3f to %.3f, want %v: %+v", i.Kind, i.At, i.Until, w, i)
				}
			}
			if len(want) > 0 {
				t.Errorf("missed: %v", want)
			}
		})
	}
}

// What lasts to the end of the input is open, and a clip without sound says what was not measured.
func TestCheckOpenAtTheEnd(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	clip := makeClip(t, "black.mp4", "-f", "lavfi", "-i", "color=black:s=320x180:r=25", "-t", "5", "-c:v", "libx264", "-pix_fmt", "yuv420p")
	incidents, summaries := checkLines(t, 1, clip)
	if len(incidents) != 1 || incidents[0].Kind != "black" || !incidents[0].Open || incidents[0].At != 0 || !within(incidents[0].Until, 5, 0.05) {
		t.Errorf("incidents %+v, want black from 0 to the end, open", incidents)
	}
	if got := summaries[0].Unmeasured; len(got) == 0 || !contains(got, "silence") {
		t.Errorf("unmeasured %v, want silence among them", got)
	}
}

func contains(list []string, word string) bool {
	for _, w := range list {
		if w == word {
			return true
		}
	}
	return false
}

// One setting by its path.
func TestCheckSet(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	clip := moving(t, "quiet.mp4", "", ",volume=-35dB", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	if incidents, _ := checkLines(t, 0, "--for", "1s", clip); len(incidents) != 0 {
		t.Errorf("by default: %+v", incidents)
	}
	incidents, _ := checkLines(t, 1, "--for", "1s", "--set", "detectors.silence.below=-40dBFS", clip)
	if len(incidents) != 1 || incidents[0].Kind != "silence" {
		t.Errorf("with silence below -40 dBFS: %+v", incidents)
	}
}

// Bad input of any kind is one clear line and exit status 2, and takes nothing from the others.
func TestCheckBadInput(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := moving(t, "good.mp4", "", "", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	whole, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		args  []string
		words []string // that the line must have
	}{
		{"absent", []string{filepath.Join(folder, "absent.mp4")}, []string{"absent.mp4", "does not exist"}},
		{"text", []string{write("notes.txt", "These are my notes.\n", 0o600)}, []string{"notes.txt", "not a media file"}},
		{"empty", []string{write("empty.mp4", "", 0o600)}, []string{"empty.mp4", "is empty"}},
		{"directory", []string{folder}, []string{"is a directory"}},
		{"playlist", []string{write("list.m3u8", "#EXTM3U\n#EXTINF:1,\n/etc/passwd\n", 0o600)}, []string{"list.m3u8"}},
		{"cut before its index", []string{write("cut.mp4", string(whole[:len(whole)/2]), 0o600)}, []string{"cut.mp4"}},
		{"no input", nil, []string{"requires at least 1 arg"}},
		{"unknown setting", []string{"--set", "detectors.freze.for=1s", good}, []string{"freze", "freeze"}},
		{"bad value", []string{"--set", "detectors.freeze.for=fast", good}, []string{"detectors.freeze.for", "fast"}},
		{"unknown scheme", []string{"gopher://host/x"}, []string{"gopher"}},
		{"nobody there", []string{"rtmp://127.0.0.1:1/live/x"}, []string{"127.0.0.1:1", "refused"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, stderr, code := vedette(t, append([]string{"check"}, c.args...)...)
			line := strings.TrimSpace(stderr)
			if code != 2 || strings.Contains(line, "\n") || !strings.HasPrefix(line, "vedette: ") {
				t.Errorf("exit status %d, want 2 and one line; stderr: %s", code, stderr)
			}
			for _, word := range c.words {
				if !strings.Contains(line, word) {
					t.Errorf("%q does not say %q", line, word)
				}
			}
		})
	}
	t.Run("beside a good one", func(t *testing.T) {
		t.Parallel()
		_, summaries := checkLines(t, 2, filepath.Join(folder, "absent.mp4"), good)
		if len(summaries) != 1 || summaries[0].Input != good {
			t.Errorf("summaries %+v, want that of the good one", summaries)
		}
	})
	t.Run("may not be read", func(t *testing.T) {
		if os.Geteuid() == 0 {
			t.Skip("root may read everything")
		}
		_, stderr, code := vedette(t, "check", write("secret.mp4", "x", 0))
		if code != 2 || !strings.Contains(stderr, "may not be read") {
			t.Errorf("exit status %d, stderr %q", code, stderr)
		}
	})
}

// A recording that was cut off is measured up to there.
func TestCheckTruncated(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	clip := moving(t, "long.ts", "", ",volume=0:enable='lt(t,4)'", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac")
	text, err := os.ReadFile(clip)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(clip, text[:len(text)*3/4], 0o600); err != nil {
		t.Fatal(err)
	}
	incidents, summaries := checkLines(t, 1, "--for", "1s", clip)
	if len(incidents) != 1 || incidents[0].Kind != "silence" || len(summaries) != 1 || summaries[0].Duration < 6 {
		t.Errorf("incidents %+v, summaries %+v", incidents, summaries)
	}
}

func TestProbe(t *testing.T) {
	needPrograms(t)
	t.Parallel()
	clip := moving(t, "probe.ts", "", "", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "mp2")
	stdout, stderr, code := vedette(t, "probe", "--json", clip)
	var r probeResult
	if err := json.Unmarshal([]byte(stdout), &r); err != nil || code != 0 {
		t.Fatalf("exit status %d, %v: %s%s", code, err, stdout, stderr)
	}
	if r.Container != "mpegts" || len(r.Tracks) != 2 {
		t.Fatalf("%+v", r)
	}
	v, a := r.Tracks[0], r.Tracks[1]
	if v.Codec != "h264" || v.Width != 640 || v.FrameRate != 25 || v.PixelFormat != "yuv420p" || !v.Watched || v.Path != "h264 (software)" {
		t.Errorf("video %+v", v)
	}
	if a.Codec != "mp2" || a.SampleRate != 48000 || a.Channels != 2 || !a.Watched {
		t.Errorf("audio %+v", a)
	}
}
