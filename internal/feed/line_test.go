package feed

import (
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

const ms = time.Millisecond

// at is a packet that came so long after the first, with a timestamp.
func at(arrived, stamp time.Duration) capture.Packet {
	return capture.Packet{
		Format: capture.Format{Media: capture.Video, Codec: capture.H264},
		PTS:    stamp, DTS: stamp, Arrived: time.Unix(1000, 0).Add(arrived),
	}
}

func TestLine(t *testing.T) {
	jump := func(p capture.Packet) capture.Packet { p.Jump = true; return p }
	other := func(p capture.Packet) capture.Packet { p.Track = 3; return p }
	undecided := func(p capture.Packet) capture.Packet { p.DTS = capture.NoTime; return p }
	for name, c := range map[string]struct {
		packets []capture.Packet
		want    detectors.MediaTime
	}{
		"none": {nil, detectors.MediaTime{}},
		"in real time": {
			[]capture.Packet{at(0, 7000*ms), at(40*ms, 7040*ms), at(80*ms, 7080*ms)},
			detectors.MediaTime{Stamped: 3, Session: 1, Advanced: 80 * ms},
		},
		"a sender that is slow": {
			[]capture.Packet{at(0, 0), at(100*ms, 40*ms), at(200*ms, 80*ms)},
			detectors.MediaTime{Stamped: 3, Session: 1, Advanced: 80 * ms},
		},
		"a burst runs ahead": {
			[]capture.Packet{at(0, 0), at(0, 40*ms), at(0, 80*ms)},
			detectors.MediaTime{Stamped: 3, Session: 1, Advanced: 80 * ms, Run: 80 * ms},
		},
		"reordered pictures": {
			[]capture.Packet{undecided(at(0, 0)), undecided(at(40*ms, 120*ms)), undecided(at(80*ms, 40*ms)), undecided(at(120*ms, 80*ms))},
			detectors.MediaTime{Stamped: 4, Session: 1, Advanced: 120 * ms, Run: 80 * ms},
		},
		"a jump begins another stretch": {
			[]capture.Packet{at(0, 0), at(40*ms, 40*ms), jump(at(80*ms, 5000*ms)), at(120*ms, 5040*ms)},
			detectors.MediaTime{Stamped: 2, Session: 2, Advanced: 40 * ms},
		},
		"a wrap begins another stretch": {
			[]capture.Packet{at(0, 95443*time.Second), at(40*ms, 0), at(80*ms, 40*ms)},
			detectors.MediaTime{Stamped: 2, Session: 2, Advanced: 40 * ms},
		},
		"a pause does not": {
			[]capture.Packet{at(0, 0), at(30*time.Second, 30*time.Second)},
			detectors.MediaTime{Stamped: 2, Session: 1, Advanced: 30 * time.Second},
		},
		"another track does not count": {
			[]capture.Packet{at(0, 0), other(at(40*ms, 900*ms)), at(80*ms, 80*ms)},
			detectors.MediaTime{Stamped: 2, Session: 1, Advanced: 80 * ms},
		},
		"no timestamps": {
			[]capture.Packet{at(0, capture.NoTime), at(40*ms, capture.NoTime)},
			detectors.MediaTime{},
		},
	} {
		l := &line{}
		for _, p := range c.packets {
			l.take(p, 0)
		}
		got := l.turn()
		if got.Stamped > 0 && got.Codec != "h264" {
			t.Errorf("%s: codec %q", name, got.Codec)
		}
		got.Codec = ""
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
		if next := l.turn(); next.Stamped != 0 || next.Advanced != 0 || next.Session != c.want.Session {
			t.Errorf("%s: the next turn still has %+v", name, next)
		}
	}
}

func TestLineTakesTheLeastDelayed(t *testing.T) {
	l := &line{}
	for i, ahead := range []time.Duration{-30 * ms, -5 * ms, -80 * ms} {
		l.take(at(time.Duration(i)*40*ms-ahead, time.Duration(i)*40*ms), ahead)
	}
	if got := l.turn(); got.Ahead != -5*ms || got.Run != 25*ms {
		t.Errorf("ahead %v, run %v, want -5ms and 25ms", got.Ahead, got.Run)
	}
}

func TestNetwork(t *testing.T) {
	before := capture.Facts{Received: 100, Missing: 3, Recovered: 2, Late: 1}
	now := capture.Facts{
		Received: 150, Missing: 4, Recovered: 7, Late: 1, Jitter: ms, RoundTrip: 40 * ms,
		KeysOnRequest: true, Playlist: capture.PlaylistStale,
	}
	var got detectors.Link
	network(&got, now, before)
	want := detectors.Link{
		Received: 50, Missing: 1, Recovered: 5, Jitter: ms, RoundTrip: 40 * ms,
		KeysOnRequest: true, Playlist: detectors.PlaylistStale,
	}
	if got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
