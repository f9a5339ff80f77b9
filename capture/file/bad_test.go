package file

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadInput: one clear line for everything that is no media.
func TestBadInput(t *testing.T) {
	clip := read(t, generate(t, "a.mp4", picture+"-frames:v 25 -c:v libx264"))
	noise := bytes.Repeat([]byte("\x8f\x02K\x99rR\x11w0"), 9000)
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"notes.txt", []byte("Dear diary,\ntoday nothing moved.\n"), `"notes.txt": not a media file that FFmpeg knows`},
		{"readme", []byte(strings.Repeat("lorem ipsum dolor sit amet\n", 5000)), `"readme": not a media file that FFmpeg knows`},
		{"empty.mp4", nil, `"empty.mp4": is empty`},
		{"one.ts", []byte{0x47}, `"one.ts": not a media file`},
		{"zeros.bin", make([]byte, 1<<16), `"zeros.bin": not a media file`},
		{"noise.bin", noise, `"noise.bin": not a media file`},
		{"noise.mp4", noise, `"noise.mp4": looks like MP4 or MOV, but its index (moov) is missing`},
		{"cut.mp4", clip[:len(clip)/2], `"cut.mp4": looks like MP4 or MOV, but its index (moov) is missing`},
		{"list.m3u8", []byte("#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n"), `"list.m3u8": a playlist or description`},
		{"list.txt", []byte("ffconcat version 1.0\nfile '/etc/hostname'\n"), `"list.txt": a playlist or description (concat)`},
		{"a.sdp", []byte("v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"), `"a.sdp": a playlist or description (sdp)`},
		{"a.srt", []byte("1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\nWorld\n\n"), `"a.srt": holds neither video nor sound`},
		{"a.png", read(t, generate(t, "a.png", picture+"-frames:v 1")), `"a.png": a still picture (png_pipe)`},
		{"a.jpg", read(t, generate(t, "a.jpg", picture+"-frames:v 1")), `"a.jpg": a still picture (`},
		{"a.bmp", read(t, generate(t, "a.bmp", picture+"-frames:v 1")), `"a.bmp": a still picture (`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := os.Open(write(t, tt.name, tt.data))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			in, err := Open(f, tt.name)
			if err == nil {
				defer in.Close()
				t.Fatalf("opened as %s with %d tracks", in.Container().Format, len(in.Tracks()))
			}
			if !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestBadDescriptor(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	if _, err := Open(dir, "clips"); err == nil || err.Error() != `"clips": is a directory; name a file in it` {
		t.Errorf("a directory: %v", err)
	}
	w, err := os.OpenFile(filepath.Join(t.TempDir(), "w.mp4"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if _, err := w.Write([]byte("something")); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(w, "w.mp4"); err == nil || !strings.Contains(err.Error(), "bad file descriptor") {
		t.Errorf("a file that is not open for reading: %v", err)
	}
	w.Close()
	if _, err := Open(w, "w.mp4"); err == nil {
		t.Error("a closed file was opened")
	}
}

// TestTruncated: what is there is handed over, and then the file ends.
func TestTruncated(t *testing.T) {
	tests := []struct {
		name, args string
		least      int // packets in half of the file
		note       bool
	}{
		{"a.ts", "-c:v libx264 -g 5", 20, false},
		{"a.mp4", "-c:v mpeg2video -g 5 -movflags +faststart", 20, true},
		{"a.mkv", "-c:v libx264 -g 5", 20, true},
		{"a.flv", "-c:v flv -g 5", 20, true},
		{"a.avi", "-c:v mpeg4 -g 5", 20, false}, // libavformat measures the index anew,
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			whole := read(t, generate(t, tt.name, picture+"-t 4 "+tt.args))
			list, note := all(t, start(t, write(t, tt.name, whole[:len(whole)*6/10])))
			if len(list) < tt.least || len(list) >= 100 {
				t.Errorf("%d packets, want %d to 99", len(list), tt.least)
			}
			if tt.note != strings.HasPrefix(note, "cut short: it says that it lasts 4.0 s, and ends after ") {
				t.Errorf("note %q", note)
			}
			_, note = all(t, start(t, write(t, tt.name, whole)))
			if note != "" {
				t.Errorf("the whole file has the note %q", note)
			}
		})
	}
}

// TestOpensNothingElse reads files that name other files; only their own descriptor is used.
func TestOpensNothingElse(t *testing.T) {
	secret := generate(t, "secret.ts", picture+"-frames:v 5 -c:v mpeg2video")
	for name, text := range map[string]string{
		"a.ffconcat": "ffconcat version 1.0\nfile '" + secret + "'\n",
		"a.m3u8":     "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + secret + "\n#EXT-X-ENDLIST\n",
		"a.mpd":      `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="1"><BaseURL>` + secret + `</BaseURL></Representation></AdaptationSet></Period></MPD>`,
	} {
		f, err := os.Open(write(t, name, []byte(text)))
		if err != nil {
			t.Fatal(err)
		}
		in, err := Open(f, name)
		if err == nil {
			_ = in.Source(Options{}).Run(context.Background(), nil)
			in.Close()
			t.Errorf("%s was opened as %s", name, in.Container().Format)
		} else if !strings.Contains(err.Error(), "playlist") {
			t.Errorf("%s: %v", name, err)
		}
		f.Close()
	}
}
