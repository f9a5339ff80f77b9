package worker

import (
	"net"
	"os"
	"testing"

	"github.com/fxamacker/cbor/v2"
	"golang.org/x/sys/unix"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// connected returns the two ends of a conversation.
func connected(t testing.TB, limit int) (here *wire, there *net.UnixConn) {
	t.Helper()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	ours, err := unixConn(pair[0])
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := unixConn(pair[1])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ours.Close(); _ = theirs.Close() })
	w, err := newWire(ours, limit, true)
	if err != nil {
		t.Fatal(err)
	}
	return w, theirs
}

func TestMessageOverTheLimit(t *testing.T) {
	w, peer := connected(t, 100)
	if _, err := peer.Write([]byte{0, 0, 0, 101, byte(kindHello)}); err != nil {
		t.Fatal(err)
	}
	if _, _, _, err := w.read(); err == nil || err.Error() != "message of 101 bytes is over the limit of 100" {
		t.Errorf("got %v", err)
	}
}

func TestDescriptorsAreNotLeaked(t *testing.T) {
	w, peer := connected(t, 100)
	sender, err := newWire(peer, 100, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := sender.write(kindPlay, playMessage{Name: "x"}, os.Stdin, 0); err != nil {
		t.Fatal(err)
	}
	k, _, file, err := w.read()
	if err != nil || k != kindPlay || file == nil {
		t.Fatalf("kind %d, file %v, error %v", k, file, err)
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
}

// FuzzFromWorker plays a worker that says anything at all: the daemon must not panic, and whatever
// passes must be fit for a detector.
func FuzzFromWorker(f *testing.F) {
	w, _ := connected(f, maxToDaemon)
	sound := &detectors.Sound{Channels: make([]detectors.Channel, 2)}
	for _, seed := range []struct {
		k kind
		v any
	}{
		{kindReport, Report{Paths: []string{"h264 (software)"}}},
		{kindTracks, Contents{Tracks: make([]Track, 2)}},
		{kindHandled, handledMessage{1}},
		{kindDone, doneMessage{Error: "gone"}},
	} {
		body, err := cbor.Marshal(seed.v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(seed.k), body)
	}
	for _, s := range []detectors.Sample{{Picture: goodPicture()}, {Sound: sound}} {
		f.Add(byte(kindSample), (&sampleMessage{Sample: s}).append(nil))
	}
	p := &Process{wire: w}
	f.Fuzz(func(t *testing.T, k byte, body []byte) {
		e, err := p.decode(kind(k), body)
		if err == nil && e.Sample != nil {
			if err := validate(*e.Sample); err != nil {
				t.Errorf("a sample passed that is not fit: %v", err)
			}
		}
	})
}

// FuzzFromDaemon: the worker trusts the daemon, but a bug there must not turn into a crash here.
func FuzzFromDaemon(f *testing.F) {
	w, _ := connected(f, maxToWorker)
	format := capture.Format{Media: capture.Video, Codec: capture.H264}
	for _, seed := range []struct {
		k kind
		v any
	}{
		{kindPacket, packetMessage{Format: &format, Data: []byte{0, 0, 1}}},
		{kindPlay, playMessage{Name: "a.ts"}},
		{kindDrain, struct{}{}},
	} {
		body, err := cbor.Marshal(seed.v)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(byte(seed.k), body)
	}
	f.Fuzz(func(t *testing.T, k byte, body []byte) {
		formats := map[int]capture.Format{}
		for range 2 {
			if r, err := decodeRequest(w.decode, kind(k), body, formats); err == nil && kind(k) == kindPacket && r == nil {
				t.Error("a packet without content was taken")
			}
		}
	})
}
