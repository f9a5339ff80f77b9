package webrtc

import (
	"bytes"
	"encoding/binary"
	"os/exec"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/capture"
)

// decodes checks that ffmpeg decodes the pictures without a complaint.
func decodes(t *testing.T, packets []capture.Packet) {
	t.Helper()
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Log("ffmpeg is not installed: the pictures are not decoded")
		return
	}
	var stream bytes.Buffer
	container, pictures := "", 0
	for _, p := range packets {
		if p.Format.Media != capture.Video {
			continue
		}
		switch p.Format.Codec {
		case capture.H264, capture.HEVC:
			container = string(p.Format.Codec)
			stream.Write(p.Data)
		case capture.AV1:
			container = "obu"
			stream.Write(p.Data)
		default:
			if container == "" {
				container = "ivf"
				four := strings.ToUpper(string(p.Format.Codec)) + "0"
				stream.WriteString("DKIF\x00\x00\x20\x00" + four)
				_ = binary.Write(&stream, binary.LittleEndian, []uint16{uint16(p.Format.Width), uint16(p.Format.Height)})
				_ = binary.Write(&stream, binary.LittleEndian, []uint32{30, 1, 0, 0})
			}
			_ = binary.Write(&stream, binary.LittleEndian, []uint32{uint32(len(p.Data)), uint32(pictures), 0})
			stream.Write(p.Data)
		}
		pictures++
	}
	cmd := exec.Command(program, "-hide_banner", "-loglevel", "error", "-f", container, "-i", "-", "-fps_mode", "passthrough", "-f", "framemd5", "-")
	cmd.Stdin = &stream
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	got := 0
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "#") {
			got++
		}
	}
	if err != nil || got < pictures-2 || said.Len() > 0 {
		t.Errorf("ffmpeg decodes %d of %d pictures: %v %s", got, pictures, err, said.String())
	}
}
