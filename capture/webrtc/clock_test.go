package webrtc

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/vedette-av/vedette/capture"
)

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		n, rate int64
		want    time.Duration
	}{
		{90000, 90000, time.Second},
		{1, 90000, 11111},
		{1 << 32, 90000, 47721858844444},
		{1 << 45, 48000, 733007751850666666},
		{-3000, 90000, -33333333},
	} {
		if got := ticks(c.n, c.rate); got != c.want {
			t.Errorf("ticks(%d, %d) = %d, want %d", c.n, c.rate, got, c.want)
		}
	}
}

func TestStampsWrap(t *testing.T) {
	began := time.Unix(0, 0)
	s, c := senderClock{began: began}, trackClock{rate: 90000}
	stamp := uint32(1<<32 - 90000)
	first := s.stamp(&c, stamp, began)
	// Three times around, in steps of an hour: nobody waits 13 hours for a wrap.
	for i := 1; i <= 40; i++ {
		stamp += 1800 * 90000
		want := first + time.Duration(i)*1800*time.Second
		if got := s.stamp(&c, stamp, began); got != want {
			t.Fatalf("step %d: %v, want %v", i, got, want)
		}
	}
	if got, want := s.stamp(&c, stamp-9000, began), first+40*1800*time.Second-100*time.Millisecond; got != want {
		t.Errorf("a reordered picture is at %v, want %v", got, want)
	}
}

// After a pause in which timestamps may have wrapped, arrival says where the track is.
func TestLongPause(t *testing.T) {
	began := time.Unix(0, 0)
	s, c := senderClock{began: began}, trackClock{rate: 90000}
	s.stamp(&c, 5000, began)
	if got, want := s.stamp(&c, 5000+90000, began.Add(20*time.Hour)), 20*time.Hour; got != want {
		t.Errorf("at %v, want %v", got, want)
	}
}

func TestReports(t *testing.T) {
	began := time.Unix(1000, 0)
	at := began.Add
	for _, c := range []struct {
		name  string
		video []report      // of a track that begins at 0, stamp 0
		audio []report      // of one whose stamp 0 arrives 200 ms late
		want  time.Duration // of the audio's stamp 0
	}{
		{"none", nil, nil, 200 * time.Millisecond},
		{"one alone", []report{{wall: time.Hour}}, nil, 200 * time.Millisecond},
		{"both", []report{{wall: time.Hour}}, []report{{wall: time.Hour + 150*time.Millisecond}}, 150 * time.Millisecond},
		{"no wall clock", []report{{}}, []report{{}}, 200 * time.Millisecond},
		{"clocks that are not one", []report{{wall: time.Hour}}, []report{{wall: 2 * time.Hour}}, 200 * time.Millisecond},
		{"noise", []report{{wall: time.Hour}}, []report{{wall: time.Hour + 150*time.Millisecond}, {wall: time.Hour + 154*time.Millisecond}}, 152 * time.Millisecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := senderClock{began: began}
			video, audio := trackClock{rate: 90000}, trackClock{rate: 48000}
			s.stamp(&video, 0, at(0))
			s.stamp(&audio, 0, at(200*time.Millisecond))
			for _, r := range c.video {
				s.report(&video, r)
			}
			for _, r := range c.audio {
				s.report(&audio, r)
			}
			if got := s.stamp(&audio, 0, at(0)); got != c.want {
				t.Errorf("sound at %v, want %v", got, c.want)
			}
			if got := s.stamp(&video, 0, at(0)); got != 0 {
				t.Errorf("the reference has moved to %v", got)
			}
		})
	}
}

// A sender that sets its wall clock moves nothing.
func TestWallClockStep(t *testing.T) {
	began := time.Unix(1000, 0)
	s, video, audio := senderClock{began: began}, trackClock{rate: 90000}, trackClock{rate: 48000}
	s.stamp(&video, 0, began)
	s.stamp(&audio, 0, began)
	wall := time.Hour
	for i := range uint32(10) {
		if i == 5 {
			wall += 42 * time.Minute
		}
		s.report(&video, report{wall, i * 90000})
		s.report(&audio, report{wall, i * 48000})
		wall += time.Second
		if v, a := s.stamp(&video, i*90000, began), s.stamp(&audio, i*48000, began); v != a || v != time.Duration(i)*time.Second {
			t.Errorf("second %d: pictures at %v, sound at %v", i, v, a)
		}
	}
}

// A publisher whose sound is stamped and reported exactly, but sent 80 ms late and unevenly, arrives
// with its tracks at most 5 ms apart from what its own clock says.
func TestTracksKeepTheirRelation(t *testing.T) {
	s := serve(t, Options{})
	_, got := run(t, s, "studio", "", Settings{})
	p := publish(t, s, "studio", "", vp8, opus)
	random := rand.New(rand.NewPCG(1, 2))
	const (
		videoStart, audioStart = uint32(4294900000), uint32(12345)
		soundLate              = 80 * time.Millisecond
	)
	wall := uint64(3_900_000_000)<<32 + 12345
	ntp := func(d time.Duration) uint64 { return wall + uint64(d.Seconds()*(1<<32)) }
	report := func(track int, at time.Duration, stamp uint32) {
		ssrc := uint32(p.senders[track].GetParameters().Encodings[0].SSRC)
		if err := p.pc.WriteRTCP([]rtcp.Packet{&rtcp.SenderReport{SSRC: ssrc, NTPTime: ntp(at), RTPTime: stamp}}); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	for i := range 150 { // of 20 ms
		at := time.Duration(i) * 20 * time.Millisecond
		time.Sleep(time.Until(began.Add(at + time.Duration(random.IntN(8))*time.Millisecond)))
		frame := vp8Delta
		if i == 0 {
			frame = vp8Key
		}
		p.send(t, 0, uint16(i), videoStart+uint32(i*1800), true, frame)
		if late := i - int(soundLate/(20*time.Millisecond)); late >= 0 {
			p.send(t, 1, uint16(late), audioStart+uint32(late*960), false, []byte{0xfc, byte(late)})
		}
		if i%25 == 10 {
			report(0, at, videoStart+uint32(i*1800))
			report(1, at, audioStart+uint32(i*960))
		}
	}
	packets := got.wait(t, "all packets", func(p []capture.Packet) bool { return len(p) >= 150+146 })
	// Of the last second, unit by unit: what the sender stamped alike lies alike on the feed's clock.
	at := map[capture.Media]map[int]time.Duration{capture.Video: {}, capture.Audio: {}}
	numbers := map[capture.Media]int{}
	for _, p := range packets {
		at[p.Format.Media][numbers[p.Format.Media]] = p.At
		numbers[p.Format.Media]++
	}
	worst := time.Duration(0)
	for i := 96; i < 146; i++ {
		worst = max(worst, (at[capture.Video][i] - at[capture.Audio][i]).Abs())
	}
	t.Logf("worst error %v", worst)
	if worst > 5*time.Millisecond {
		t.Errorf("sound and picture are %v apart, want at most 5ms", worst)
	}
}
