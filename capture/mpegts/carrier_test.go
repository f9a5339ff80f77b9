package mpegts

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// vc2 is what only the decoder's library can take out: Dirac's intra profile.
var vc2 = []string{"-pix_fmt", "yuv420p", "-c:v", "vc2", "-b:v", "2M"}

// A track in a coding that is not cut here goes on as it came: whole packets, from one PES packet to
// the next, with its times, under tables that have it alone.
func TestCarriesOn(t *testing.T) {
	made := makeTS(t, slices.Concat(picture, tone, vc2, []string{"-c:a", "truehd", "-strict", "experimental"})...)
	p := newPlayer(0)
	p.play(made, 2*time.Second)
	for _, media := range []capture.Media{capture.Video, capture.Audio} {
		got := p.of(media)
		if len(got) < 20 {
			t.Fatalf("%d packets of %v", len(got), media)
		}
		var before packet
		for n, q := range got {
			if q.Format != got[0].Format || q.Format.Codec != capture.MPEGTS {
				t.Fatalf("format %+v", q.Format)
			}
			if !q.Key || q.Lost != 0 || q.Corrupt || q.Jump || q.PTS == capture.NoTime {
				t.Fatalf("packet %d of %v: %+v", n, media, q)
			}
			for at := 0; at < len(q.Data); at += packetSize {
				r, ok := parsePacket(q.Data[at:])
				if !ok || q.Data[at] != syncByte || r.start != (at == 0) {
					t.Fatalf("packet %d of %v begins in its middle, or is none", n, media)
				}
				if (n > 0 || at > 0) && (r.pid != before.pid || r.payload != nil && r.counter != (before.counter+1)&0xf) {
					t.Fatalf("packet %d of %v: PID %d, counter %d after PID %d, counter %d", n, media, r.pid, r.counter, before.pid, before.counter)
				}
				before = r
			}
		}
		checkCarried(t, []byte(got[0].Format.Extra), media, before.pid)
	}
	pictures := p.of(capture.Video)
	if span := pictures[40].PTS - pictures[0].PTS; span != 40*40*ms {
		t.Errorf("41 pictures span %v, want 40 times 40ms", span)
	}
}

// checkCarried reads the tables with the demuxer itself.
func checkCarried(t *testing.T, tables []byte, media capture.Media, pid uint16) {
	t.Helper()
	if len(tables)%packetSize != 0 {
		t.Fatalf("tables of %d bytes", len(tables))
	}
	p := newPlayer(0)
	p.play(bytes.Repeat(tables, 5), time.Second)
	if p.demux.chosen == nil {
		t.Fatalf("there is no programme: %s", p.demux.why())
	}
	list := p.demux.chosen.list
	if len(list) != 1 || list[0].media != media || list[0].codec != capture.MPEGTS || list[0].pid != pid {
		t.Errorf("the tables of %v list %+v, want PID %d", media, list, pid)
	}
	if p.facts.CRC.Count != 0 {
		t.Error("the CRC is wrong")
	}
}

// The tables do not change with what else there is in the programme: the decoder goes on.
func TestCarriedTables(t *testing.T) {
	s := stream{kind: 0xd1, pid: 0x1000}
	if got := carried(s, 7, nil, nil); len(got) != 2*packetSize || got[2] != 0 || got[packetSize+1] != 0x50 || got[packetSize+2] != 1 {
		t.Errorf("the table of a stream on PID 0x1000 is on PID %x", got[packetSize+1:packetSize+3])
	}
	long := carried(s, 7, []byte("\x0a\x04deu\x00\x05\x04HDMV"), bytes.Repeat([]byte{5, 4, 'd', 'r', 'a', 'c'}, 100))
	if !strings.Contains(long, "drac") || !strings.Contains(long, "HDMV") || strings.Contains(long, "deu") || len(long) != packetSize*(1+4) {
		t.Errorf("the table of many descriptors takes %d packets, want those of the stream and one of the programme in 4", len(long)/packetSize-1)
	}
	if long = carried(s, 7, nil, make([]byte, 4000)); len(long) != 2*packetSize {
		t.Errorf("descriptors that no table holds take %d packets", len(long)/packetSize)
	}
}

// Where a programme has a sound that is cut here, that one is watched, wherever it stands.
func TestCarriesOnOnlyWhatItMust(t *testing.T) {
	made := makeTS(t, slices.Concat(picture, tone, vc2, []string{"-map", "0", "-map", "1", "-map", "1",
		"-c:a:0", "truehd", "-c:a:1", "ac3", "-strict", "experimental"})...)
	p := newPlayer(0)
	p.play(made, 2*time.Second)
	if got := p.of(capture.Audio); len(got) == 0 || got[0].Format.Codec != capture.AC3 {
		t.Errorf("%d packets of sound, the first %+v; want AC-3", len(got), got[:min(1, len(got))])
	}
}

// A gap marks what it is in, and nothing else.
func TestCarriesGapsOn(t *testing.T) {
	made := makeTS(t, slices.Concat(picture, vc2)...)
	var whole []byte
	dropped := 0
	for n := 0; n+packetSize <= len(made); n += packetSize {
		q, _ := parsePacket(made[n:])
		if q.pid == 0x100 && !q.start && n > len(made)/2 && dropped < 1 {
			dropped++
			continue
		}
		whole = append(whole, made[n:n+packetSize]...)
	}
	p := newPlayer(0)
	p.play(whole, 2*time.Second)
	corrupt := 0
	for _, q := range p.of(capture.Video) {
		if q.Corrupt {
			corrupt++
		}
	}
	if got := len(p.of(capture.Video)); corrupt != 1 || got < 49 {
		t.Errorf("%d of %d packets are marked, want 1 of 49 or 50", corrupt, got)
	}
}
