package ffmpeg_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/capture/mpegts"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
)

// carried makes a transport stream of codings that only libavformat takes out, and returns its packets as a
// feed hands them over, from where the clock of the feed begins.
func carried(t testing.TB, args ...string) []capture.Packet {
	t.Helper()
	path := generate(t, "a.ts", append(args, "-f", "mpegts")...)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	epoch := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	d := mpegts.NewDemuxer(0, capture.NewTimeline(epoch))
	var list []capture.Packet
	d.Start(func(p capture.Packet) { list = append(list, p) }, epoch)
	now := epoch
	for chunk := range slices.Chunk(b, 7*188) {
		now = now.Add(time.Millisecond)
		d.Write(chunk, now)
	}
	return list
}

// of returns the packets of one medium.
func of(list []capture.Packet, m capture.Media) (some []capture.Packet) {
	for _, p := range list {
		if p.Format.Media == m {
			some = append(some, p)
		}
	}
	return some
}

var (
	twoSeconds = []string{"-f", "lavfi", "-i", "testsrc2=s=160x96:r=25:d=2", "-f", "lavfi", "-i", "sine=r=48000:d=2"}
	vc2        = []string{"-pix_fmt", "yuv420p", "-c:v", "vc2", "-b:v", "2M", "-c:a", "truehd", "-strict", "experimental", "-ac", "2"}
)

// Every picture and every sample comes out of the raw transport stream, at its time.
func TestTransport(t *testing.T) {
	list := carried(t, append(slices.Clone(twoSeconds), vc2...)...)
	pictures, sound, errs := decode(t, list, capture.Video)
	if len(errs) != 0 {
		t.Errorf("pictures: %v", errs)
	}
	if len(pictures) < 49 || len(pictures) > 50 {
		t.Fatalf("%d pictures, want 49 or 50 (the last PES packet is not known to be whole)", len(pictures))
	}
	for n, p := range pictures {
		want := of(list, capture.Video)[n].At
		if off := p.At - want; off.Abs() > time.Microsecond || p.Width != 160 || p.Height != 96 || p.Damage.Corrupt {
			t.Fatalf("picture %d: at %v, want %v: %+v", n, p.At, want, p.Frame)
		}
	}
	if pictures[0].Luma == pictures[20].Luma {
		t.Error("the picture does not move")
	}
	_, sound, errs = decode(t, list, capture.Audio)
	if len(errs) != 0 {
		t.Errorf("sound: %v", errs)
	}
	if sound.Rate != 48000 || sound.Samples < 48000*19/10 || sound.Samples > 2*48000+4800 || len(sound.Channels) != 2 {
		t.Errorf("%d samples of %d channels at %d Hz, want nearly 2s of 2", sound.Samples, len(sound.Channels), sound.Rate)
	}
	packets := of(list, capture.Audio)
	if off := sound.Runs[0] - packets[0].At; off.Abs() > time.Millisecond {
		t.Errorf("the sound begins %v off", off)
	}
	if last, want := sound.Runs[len(sound.Runs)-1], packets[len(packets)-1].At; last < want || last > want+100*time.Millisecond {
		t.Errorf("the last sound is at %v, in the packets from %v on", last, want)
	}
}

// The clock of the stream wraps and jumps; the pictures lie where the feed's clock has their packets.
func TestTransportClock(t *testing.T) {
	list := carried(t, append(slices.Clone(twoSeconds), append(slices.Clone(vc2), "-an", "-output_ts_offset", "95442")...)...)
	// 2^33 units of 90 kHz are 95,443.7 s.
	wrapped := false
	for n := range list[1:] {
		wrapped = wrapped || list[n+1].PTS < list[n].PTS
	}
	pictures, _, errs := decode(t, list, capture.Video)
	if !wrapped || len(pictures) < 49 || len(errs) != 0 {
		t.Fatalf("wrapped: %v; %d pictures, %v", wrapped, len(pictures), errs)
	}
	for n, p := range pictures {
		if off := p.At - list[n].At; off.Abs() > time.Microsecond {
			t.Errorf("picture %d is %v off", n, off)
		}
	}
	// The feed's clock leaps for what comes from now on, although the stream's own does not.
	for n := range list[25:] {
		list[25+n].At += time.Hour
		list[25+n].PTS += time.Hour // nearer to nothing that has come
	}
	if pictures, _, _ = decode(t, list, capture.Video); len(pictures) < 49 {
		t.Errorf("%d pictures around a leap", len(pictures))
	}
}

// What cannot be decoded is refused when it is opened, by its name.
func TestTransportRefuses(t *testing.T) {
	list := carried(t, append(slices.Clone(twoSeconds), append(slices.Clone(vc2), "-an")...)...)
	good := list[0].Format
	strange := good
	strange.Extra = strings.Replace(good.Extra, "\xd1\xe1\x00", "\x7e\xe1\x00", 1)
	none := good
	none.Extra = ""
	half := good
	half.Extra = good.Extra[:300]
	sound := good
	sound.Media = capture.Audio
	for name, c := range map[string]struct {
		format capture.Format
		want   string
	}{
		"no tables":         {none, "not packets of PAT and PMT"},
		"half a packet":     {half, "not packets of PAT and PMT"},
		"no coding":         {strange, "stream_type"},
		"pictures for ears": {sound, "dirac is not audio"},
	} {
		d, err := ffmpeg.Open(c.format, ffmpeg.Options{})
		if err == nil {
			d.Close()
			t.Errorf("%s: it opens", name)
		} else if !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want a word of %q", name, err, c.want)
		}
	}
	if avs2 := good; !ffmpeg.Has("avs2") {
		avs2.Extra = retyped(good.Extra, 0xd2)
		if _, err := ffmpeg.Open(avs2, ffmpeg.Options{}); err == nil || !strings.Contains(err.Error(), "no software decoder") ||
			!strings.Contains(err.Error(), "avs2") {
			t.Errorf("AVS2: %v", err)
		}
	}
	d, err := ffmpeg.Open(good, ffmpeg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := d.Path(), "mpegts (dirac, software)"; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	if err := d.Decode(&capture.Packet{Format: good, Data: []byte("no packet"), At: 0}, nil, nil); err == nil {
		t.Error("what is no packet is decoded")
	}
	d.Close()
	if err := d.Decode(&list[0], nil, nil); err == nil {
		t.Error("a closed decoder decodes")
	}
}

// After the end of a stream the decoder takes it up again.
func TestTransportDrains(t *testing.T) {
	list := carried(t, append(slices.Clone(twoSeconds), append(slices.Clone(vc2), "-an")...)...)
	d, err := ffmpeg.Open(list[0].Format, ffmpeg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	got := 0
	count := func(p *hwaccel.Frame) { got++; p.Release() }
	for round := 1; round <= 3; round++ {
		for i := range list[:10] {
			if err := d.Decode(&list[i], count, nil); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Decode(nil, count, nil); err != nil {
			t.Fatal(err)
		}
		if got != 10*round {
			t.Fatalf("%d pictures after %d rounds of ten", got, round)
		}
	}
}

// vc1 is a sequence header of VC-1's advanced profile (SMPTE 421M, annexes E and G) for 160x96 pixels, an entry
// point, and a picture of which all but the first bits are missing.
var vc1 = "\x00\x00\x01\x0f\xd2\x00\x04\xf0\x2f\x08\x80\x00\x00\x01\x0e\x40\x00\x80\x00\x00\x01\x0d\xd1\x02\x03\x04"

// FuzzTransport takes any tables and packets: no crash, no endless loop, nothing left behind.
func FuzzTransport(f *testing.F) {
	for _, kind := range []byte{0xd1, 0x83, 0xea, 0x42, 0x21, 0x33, 0xd2, 0x06} {
		f.Add(kind, []byte(vc1), true)
	}
	for _, p := range carried(f, "-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=0.2", "-c:v", "vc2", "-pix_fmt", "yuv420p")[:2] {
		f.Add(byte(0xd1), p.Data, true)
	}
	for _, p := range carried(f, "-f", "lavfi", "-i", "sine=r=48000:d=0.2", "-c:a", "truehd", "-strict", "experimental")[:2] {
		f.Add(byte(0x83), p.Data, false)
	}
	tables := carried(f, "-f", "lavfi", "-i", "testsrc2=s=32x32:r=25:d=0.2", "-c:v", "vc2", "-pix_fmt", "yuv420p")[0].Format.Extra
	f.Fuzz(func(_ *testing.T, kind byte, b []byte, video bool) {
		format := capture.Format{Media: capture.Audio, Codec: capture.MPEGTS, Extra: retyped(tables, kind)}
		if video {
			format.Media = capture.Video
		}
		d, err := ffmpeg.Open(format, ffmpeg.Options{})
		if err != nil {
			return
		}
		defer d.Close()
		picture := func(p *hwaccel.Frame) { raw(p); p.Release() }
		sound := func(*hwaccel.PCM) {}
		for _, data := range [][]byte{b, inPackets(b), b, inPackets(b)} {
			_ = d.Decode(&capture.Packet{Format: format, Data: data, PTS: time.Second, At: time.Second}, picture, sound)
		}
		_ = d.Decode(nil, picture, sound)
	})
}

// retyped gives the stream of the tables another type.
func retyped(tables string, kind byte) string {
	b := []byte(tables)
	pmt := b[188+5 : 188+5+3+int(b[188+7])]
	info := 12 + int(pmt[11])
	pmt[info] = kind
	sum := uint32(0xffff_ffff) // CRC-32/MPEG-2
	for _, v := range pmt[:len(pmt)-4] {
		sum ^= uint32(v) << 24
		for range 8 {
			if sum&0x8000_0000 != 0 {
				sum = sum<<1 ^ 0x04c1_1db7
			} else {
				sum <<= 1
			}
		}
	}
	copy(pmt[len(pmt)-4:], []byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)})
	return string(b)
}

// inPackets puts bytes behind the head of a PES packet, in transport packets of PID 0x100.
func inPackets(b []byte) (out []byte) {
	b = append([]byte{0, 0, 1, 0xfd, 0, 0, 0x80, 0x80, 5, 0x21, 0, 5, 0xbf, 0x21}, b...)
	for n := 0; len(b) > 0; n++ {
		head := []byte{0x47, 0x01, 0x00, 0x10 | byte(n&0xf)}
		if n == 0 {
			head[1] |= 0x40
		}
		if stuffing := 184 - len(b); stuffing > 0 {
			head[3] |= 0x20
			head = append(head, byte(stuffing-1))
			if stuffing > 1 {
				head = append(head, 0)
				head = append(head, slices.Repeat([]byte{0xff}, stuffing-2)...)
			}
		}
		size := min(188-len(head), len(b))
		out = append(append(out, head...), b[:size]...)
		b = b[size:]
	}
	return out
}

// VC-1 waits for its sequence header, which lies in the stream.
func TestTransportVC1(t *testing.T) {
	tables := carried(t, append(slices.Clone(twoSeconds), append(slices.Clone(vc2), "-an")...)...)[0].Format.Extra
	format := capture.Format{Media: capture.Video, Codec: capture.MPEGTS, Extra: retyped(tables, 0xea)}
	d, err := ffmpeg.Open(format, ffmpeg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if got, want := d.Path(), "mpegts (vc1, software)"; got != want {
		t.Errorf("path %q, want %q", got, want)
	}
	shown := 0
	for range 3 {
		// The picture is nearly empty: the decoder repairs it, or says that it is broken.
		_ = d.Decode(&capture.Packet{Format: format, Data: inPackets([]byte(vc1)), PTS: time.Second, At: time.Second},
			func(p *hwaccel.Frame) {
				if shown++; p.Width != 160 || p.Height != 96 || p.At != time.Second {
					t.Errorf("a picture of %dx%d at %v, want 160x96 at 1s", p.Width, p.Height, p.At)
				}
				p.Release()
			}, nil)
	}
	if shown == 0 {
		t.Error("no picture")
	}
}

// JPEG 2000 has the head of its elementary stream in front of each picture (ISO/IEC 13818-1, annex S).
func TestTransportJPEG2000(t *testing.T) {
	tables := carried(t, append(slices.Clone(twoSeconds), append(slices.Clone(vc2), "-an")...)...)[0].Format.Extra
	format := capture.Format{Media: capture.Video, Codec: capture.MPEGTS, Extra: retyped(tables, 0x21)}
	coded, err := os.ReadFile(generate(t, "a.j2k", "-f", "lavfi", "-i", "testsrc2=s=160x96", "-frames:v", "1", "-pix_fmt", "yuv422p",
		"-c:v", "jpeg2000", "-format", "j2k", "-f", "image2"))
	if err != nil {
		t.Fatal(err)
	}
	head := "elsm" + "frat\x00\x01\x00\x19" + "brat\x00\x98\x96\x80\x00\x00\x10\x00" + "tcod\x00\x00\x00\x00" + "bcol\x03\x00"
	d, err := ffmpeg.Open(format, ffmpeg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var at []time.Duration
	keep := func(p *hwaccel.Frame) {
		if at = append(at, p.At); p.Width != 160 || p.Height != 96 || luma(p) == 0 {
			t.Errorf("a picture of %dx%d", p.Width, p.Height)
		}
		p.Release()
	}
	for n := range 3 {
		b := inPackets(append([]byte(head), coded...))
		now := time.Second + time.Duration(n)*40*time.Millisecond
		stamp(b, now)
		if err := d.Decode(&capture.Packet{Format: format, Data: b, PTS: now, At: now - time.Second}, keep, nil); err != nil {
			t.Error(err)
		}
	}
	if err := d.Decode(nil, keep, nil); err != nil {
		t.Error(err)
	}
	if want := []time.Duration{0, 40 * time.Millisecond, 80 * time.Millisecond}; !slices.Equal(at, want) {
		t.Errorf("pictures at %v, want %v", at, want)
	}
}

// stamp writes a PTS into what inPackets has made.
func stamp(b []byte, at time.Duration) {
	const pts = 4 + 9
	v := at.Milliseconds() * 90
	copy(b[pts:], []byte{0x21 | byte(v>>30&7)<<1, byte(v >> 22), byte(v>>14) | 1, byte(v >> 7), byte(v<<1) | 1})
}

// A unit that never ends is given up before it takes all memory, and the stream goes on behind it.
func TestTransportWithoutEnd(t *testing.T) {
	list := carried(t, append(slices.Clone(twoSeconds), append(slices.Clone(vc2), "-an")...)...)
	d, err := ffmpeg.Open(list[0].Format, ffmpeg.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	shown := 0
	count := func(p *hwaccel.Frame) { shown++; p.Release() }
	// The head of a unit of Dirac that says it is nearly 4 GiB long.
	b := inPackets(append([]byte("BBCD\xe8\xff\xff\xff\xf0\x00\x00\x00\x00"), make([]byte, 1<<20)...))
	var errs []error
	for range 2 + ffmpeg.MaxPacket/len(b) {
		if err := d.Decode(&capture.Packet{Format: list[0].Format, Data: b, PTS: time.Second, At: time.Second}, count, nil); err != nil {
			errs = append(errs, err)
		}
	}
	if len(errs) == 0 || !strings.Contains(errs[0].Error(), "without a unit") {
		t.Errorf("errors %v, want one that says it", errs)
	}
	shown = 0
	for i := range list[:20] {
		_ = d.Decode(&list[i], count, nil)
	}
	if shown < 15 {
		t.Errorf("%d pictures of 20 behind it", shown)
	}
}

// Damage within the packets is an error or a marked picture, and the stream goes on behind it.
func TestTransportDamaged(t *testing.T) {
	list := carried(t, append(slices.Clone(twoSeconds), vc2...)...)
	random := rand.New(rand.NewPCG(3, 4))
	for i := range list[:len(list)/2] {
		b := slices.Clone(list[i].Data)
		for range 3 {
			if at := random.IntN(len(b)); at%188 != 0 {
				b[at] = byte(random.Uint32())
			}
		}
		list[i].Data = b
	}
	for _, media := range []capture.Media{capture.Video, capture.Audio} {
		pictures, sound, _ := decode(t, list, media)
		if media == capture.Video && (len(pictures) < 20 || pictures[len(pictures)-1].Damage.Corrupt) ||
			media == capture.Audio && sound.Samples < 40_000 {
			t.Errorf("%d pictures and %d samples are left of the undamaged half", len(pictures), sound.Samples)
		}
	}
}
