package eval

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// aired is a step of a detector of the link: a stream is played to a feed, over UDP unless somebody
// publishes it.
type aired struct {
	airing
	frame     string                     // filters of the picture
	keys      string                     // when key pictures come, every 2 s where empty
	video     Codec                      // H.264 at 300 kb/s where it is the zero one
	then      func(Corpus, Source) Media // another file that takes over
	seconds   float64                    // 30 where it is 0
	set, also []string                   // as of a Case
	tolerance time.Duration              // 1 s where it is 0
	salt      int                        // turns the choice of the sources
	meddle    func(*stage) error         // does something to the feed itself, at meddleAt
	publish   func() publisher           // sends the file instead
}

// meddleAt is when a feed is meddled with.
const meddleAt = 12 * time.Second

// airCodec is what the streams are coded with: small, for many are decoded side by side.
var airCodec = H264("300k")

// airMedia is a stretch of a source as a transport stream.
func (c Corpus) airMedia(s Source, seconds float64, frame string, video Codec, sound, keys string) Media {
	if video.args == nil {
		video = airCodec
	}
	if frame != "" {
		frame = "," + frame
	}
	if keys == "" {
		keys = "expr:gte(t,n_forced*2)"
	}
	var args, output []string
	for i, way := range []struct {
		made, kind, chain string
		codec             Codec
	}{
		{s.MadePicture, "v", pictureChain(s, 0, seconds) + ",scale=320:180" + frame, video},
		{s.MadeSound, "a", soundChain(s, 0, seconds) + sound, AAC("64k")},
	} {
		args = append(args, c.input(s, way.made)...)
		output = append(output, "-filter_complex", fmt.Sprintf("[%d:%s:0]%s[out%s]", i, way.kind, way.chain, way.kind), "-map", "[out"+way.kind+"]")
		output = append(output, way.codec.args...)
	}
	args = append(args, output...)
	args = append(args, "-t", number(seconds), "-force_key_frames", keys, "-vsync", "vfr", "-muxdelay", "0.2", "-muxpreload", "0.2")
	return encoded("air "+c.keyOf(s, args), ".ts", args)
}

// recipe makes the recipe of a step.
func (a aired) recipe(kind, step string) Recipe {
	if a.seconds == 0 {
		a.seconds = 30
	}
	if a.tolerance == 0 {
		a.tolerance = time.Second
	}
	return Recipe{kind, step, func(corpus Corpus) []Case {
		var cases []Case
		for _, s := range corpus.Both(1, a.salt) {
			media := []Media{corpus.airMedia(s, min(a.seconds, loopFrom), a.frame, a.video, "", a.keys)}
			if a.then != nil {
				media = append(media, a.then(corpus, s))
			}
			cases = append(cases, Case{
				Source: s, Set: a.set, Also: a.also, Tolerance: a.tolerance,
				Live: func(ctx context.Context, b *Bench, c *Case) (*Outcome, error) { return a.run(ctx, b, c, media) },
			})
		}
		return cases
	}}
}

// loopFrom is from how many seconds on a shorter stretch is played again and again.
const loopFrom = 50

// run plays the step's files to a feed.
func (a aired) run(ctx context.Context, b *Bench, c *Case, media []Media) (*Outcome, error) {
	var files []string
	for _, m := range media {
		file, err := b.Shop.File(ctx, a.long(m))
		if err != nil {
			return nil, err
		}
		files = append(files, file)
	}
	lasts := Seconds(a.seconds)
	if a.publish != nil {
		p := a.publish()
		source, err := p.open(ctx, files[0])
		if err != nil {
			return nil, err
		}
		defer p.close()
		return b.watch(ctx, c, source, lasts, p.play)
	}
	address, err := freeUDP(ctx)
	if err != nil {
		return nil, err
	}
	scheme := "udp://"
	if a.rtp {
		scheme = "rtp://"
	}
	return b.watch(ctx, c, scheme+address, lasts, func(ctx context.Context, s *stage) error {
		if err := s.rest(ctx, 300*time.Millisecond); err != nil {
			return err
		}
		sent := make(chan error, 1)
		go func() { sent <- a.send(ctx, s, address, files...) }()
		var wrong error
		if a.meddle != nil {
			if s.rest(ctx, meddleAt) == nil {
				wrong = a.meddle(s)
			}
		}
		return errors.Join(wrong, <-sent)
	})
}

// long repeats a file, coded as it is, until it lasts.
func (a aired) long(m Media) Media {
	if a.seconds <= loopFrom {
		return m
	}
	return Make(fmt.Sprintf("long %g %s", a.seconds, m.Key), ".ts", func(ctx context.Context, shop *Shop, path string) error {
		file, err := shop.File(ctx, m)
		if err != nil {
			return err
		}
		_, err = shop.FFmpeg(ctx, "-v", "error", "-stream_loop", "-1", "-i", file, "-c", "copy", "-t", number(a.seconds), "-muxdelay", "0.2", "-muxpreload", "0.2", path)
		return err
	})
}

// tell sends a signal to the feed's worker.
func (s *stage) tell(signal syscall.Signal) error {
	f := s.feed.Load()
	if f == nil || f.Worker.PID == 0 {
		return errors.New("the feed has no worker")
	}
	return syscall.Kill(f.Worker.PID, signal)
}

// killWorker is what a damaged stream might do.
func killWorker(s *stage) error {
	now := s.now()
	s.bad(now, now+500*time.Millisecond)
	return s.tell(syscall.SIGKILL)
}

// holdWorker stops the worker for so long.
func holdWorker(long time.Duration) func(*stage) error {
	return func(s *stage) error {
		now := s.now()
		s.bad(now+500*time.Millisecond, now+long)
		if err := s.tell(syscall.SIGSTOP); err != nil {
			return err
		}
		time.Sleep(long)
		return s.tell(syscall.SIGCONT)
	}
}
