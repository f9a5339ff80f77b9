package detecttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// makeLink makes a link at which all is well, as the words change it.
func makeLink(words []Word, progress float64, interval time.Duration) (*detectors.Link, error) {
	l := &detectors.Link{
		Interval: interval, Up: true, Bytes: 50_000, Video: 3, Audio: 5, WantVideo: true, WantAudio: true,
	}
	timed(l)
	defer settle(l)
	for _, w := range words {
		if err := linkWord(l, w, progress); err != nil {
			return nil, fmt.Errorf("%s: %w", w.Name, err)
		}
	}
	return l, nil
}

func linkWord(l *detectors.Link, w Word, progress float64) (err error) {
	counts := map[string]*int{
		"video": &l.Video, "audio": &l.Audio, "dropped": &l.Dropped, "lost": &l.Lost, "errors": &l.Errors,
	}
	if count, ok := counts[w.Name]; ok {
		n, err := w.arg(0, 0, progress)
		*count = int(n)
		return err
	}
	if ok, err := networkWord(l, w, progress); ok {
		return err
	}
	switch w.Name {
	case "up":
	case "ts":
		return transportWord(l, w, progress)
	case "down":
		l.Up, l.Reason = false, w.text()
		l.Bytes, l.Video, l.Audio = 0, 0, 0
	case "idle":
		l.Bytes, l.Video, l.Audio = 0, 0, 0
	case "bytes":
		n, err := w.arg(0, 0, progress)
		l.Bytes = uint64(max(n, 0))
		return err
	case "want":
		l.WantVideo, l.WantAudio = strings.Contains(w.text(), "v"), strings.Contains(w.text(), "a")
	case "behind":
		l.Behind, err = w.time(0, 0)
	case "decoder":
		l.Decoder, err = decoderState(w.text())
	case "why":
		l.DecoderReason = w.text()
	case "unmeasured":
		l.Unmeasured = w.text()
	default:
		return fmt.Errorf("unknown word")
	}
	return err
}

func decoderState(name string) (detectors.DecoderState, error) {
	switch name {
	case "running":
		return detectors.DecoderRunning, nil
	case "idle":
		return detectors.DecoderIdle, nil
	case "lost":
		return detectors.DecoderLost, nil
	case "parked":
		return detectors.DecoderParked, nil
	}
	return 0, fmt.Errorf("want running, idle, lost or parked, not %q", name)
}
