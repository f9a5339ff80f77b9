package worker

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
)

// rig runs a supervisor over packets that the test hands it one by one.
type rig struct {
	*Supervisor
	packets chan capture.Packet
	samples chan detectors.Sample
	end     func()
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{packets: make(chan capture.Packet), samples: make(chan detectors.Sample, 1000)}
	r.Supervisor = &Supervisor{
		Program: fakeProgram(t),
		Next: func(ctx context.Context) (capture.Packet, bool) {
			select {
			case p := <-r.packets:
				return p, true
			case <-ctx.Done():
				return capture.Packet{}, false
			}
		},
		Deliver: func(s detectors.Sample) { r.samples <- s },
		Report:  func(Report) {},
		Log:     slog.New(slog.DiscardHandler),
	}
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { r.Run(ctx) })
	r.end = func() { cancel(); running.Wait() }
	t.Cleanup(r.end)
	return r
}

// feed hands over packets until the sample at `until` comes, and returns every sample's time.
func (r *rig) feed(t *testing.T, packets []capture.Packet, until time.Duration) []time.Duration {
	t.Helper()
	var seen []time.Duration
	deadline := time.After(20 * time.Second)
	for {
		var in chan capture.Packet
		var next capture.Packet
		if len(packets) > 0 {
			in, next = r.packets, packets[0]
		}
		select {
		case in <- next:
			packets = packets[1:]
		case s := <-r.samples:
			if seen = append(seen, s.At); s.At == until {
				return seen
			}
		case <-deadline:
			t.Fatalf("no sample at %s; seen %v, state %+v", until, seen, r.State())
		}
	}
}

func pictures(from, to int) []capture.Packet {
	var packets []capture.Packet
	for n := from; n < to; n++ {
		packets = append(packets, picturePacket(n))
	}
	return packets
}

func TestSamplesComeInOrder(t *testing.T) {
	r := newRig(t)
	seen := r.feed(t, pictures(0, 25), 24*40*time.Millisecond)
	if len(seen) != 25 {
		t.Fatalf("got %d samples, want 25: %v", len(seen), seen)
	}
	if state := r.State(); state.Decoder != detectors.DecoderRunning || state.PID == 0 {
		t.Errorf("state %+v, want a running worker", state)
	}
}

// A worker that dies, or that stops answering, costs the feed nothing but the time of the restart:
// the pictures since the last key picture are measured by the new worker, and none is told twice.
func TestLostWorkerIsReplaced(t *testing.T) {
	for _, c := range []struct{ name, order, reason string }{
		{"killed", orderCrash, "SIGSEGV"},
		{"stopped", orderStop, errSilent.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.feed(t, pictures(0, 25), 24*40*time.Millisecond)
			first := r.State().PID

			order := picturePacket(25)
			order.Format.Media, order.Track = capture.Audio, 1 // so that the pictures after it still decode
			order.Data = []byte(c.order)
			began := time.Now()
			r.packets <- order
			for r.State().Decoder != detectors.DecoderLost {
				if time.Since(began) > 10*time.Second {
					t.Fatal("the loss was not noticed")
				}
				time.Sleep(time.Millisecond) // polling a state that another process changes
			}
			if reason := r.State().Reason; !strings.Contains(reason, c.reason) {
				t.Errorf("reason %q, want it to name %s", reason, c.reason)
			}
			// The same order is replayed to the second worker and kills it too; the third is not
			// given it, and begins at the next key picture.
			seen := r.feed(t, pictures(26, 40), 39*40*time.Millisecond)
			last := 24 * 40 * time.Millisecond
			for _, at := range seen {
				if at <= last {
					t.Errorf("sample at %s after the one at %s", at, last)
				}
				last = at
			}
			if state := r.State(); state.PID == first || state.Restarts == 0 || state.Decoder != detectors.DecoderRunning {
				t.Errorf("state %+v after worker %d, want another, running", state, first)
			}
		})
	}
}

// A worker killed from outside replays what it had: no picture is missing.
func TestReplayCoversTheGap(t *testing.T) {
	r := newRig(t)
	r.feed(t, pictures(0, 25), 24*40*time.Millisecond)
	kill(t, r.State().PID)
	seen := r.feed(t, pictures(25, 30), 29*40*time.Millisecond)
	if len(seen) != 5 {
		t.Errorf("got samples at %v, want those of five pictures", seen)
	}
}

func TestFeedThatKillsItsWorkerIsParked(t *testing.T) {
	s := &Supervisor{Log: slog.New(slog.DiscardHandler)}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no pause is waited for
	for n := 1; n <= parkAfter; n++ {
		s.pause(ctx, errSilent)
		want := detectors.DecoderLost
		if n == parkAfter {
			want = detectors.DecoderParked
		}
		if got := s.State(); got.Decoder != want || got.Restarts != n {
			t.Fatalf("after loss %d: %+v, want state %d", n, got, want)
		}
	}
	if reason := s.State().Reason; !strings.Contains(reason, "parked for 1m0s after 5 worker failures") {
		t.Errorf("reason %q does not say for how long and why", reason)
	}
}

func TestReplayIsBounded(t *testing.T) {
	var r replay
	key := picturePacket(0)
	key.Data = make([]byte, replayLimit)
	r.add(picturePacket(1))
	if r.any() {
		t.Error("packets before a key picture are of no use, but were kept")
	}
	r.add(key)
	if !r.any() {
		t.Error("a key picture was not kept")
	}
	r.add(picturePacket(1))
	if r.any() {
		t.Error("more was kept than the limit allows")
	}
	r.add(picturePacket(10))
	if got := r.take(); len(got) != 1 {
		t.Errorf("took %d packets, want 1", len(got))
	}
	if got := r.take(); len(got) != 0 {
		t.Errorf("packets that a worker did not outlive were played again: %d", len(got))
	}
}
