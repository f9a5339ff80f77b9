package status

import (
	"encoding/json"
	"testing"
	"time"
)

func TestRedact(t *testing.T) {
	for source, want := range map[string]string{
		"rtmp://:1935/live/s3cret":                  "rtmp://:1935/live/***",
		"rtmps://host/app/s3cret/more?token=s3cret": "rtmps://host/app/***?***",
		"rtmp://:1935/live":                         "rtmp://:1935/live",
		"srt://user:s3cret@host:9000?passphrase=x":  "srt://***@host:9000?***",
		"https://host/path/index.m3u8":              "https://host/path/index.m3u8",
		"/media/clip.ts":                            "/media/clip.ts",
		"rtmp://[::bad/live/s3cret":                 "***",
		"":                                          "",
	} {
		if got := Redact(source); got != want {
			t.Errorf("Redact(%q) = %q, want %q", source, got, want)
		}
	}
}

func TestSeconds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 1500 * time.Millisecond: "1.5", -40 * time.Millisecond: "-0.04", 1234567: "0.001235", time.Hour: "3600",
	} {
		text, err := json.Marshal(Seconds(d))
		if err != nil || string(text) != want {
			t.Errorf("%s: got %s, %v, want %s", d, text, err, want)
		}
		var back Seconds
		if err := json.Unmarshal(text, &back); err != nil || time.Duration(back).Round(time.Microsecond) != d.Round(time.Microsecond) {
			t.Errorf("%s reads back as %s, %v", d, time.Duration(back), err)
		}
	}
}
