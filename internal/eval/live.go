package eval

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os/exec"
	"sync/atomic"
	"time"

	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/internal/config"
	"github.com/vedette-av/vedette/internal/feed"
	"github.com/vedette-av/vedette/internal/status"
)

// stage is a feed that is being watched, for whoever plays to it.
type stage struct {
	bench *Bench
	began time.Time // of the feed's clock
	feed  atomic.Pointer[status.Feed]
	truth []Defect // of the player, until it returns
}

// now is the feed's clock.
func (s *stage) now() time.Duration { return time.Since(s.began) }

// bad notes a defect by the feed's clock.
func (s *stage) bad(from, until time.Duration) {
	s.truth = append(s.truth, Defect{From: from, Until: until})
}

// rest waits until a moment of the feed's clock.
func (s *stage) rest(ctx context.Context, until time.Duration) error {
	select {
	case <-time.After(until - s.now()):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// watch watches a source for a time while it is played to, and returns what was said of it. The
// truth is what the player noted.
func (b *Bench) watch(ctx context.Context, c *Case, source string, lasts time.Duration, play func(context.Context, *stage) error) (*Outcome, error) {
	conf, err := config.Load("", c.settings(b.Kinds), b.Kinds)
	if err != nil {
		return nil, err
	}
	watched := conf.Feed("eval", source)
	armed, err := watched.Arm(b.Kinds)
	if err != nil {
		return nil, err
	}
	answers := &witness{points: map[string][]Point{}}
	o := &Outcome{Verdicts: answers.points, Dwell: map[string]time.Duration{}}
	for i, a := range armed {
		o.Dwell[a.Kind.Name] = a.Hold.For
		armed[i].Detector = &heard{Detector: a.Detector, kind: a.Kind.Name, witness: answers}
	}
	log := slog.New(slog.DiscardHandler)
	notes := &notes{index: map[string]int{}}
	s := &stage{bench: b, began: time.Now()}
	live := feed.Live{
		Program: b.Program, Config: watched, Armed: armed, Log: log, Sources: &feed.Sources{Log: log},
		Seen: func(f status.Feed) { s.feed.Store(&f) }, Changed: notes.note,
	}
	watching, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	played := make(chan error, 1)
	go func() { played <- play(watching, s) }()
	summary, err := live.Watch(watching)
	cancel()
	if wrong := <-played; wrong != nil && watching.Err() == nil {
		err = wrong
	}
	if err != nil {
		return nil, err
	}
	o.Duration, o.Truth, o.Incidents = summary.Duration, s.truth, notes.all(summary.Duration)
	return o, ctx.Err()
}

// notes keeps the incidents of a feed in their last states.
type notes struct {
	told  []Told
	index map[string]int
}

func (n *notes) note(c detectors.Change) {
	i, known := n.index[c.Incident.ID]
	if !known {
		i = len(n.told)
		n.index[c.Incident.ID] = i
		n.told = append(n.told, Told{Told: c.Told})
	}
	n.told[i].Incident, n.told[i].Open = c.Incident, c.Phase != detectors.Closed
}

// all returns them; those that are open last until the end.
func (n *notes) all(end time.Duration) []Told {
	for i := range n.told {
		if n.told[i].Open {
			n.told[i].Until = end
		}
	}
	return n.told
}

// freeUDP returns an address on loopback that nobody listens on.
func freeUDP(ctx context.Context) (string, error) {
	c, err := (&net.ListenConfig{}).ListenPacket(ctx, "udp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return c.LocalAddr().String(), c.Close()
}

// freeTCP is the same for TCP.
func freeTCP(ctx context.Context) (string, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// encoder is an ffmpeg that publishes, until ctx ends.
func encoder(ctx context.Context, args ...string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-hide_banner", "-nostdin", "-v", "fatal", "-re"}, args...)...)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start an encoder: %w", err)
	}
	return cmd, nil
}
