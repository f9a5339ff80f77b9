package detecttest

import (
	"fmt"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// networkWord changes what a link says of its network and of the sender's timestamps. ok is false
// for a word that is none of these.
func networkWord(l *detectors.Link, w Word, progress float64) (ok bool, err error) {
	counts := map[string]*int{
		"received": &l.Received, "missing": &l.Missing, "recovered": &l.Recovered, "late": &l.Late,
		"jumps": &l.Jumps, "keys": &l.VideoTime.Keys,
	}
	if count, ok := counts[w.Name]; ok {
		n, err := w.arg(0, 0, progress)
		*count = int(n)
		return true, err
	}
	v, a := &l.VideoTime, &l.AudioTime
	switch w.Name {
	case "advanced":
		err = eachTime(w, progress, &v.Advanced, &a.Advanced)
	case "ahead":
		err = eachTime(w, progress, &v.Ahead, &a.Ahead)
	case "run":
		err = eachTime(w, progress, &v.Run, &a.Run)
	case "codec":
		names := append(strings.Split(w.text(), ":"), a.Codec)
		v.Codec, a.Codec = names[0], names[1]
	case "session":
		var n float64
		n, err = w.arg(0, 1, progress)
		v.Session, a.Session = int(n), int(n)
	case "untimed":
		*v, *a = detectors.MediaTime{}, detectors.MediaTime{}
	case "on-request":
		l.KeysOnRequest = true
	case "playlist":
		states := map[string]detectors.PlaylistState{
			"live": detectors.PlaylistLive, "stale": detectors.PlaylistStale, "ended": detectors.PlaylistEnded,
		}
		if l.Playlist, ok = states[w.text()]; !ok {
			err = fmt.Errorf("want live, stale or ended, not %q", w.text())
		}
	default:
		return false, nil
	}
	return true, err
}

// eachTime reads milliseconds, for both or for each of video and audio.
func eachTime(w Word, progress float64, video, audio *time.Duration) error {
	first, err := w.arg(0, 0, progress)
	if err != nil {
		return err
	}
	second, err := w.arg(1, first, progress)
	*video = time.Duration(first * float64(time.Millisecond))
	*audio = time.Duration(second * float64(time.Millisecond))
	return err
}

// timed makes the timestamps of a link at which all is well.
func timed(l *detectors.Link) {
	l.VideoTime = detectors.MediaTime{Codec: "h264", Stamped: l.Video, Session: 1, Advanced: l.Interval}
	l.AudioTime = detectors.MediaTime{Codec: "aac", Stamped: l.Audio, Session: 1, Advanced: l.Interval}
}

// settle takes the timestamps of packets away that did not come.
func settle(l *detectors.Link) {
	if l.Video == 0 {
		l.VideoTime.Stamped, l.VideoTime.Keys, l.VideoTime.Advanced = 0, 0, 0
	}
	if l.Audio == 0 {
		l.AudioTime.Stamped, l.AudioTime.Keys, l.AudioTime.Advanced = 0, 0, 0
	}
}

// says changes what a stream says of its picture, whatever was painted.
func says(p *detectors.Picture, words []Word, progress float64) error {
	for _, w := range words {
		if w.Name != "says" || len(w.Args) == 0 {
			continue
		}
		if w.Args[0] == "interlaced" {
			p.Interlaced, p.TopFirst = true, w.Args[len(w.Args)-1] != "bottom"
			continue
		}
		a := Word{Name: w.Name, Args: w.Args[1:]}
		first, err := a.arg(0, 0, progress)
		if err != nil {
			return err
		}
		second, err := a.arg(1, 0, progress)
		if err != nil {
			return err
		}
		switch w.Args[0] {
		case "size":
			p.Width, p.Height = int(first), int(second)
		case "depth":
			p.Depth = int(first)
		case "transfer":
			p.Transfer = uint8(first)
		case "sound":
			p.Damage = &detectors.Damage{Concealed: -1}
		case "key":
			p.Key = true
		case "concealed":
			p.Damage = &detectors.Damage{Errors: true, Concealed: int(first)}
		case "damaged":
			p.Damage = &detectors.Damage{Errors: true, Concealed: -1}
		default:
			return fmt.Errorf("says: unknown argument %q", w.Args[0])
		}
	}
	return nil
}
