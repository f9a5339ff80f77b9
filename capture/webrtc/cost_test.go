package webrtc

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// publishersOf tells the helper below where to publish.
const publishersOf = "VEDETTE_TEST_PUBLISH_TO"

// TestHelperPublishers is no test: BenchmarkPublishers runs it in a process of its own, so that only
// the server's work counts.
func TestHelperPublishers(t *testing.T) {
	target := os.Getenv(publishersOf)
	if target == "" {
		t.Skip("run by BenchmarkPublishers")
	}
	var wg sync.WaitGroup
	for i := range 20 {
		p := prepare(t, nil, vp8, opus)
		p.postTo(t, target+"/feed"+strconv.Itoa(i))
		wg.Go(func() { p.stream(12 * time.Second) })
	}
	wg.Wait()
}

// stream sends 2.4 Mbit/s of pictures at 30 a second, as 720p needs, and sound.
func (p *publisher) stream(last time.Duration) {
	<-p.up
	sequence := uint16(0)
	began := time.Now()
	for i := 0; time.Since(began) < last; i++ {
		time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / 30)))
		for part := range 9 {
			payload := make([]byte, 1110)
			if part == 0 {
				copy(payload, vp8Delta)
				if i%60 == 0 {
					copy(payload, vp8Key)
				}
			}
			_ = p.write(0, sequence, uint32(i*3000), part == 8, payload)
			sequence++
		}
		for half := range 2 { // some 50 packets of sound a second
			_ = p.write(1, uint16(2*i+half), uint32((2*i+half)*800), false, make([]byte, 160))
		}
	}
}

// BenchmarkPublishers reports what 20 publishers of 720p30 cost the server, as a share of one core,
// over ten seconds.
func BenchmarkPublishers(b *testing.B) {
	for range b.N {
		s := serve(b, Options{Posts: 100})
		var pictures, sounds int
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		var mu sync.Mutex
		for i := range 20 {
			f, err := s.Source("feed"+strconv.Itoa(i), "", Settings{}, capture.NewTimeline(time.Now()))
			if err != nil {
				b.Fatal(err)
			}
			running.Go(func() {
				_ = f.Run(ctx, func(p capture.Packet) {
					mu.Lock()
					defer mu.Unlock()
					if p.Format.Media == capture.Video {
						pictures++
					} else {
						sounds++
					}
				})
			})
		}
		helper := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestHelperPublishers$")
		helper.Env = append(os.Environ(), publishersOf+"=http://"+s.Addr().String())
		if err := helper.Start(); err != nil {
			b.Fatal(err)
		}
		until(b, "all publish", func() bool { return s.Counters().Publishers == 20 })
		time.Sleep(time.Second)
		mu.Lock()
		pictures, sounds = 0, 0
		mu.Unlock()
		before, began := cpu(b), time.Now()
		time.Sleep(10 * time.Second)
		took := time.Since(began).Seconds()
		b.ReportMetric(100*(cpu(b)-before).Seconds()/took, "%core")
		mu.Lock()
		b.ReportMetric(float64(pictures)/took/20, "pictures/s/feed")
		b.ReportMetric(float64(sounds)/took/20, "sounds/s/feed")
		mu.Unlock()
		_ = helper.Wait()
		cancel()
		running.Wait()
	}
}

// cpu returns the time that this process has computed.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
