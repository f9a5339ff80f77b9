package mpegts

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

const ms = time.Millisecond

var epoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// makeTS renders a transport stream with ffmpeg.
func makeTS(t testing.TB, args ...string) []byte {
	t.Helper()
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), "made.ts")
	args = append(append([]string{"-hide_banner", "-loglevel", "error", "-nostdin", "-y"}, args...), "-f", "mpegts", path)
	if said, err := exec.Command("ffmpeg", args...).CombinedOutput(); err != nil {
		if strings.Contains(string(said), "Unknown encoder") {
			t.Skipf("this ffmpeg cannot make it: %s", said)
		}
		t.Fatalf("ffmpeg %s: %v: %s", strings.Join(args, " "), err, said)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// clip reads a real clip.
func readClip(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../../../shared/media/clips", name))
	if err != nil {
		t.Skip("the clips are not here:", err)
	}
	return b
}

// picture and tone are what most tests are made of: two seconds.
var (
	picture = []string{"-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=2"}
	tone    = []string{"-f", "lavfi", "-i", "sine=r=48000:d=2"}
)

// player plays a stream into a demuxer at the rate of its own PCR, with time as data.
type player struct {
	demux   *Demuxer
	packets []capture.Packet
	now     time.Time
	facts   capture.TransportStream // counters as of the end, gaps the longest of all
	last    capture.Facts
}

func newPlayer(programme uint16) *player {
	p := &player{now: epoch}
	p.demux = NewDemuxer(programme, capture.NewTimeline(epoch))
	p.demux.Start(func(q capture.Packet) { p.packets = append(p.packets, q) }, epoch)
	return p
}

// play writes a stream in datagrams of seven packets; all of it takes as long as lasts.
func (p *player) play(b []byte, lasts time.Duration) {
	const datagram = 7 * packetSize
	count := max((len(b)+datagram-1)/datagram, 1)
	for n := 0; len(b) > 0; n++ {
		size := min(datagram, len(b))
		p.now = p.now.Add(lasts / time.Duration(count))
		p.demux.Write(b[:size], p.now)
		b = b[size:]
		p.look()
	}
}

// look reads the facts as the feed does.
func (p *player) look() {
	p.last = capture.Facts{}
	p.demux.Facts(&p.last, true)
	before := p.facts
	p.facts = *p.last.Transport
	for _, g := range [][2]*capture.Gap{
		{&p.facts.PATGap, &before.PATGap}, {&p.facts.PMTGap, &before.PMTGap}, {&p.facts.PIDGap, &before.PIDGap},
		{&p.facts.PCRGap, &before.PCRGap}, {&p.facts.PCRAdvance, &before.PCRAdvance}, {&p.facts.PTSGap, &before.PTSGap},
	} {
		if g[1].Time > g[0].Time {
			*g[0] = *g[1]
		}
	}
}

// of returns the packets of one medium.
func (p *player) of(m capture.Media) (list []capture.Packet) {
	for _, q := range p.packets {
		if q.Format.Media == m {
			list = append(list, q)
		}
	}
	return list
}

// errors returns the sum of all error counters.
func errorsOf(f capture.TransportStream) uint64 {
	return f.SyncLosses.Count + f.SyncBytes.Count + f.PAT.Count + f.Continuity.Count + f.PMT.Count +
		f.TransportErrors.Count + f.CRC.Count + f.PCRBackwards.Count
}
