package eval

import (
	"context"
	"fmt"
	"strings"
)

// Rendering is how one file is made of clean material.
type Rendering struct {
	Picture, Sound Media    // the material; either may be absent
	Inputs         []string // further inputs of the graph, FFmpeg's own sources: [0:v] and [0:a] are the first of these
	// Video and Audio are chains of filters. They may be graphs: the first filter reads the
	// material and the last one is written. Further inputs are read as "[x0]", "[x1]", ...
	Video, Audio string
	VideoCodec   Codec
	AudioCodec   Codec
	Seconds      float64 // cut there, 0 for all
	Container    string  // ".mkv" where empty
}

// Codec are the arguments of an encoder.
type Codec struct {
	Name string // as cases name it: "h264 400k"
	args []string
}

// rated are the arguments of an encoder that may send no more than a rate, like one behind a line.
func rated(name, rate string, args ...string) Codec {
	return Codec{Name: name + " " + rate, args: append(args, "-b:v", rate, "-maxrate", rate, "-bufsize", rate, "-g", "50", "-pix_fmt", "yuv420p")}
}

// H264 is x264 with a group of pictures every two seconds.
func H264(rate string) Codec {
	return rated("h264", rate, "-c:v", "libx264", "-preset", "veryfast")
}

// HEVC is x265.
func HEVC(rate string) Codec {
	return rated("hevc", rate, "-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=none:frame-threads=1")
}

// MPEG2 is MPEG-2 as broadcast: two B pictures, a group of pictures every half second.
func MPEG2(rate string) Codec {
	c := rated("mpeg2", rate, "-c:v", "mpeg2video", "-bf", "2")
	c.args = append(c.args, "-g", "12")
	return c
}

// VP8 is libvpx in real time.
func VP8(rate string) Codec {
	return rated("vp8", rate, "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")
}

// VP9 is libvpx in real time.
func VP9(rate string) Codec {
	return rated("vp9", rate, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")
}

// Lossless is x264 without loss, for what is to be seen exactly.
var Lossless = Codec{Name: "lossless", args: []string{"-c:v", "libx264", "-preset", "ultrafast", "-qp", "0", "-pix_fmt", "yuv420p"}}

// With returns the encoder with more arguments.
func (c Codec) With(args ...string) Codec {
	c.args = append(append([]string(nil), c.args...), args...)
	return c
}

// AAC is FFmpeg's own encoder.
func AAC(rate string) Codec { return audio("aac", rate) }

// MP2 is MPEG layer 2.
func MP2(rate string) Codec { return audio("mp2", rate) }

// Opus is libopus.
func Opus(rate string) Codec { return audio("libopus", rate) }

func audio(encoder, rate string) Codec {
	return Codec{Name: strings.TrimPrefix(encoder, "lib") + " " + rate, args: []string{"-c:a", encoder, "-b:a", rate}}
}

// PCM is not coded at all.
var PCM = Codec{Name: "pcm", args: []string{"-c:a", "pcm_s16le"}}

// Render makes a file.
func Render(r Rendering) Media {
	if r.Container == "" {
		r.Container = ".mkv"
	}
	key := fmt.Sprintf("render picture{%s} sound{%s} inputs%q video{%s} audio{%s} %q %q %g", r.Picture.Key, r.Sound.Key,
		r.Inputs, r.Video, r.Audio, r.VideoCodec.args, r.AudioCodec.args, r.Seconds)
	return Make(key, r.Container, func(ctx context.Context, shop *Shop, path string) error {
		args, err := r.arguments(ctx, shop)
		if err != nil {
			return err
		}
		_, err = shop.FFmpeg(ctx, append(args, path)...)
		return err
	})
}

// arguments are those of ffmpeg, but for the file to write.
func (r Rendering) arguments(ctx context.Context, shop *Shop) ([]string, error) {
	args := []string{"-v", "error", "-filter_complex_threads", "1"}
	inputs := 0
	add := func(more ...string) int {
		args = append(args, more...)
		inputs++
		return inputs - 1
	}
	var graph, output []string
	for _, way := range []struct {
		media      Media
		chain, pad string
		codec      Codec
	}{{r.Picture, r.Video, "v", r.VideoCodec}, {r.Sound, r.Audio, "a", r.AudioCodec}} {
		if way.media.none() {
			continue
		}
		path, err := shop.File(ctx, way.media)
		if err != nil {
			return nil, err
		}
		from := add("-i", path)
		if way.chain == "" {
			output = append(output, "-map", fmt.Sprintf("%d:%s:0", from, way.pad))
		} else {
			graph = append(graph, fmt.Sprintf("[%d:%s:0]%s[out%s]", from, way.pad, way.chain, way.pad))
			output = append(output, "-map", "[out"+way.pad+"]")
		}
		output = append(output, way.codec.args...)
	}
	for i, input := range r.Inputs {
		from := add("-f", "lavfi", "-i", input)
		for j := range graph {
			graph[j] = strings.ReplaceAll(graph[j], fmt.Sprintf("[x%d]", i), fmt.Sprintf("[%d]", from))
		}
	}
	if len(graph) > 0 {
		args = append(args, "-filter_complex", strings.Join(graph, ";"))
	}
	if r.Seconds > 0 {
		output = append(output, "-t", number(r.Seconds))
	}
	return append(append(args, output...), "-threads", "1"), nil
}

// During makes a filter act from one moment up to, and not at, another, in seconds. Half a picture
// is taken off, so that rounded timestamps fall on the right side.
func During(filter string, from, until float64) string {
	const half = 0.5 / FPS
	joint := "="
	if strings.Contains(filter, "=") {
		joint = ":"
	}
	return fmt.Sprintf("%s%senable='gte(t,%s)*lt(t,%s)'", filter, joint, number(from-half), number(until-half))
}

// Hold repeats the picture before a moment up to another moment, as a dead source does.
func Hold(from, until float64) string {
	const half = 0.5 / FPS
	return fmt.Sprintf("select='lt(t,%s)+gte(t,%s)',fps=%d", number(from-half), number(until-half), FPS)
}
