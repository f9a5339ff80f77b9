package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// defect is one fault in an act, by the programme's own time.
type defect struct {
	kind       string
	media      capture.Media
	from, till time.Duration
}

// act is one run of the encoder. Between two acts it is gone, as if its power had failed.
type act struct {
	name    string
	length  time.Duration
	defects []defect
	file    string // rendered
}

// demoBreak is how long the encoder is gone between two acts.
const demoBreak = 4 * time.Second

// demoActs is the programme. A defect lasts longer than the dwell and stands far enough from the
// next one that it is closed before. The first act begins and each ends clean: a demo that alarms
// at its own edges would be a poor one.
var demoActs = []act{
	{
		name: "one", length: 27 * time.Second,
		defects: []defect{
			{"black", capture.Video, 5 * time.Second, 9 * time.Second},
			{"freeze", capture.Video, 13 * time.Second, 17 * time.Second},
			{"silence", capture.Audio, 20 * time.Second, 24 * time.Second},
		},
	},
	{
		name: "two", length: 14 * time.Second,
		defects: []defect{
			{"freeze", capture.Video, 4 * time.Second, 8 * time.Second},
			{"silence", capture.Audio, 6 * time.Second, 10 * time.Second},
		},
	},
}

// demoPicture moves everywhere, softly, as most pictures do: a drifting gradient under a small test
// pattern that wanders about.
const demoPicture = "gradients=s=960x540:r=25:speed=0.02:nb_colors=5:seed=7[ground];" +
	"testsrc2=s=240x136:r=25[pattern];" +
	"[ground][pattern]overlay=x='360+300*sin(t/1.7)':y='200+160*cos(t/2.3)',noise=alls=3:allf=t,format=yuv420p"

// render makes the act's file with its defects. Black keeps a white logo in its corner, and freeze
// keeps the noise of an analogue link, for both are what a plain detector stumbles over.
func (a *act) render(ctx context.Context, folder string) error {
	a.file = filepath.Join(folder, a.name+".flv")
	picture, sound := a.chain()
	args := []string{
		"-hide_banner", "-loglevel", "error", "-nostdin", "-y",
		"-f", "lavfi", "-i", picture,
		"-f", "lavfi", "-i", sound,
		"-t", fmt.Sprint(a.length.Seconds()),
		"-c:v", "libx264", "-preset", "veryfast", "-b:v", "2500k", "-g", "50", "-pix_fmt", "yuv420p",
		"-c:a", "aac", "-b:a", "128k", "-ar", "48000", a.file,
	}
	var said bytes.Buffer
	cmd := exec.CommandContext(ctx, "ffmpeg", args...)
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("render act %s with ffmpeg: %w: %s", a.name, err, strings.TrimSpace(said.String()))
	}
	return nil
}

// chain returns the filter graphs of the picture and of the sound.
func (a *act) chain() (picture, sound string) {
	picture = demoPicture
	sound = "anoisesrc=r=48000:a=0.2:c=pink:seed=7,aformat=channel_layouts=stereo"
	for _, d := range a.defects {
		from, till := d.from.Seconds(), d.till.Seconds()
		during := fmt.Sprintf("enable='gte(t,%g)*lt(t,%g)'", from, till)
		switch d.kind {
		case "black":
			picture += fmt.Sprintf(",drawbox=color=black:t=fill:%s,drawbox=x=860:y=30:w=60:h=40:color=white:t=fill:%s", during, during)
		case "freeze": // the frames from the second one on are dropped, and the first is shown instead
			picture += fmt.Sprintf(",select='not(gt(t,%g)*lt(t,%g))',fps=25,noise=alls=4:allf=t:%s", from+0.001, till-0.001, during)
		case "silence":
			sound += fmt.Sprintf(",volume=0:%s", during)
		}
	}
	return picture, sound
}
