package sound

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// clips is where real recordings lie, beside the repository.
const clips = "../../../shared/media/clips"

// threshold of silence: -80 dBFS.
const threshold = 1e-4

// report is what ffmpeg's own filters say of a file.
type report struct {
	integrated, lra, truePeak float64
	peak, rms, dc             []float64 // a channel; dBFS, dBFS, linear
	silences                  [][2]float64
}

func ffmpeg(t *testing.T, args ...string) (stdout []byte, log string) {
	t.Helper()
	path, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg, the other opinion, is not installed")
	}
	cmd := exec.Command(path, append([]string{"-hide_banner", "-nostats", "-nostdin"}, args...)...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %q: %v\n%s", args, err, said.String())
	}
	return out.Bytes(), said.String()
}

// numbers returns what a pattern's first group finds in a text, as numbers.
func numbers(t *testing.T, pattern, text string) []float64 {
	t.Helper()
	var found []float64
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		v, err := strconv.ParseFloat(m[1], 64)
		if err != nil {
			t.Fatalf("%q in ffmpeg's log: %v", m[0], err)
		}
		found = append(found, v)
	}
	return found
}

func ask(t *testing.T, file string) report {
	t.Helper()
	_, log := ffmpeg(t, "-i", file, "-vn", "-af",
		fmt.Sprintf("astats=metadata=0,silencedetect=n=%g:d=0.3,ebur128=peak=true:framelog=verbose", threshold), "-f", "null", "-")
	last := func(pattern string) float64 {
		all := numbers(t, pattern, log)
		if len(all) == 0 {
			t.Fatalf("no %q in ffmpeg's log:\n%s", pattern, log)
		}
		return all[len(all)-1]
	}
	r := report{
		integrated: last(`I:\s+(\S+) LUFS`),
		lra:        last(`LRA:\s+(\S+) LU`),
		truePeak:   last(`Peak:\s+(\S+) dBFS`),
		peak:       numbers(t, `Peak level dB: (\S+)`, log),
		rms:        numbers(t, `RMS level dB: (\S+)`, log),
		dc:         numbers(t, `DC offset: (\S+)`, log),
	}
	starts, ends := numbers(t, `silence_start: (\S+)`, log), numbers(t, `silence_end: (\S+)`, log)
	for i, start := range starts {
		if i == len(ends) {
			t.Fatalf("ffmpeg told of a silence from %v and of no end", start)
		}
		r.silences = append(r.silences, [2]float64{start, ends[i]})
	}
	return r
}

// decode returns the samples of a file, as ffmpeg decodes them.
func decode(t *testing.T, file string, rate, channels int) [][]float32 {
	t.Helper()
	raw, _ := ffmpeg(t, "-i", file, "-vn", "-f", "f32le", "-")
	sound := make([][]float32, channels)
	for i := 0; i+4 <= len(raw); i += 4 {
		c := i / 4 % channels
		sound[c] = append(sound[c], math.Float32frombits(binary.LittleEndian.Uint32(raw[i:])))
	}
	if len(sound[0]) < rate/2 {
		t.Fatalf("ffmpeg decoded only %d samples of %s", len(sound[0]), file)
	}
	return sound
}

// compareWithFFmpeg holds the meter against ffmpeg's ebur128, astats and silencedetect, and returns
// what the meter measured.
func compareWithFFmpeg(t *testing.T, file string, rate int, layout string, channels int) []measured {
	t.Helper()
	want := ask(t, file)
	blocks := measure(t, rate, layout, 1024, decode(t, file, rate, channels)...)
	last := blocks[len(blocks)-1].Loudness
	near(t, "integrated", last.Integrated, max(want.integrated, -70), 0.15)
	near(t, "range", last.Range, want.lra, 1)
	most := 0.0
	for c := range channels {
		var peak, square, sum float64
		for _, b := range blocks {
			ch := b.Channels[c]
			peak, most = max(peak, ch.Peak), max(most, ch.TruePeak)
			square += ch.RMS * ch.RMS
			sum += ch.DC
		}
		n := float64(len(blocks))
		near(t, fmt.Sprintf("peak of channel %d", c), decibels(peak), want.peak[c], 0.01)
		near(t, fmt.Sprintf("RMS of channel %d", c), decibels(math.Sqrt(square/n)), want.rms[c], 0.05)
		near(t, fmt.Sprintf("DC of channel %d", c), sum/n, want.dc[c], 2e-5)
	}
	near(t, "true peak", decibels(most), want.truePeak, 0.3)

	got := silences(blocks, 0.3)
	if len(got) != len(want.silences) {
		t.Fatalf("silences: got %v, want %v", got, want.silences)
	}
	for i, s := range got {
		near(t, "silence from", s[0], want.silences[i][0], 0.021)
		near(t, "silence to", s[1], want.silences[i][1], 0.021)
	}
	return blocks
}

// silences returns where every channel's peak stays under the threshold, in seconds.
func silences(blocks []measured, long float64) [][2]float64 {
	var found [][2]float64
	from := -1.0
	for i, b := range blocks {
		silent := true
		for _, c := range b.Channels {
			silent = silent && c.Peak <= threshold
		}
		at, last := b.at.Seconds(), i == len(blocks)-1
		if silent && from < 0 {
			from = at
		}
		end := at
		if silent && last {
			end = (b.at + b.Duration).Seconds()
		}
		if from >= 0 && (!silent || last) {
			if end-from >= long {
				found = append(found, [2]float64{from, end})
			}
			from = -1
		}
	}
	return found
}

func TestAgainstFFmpeg(t *testing.T) {
	file := filepath.Join(t.TempDir(), "made.wav")
	ffmpeg(t, "-f", "lavfi", "-i",
		"anoisesrc=r=44100:a=0.3:c=pink:s=4:d=8[a];sine=r=44100:f=997:b=4:d=8,volume=0.5[b];"+
			"[a][b]join=inputs=2:channel_layout=stereo,volume='if(between(t,3,4.5),0,1)':eval=frame", "-c:a", "pcm_f32le", file)
	compareWithFFmpeg(t, file, 44100, "stereo", 2)
}

func TestRealClipsAgainstFFmpeg(t *testing.T) {
	for _, c := range []struct {
		file           string
		rate, channels int
		layout         string
		integrated     float64
	}{
		{"speech_16k_60s.wav", 16000, 1, "mono", -22.8},
		{"defect_audio_drops_then_fade_to_black.mp4", 44100, 2, "stereo", -30.2},
		{"film_chaplin_bw_pillarbox.mp4", 44100, 2, "stereo", -16.2},
		{"colourbars_timecode_1080p.mp4", 48000, 2, "stereo", -26.2},
		{"park_trees_vp9.webm", 48000, 2, "stereo", -27.3},
		{"film_tears_of_steel_vp8.webm", 44100, 2, "stereo", -8.8},
	} {
		t.Run(c.file, func(t *testing.T) {
			file := filepath.Join(clips, c.file)
			if _, err := os.Stat(file); err != nil {
				t.Skipf("the clip is not here: %v", err)
			}
			blocks := compareWithFFmpeg(t, file, c.rate, c.layout, c.channels)
			near(t, "integrated", blocks[len(blocks)-1].Loudness.Integrated, c.integrated, 0.2)
		})
	}
}
