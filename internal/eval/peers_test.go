package eval

import (
	"testing"
	"time"
)

func TestLoggedEvents(t *testing.T) {
	const text = `Input #0, matroska, from 'a.mkv':
[freezedetect @ 0x1] lavfi.freezedetect.freeze_start: 2.04
[freezedetect @ 0x1] lavfi.freezedetect.freeze_duration: 3
[freezedetect @ 0x1] lavfi.freezedetect.freeze_end: 5.04
[freezedetect @ 0x1] lavfi.freezedetect.freeze_start: 7
`
	got := loggedEvents(text, "freeze_start:", "freeze_end:", 9*time.Second)
	if len(got) != 2 || got[0] != event(2.04, 5.04) || got[1].From != 7*time.Second || got[1].Until != 9*time.Second || !got[1].Open {
		t.Errorf("%+v", got)
	}
	// blackdetect tells both in one line.
	got = loggedEvents("[blackdetect @ 0x1] black_start:3 black_end:6.2 black_duration:3.2\n", "black_start:", "black_end:", 9*time.Second)
	if len(got) != 1 || got[0] != event(3, 6.2) {
		t.Errorf("%+v", got)
	}
}

func TestPeerScores(t *testing.T) {
	const text = `frame:0    pts:0       pts_time:0
lavfi.photosensitivity.badness=0.5
lavfi.photosensitivity.factor=1.000000
frame:1    pts:40      pts_time:0.04
lavfi.photosensitivity.badness=1.5
lavfi.photosensitivity.factor=0.600000
frame:2    pts:80      pts_time:0.08
lavfi.photosensitivity.badness=1.4
lavfi.photosensitivity.factor=0.700000
`
	p := Peer{Score: valueOf("lavfi.photosensitivity.badness"), Present: acted}
	points, events := p.read(text)
	if len(points) != 3 || points[1].Score != 1.5 || points[2].At != 80*time.Millisecond {
		t.Errorf("points %+v", points)
	}
	if len(events) != 1 || events[0] != event(0.04, 0.08) {
		t.Errorf("events %+v", events)
	}
}

func TestCombedAndCropped(t *testing.T) {
	for said, want := range map[string]float64{"tff": 1, "bff": 1, "progressive": 0, "undetermined": 0.5} {
		if got, ok := combed(map[string]string{"lavfi.idet.multiple.current_frame": said}); !ok || got != want {
			t.Errorf("%s: %v %v, want %v", said, got, ok, want)
		}
	}
	got, ok := cropped(map[string]string{"lavfi.cropdetect.w": "640", "lavfi.cropdetect.h": "270"})
	if !ok || got != 0.25 {
		t.Errorf("cropped %v %v, want a quarter", got, ok)
	}
	if _, ok := cropped(nil); ok {
		t.Error("a crop of nothing")
	}
}
