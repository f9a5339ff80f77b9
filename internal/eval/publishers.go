package eval

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// aired is a step of a detector of the link: a stream is played to a feed over UDP.
type aired struct {
	airing
	frame     string                     // filters of the picture
	keys      string                     // when key pictures come, every 2 s where empty
	video     Codec                      // H.264 at 300 kb/s where it is the zero one
	then      func(Corpus, Source) Media // another file that takes over
	seconds   float64                    // 30 where it is 0
	set, also []string                   //
	tolerance time.Duration              // 1 s where it is 0
	salt      int                        // turns the choice of the sources
	meddle    func(*stage) error         // does something to the feed itself, at meddleAt
	play      func(a aired, file string) (source func(context.Context) (string, func(), error), play func(context.Context, *stage) error)
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
	if a.play != nil {
		open, play := a.play(a, files[0])
		source, done, err := open(ctx)
		if err != nil {
			return nil, err
		}
		defer done()
		return b.watch(ctx, c, source, lasts, play)
	}
	address, err := freeUDP()
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

// publisherLeaves publishes by RTMP with ffmpeg, which leaves and comes back.
func publisherLeaves(leaves, back float64) func(aired, string) (func(context.Context) (string, func(), error), func(context.Context, *stage) error) {
	return func(a aired, file string) (func(context.Context) (string, func(), error), func(context.Context, *stage) error) {
		url := ""
		open := func(context.Context) (string, func(), error) {
			address, err := freeTCP()
			url = "rtmp://" + address + "/live/a"
			return url, func() {}, err
		}
		publish := func(ctx context.Context, until time.Duration, s *stage) error {
			publishing, cancel := context.WithCancel(ctx)
			defer cancel()
			cmd, err := encoder(publishing, "-i", file, "-c", "copy", "-bsf:a", "aac_adtstoasc", "-f", "flv", url)
			if err != nil {
				return err
			}
			err = s.rest(ctx, until)
			cancel()
			_ = cmd.Wait() // it was told to end
			return err
		}
		return open, func(ctx context.Context, s *stage) error {
			if err := s.rest(ctx, 300*time.Millisecond); err != nil {
				return err
			}
			if err := publish(ctx, Seconds(leaves), s); err != nil {
				return err
			}
			gone := s.now()
			if err := s.rest(ctx, Seconds(back)); err != nil {
				return err
			}
			if back-leaves > 3 {
				s.bad(gone, s.now())
			}
			return publish(ctx, time.Hour, s)
		}
	}
}

// overSRT publishes by SRT with ffmpeg over a network that loses a share of the datagrams for a while.
func overSRT(share, from, until float64) func(aired, string) (func(context.Context) (string, func(), error), func(context.Context, *stage) error) {
	return func(a aired, file string) (func(context.Context) (string, func(), error), func(context.Context, *stage) error) {
		var wire *Wire
		open := func(context.Context) (string, func(), error) {
			address, err := freeUDP()
			if err != nil {
				return "", nil, err
			}
			wire, err = NewWire(address, 3)
			if err != nil {
				return "", nil, err
			}
			return "srt://" + address, func() { _ = wire.Close() }, nil
		}
		return open, func(ctx context.Context, s *stage) error {
			if err := s.rest(ctx, 300*time.Millisecond); err != nil {
				return err
			}
			cmd, err := encoder(ctx, "-i", file, "-c", "copy", "-f", "mpegts", "srt://"+wire.Address()+"?mode=caller&latency=300000")
			if err != nil {
				return err
			}
			defer func() { _ = cmd.Wait() }()
			if err := s.rest(ctx, Seconds(from)); err != nil {
				return err
			}
			began := s.now()
			wire.Lose(share)
			if err := s.rest(ctx, Seconds(until)); err != nil {
				return err
			}
			wire.Lose(0)
			s.bad(began, s.now())
			<-ctx.Done()
			return nil
		}
	}
}

// packagerStops serves HLS that ffmpeg packages, who is stopped for a while.
func packagerStops(from, until float64) func(aired, string) (func(context.Context) (string, func(), error), func(context.Context, *stage) error) {
	return func(a aired, file string) (func(context.Context) (string, func(), error), func(context.Context, *stage) error) {
		var packager *exec.Cmd
		open := func(ctx context.Context) (string, func(), error) {
			dir, err := os.MkdirTemp("", "vedette-eval-hls-")
			if err != nil {
				return "", nil, err
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return "", nil, err
			}
			server := &http.Server{Handler: http.FileServer(http.Dir(dir)), ReadHeaderTimeout: time.Second}
			go func() { _ = server.Serve(listener) }()
			packaging, cancel := context.WithCancel(ctx)
			packager, err = encoder(packaging, "-i", file, "-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_list_size", "5",
				"-hls_flags", "delete_segments", filepath.Join(dir, "index.m3u8"))
			done := func() {
				cancel()
				if packager != nil {
					_ = packager.Wait()
				}
				_ = server.Close()
				_ = os.RemoveAll(dir)
			}
			for tries := 0; err == nil; tries++ {
				if _, missing := os.Stat(filepath.Join(dir, "index.m3u8")); missing == nil {
					break
				}
				if tries > 100 {
					err = errors.New("ffmpeg writes no playlist")
				}
				time.Sleep(100 * time.Millisecond)
			}
			if err != nil {
				done()
				return "", nil, err
			}
			return "http://" + listener.Addr().String() + "/index.m3u8", done, nil
		}
		return open, func(ctx context.Context, s *stage) error {
			if err := s.rest(ctx, Seconds(from)); err != nil {
				return err
			}
			stopped := s.now()
			if err := packager.Process.Signal(syscall.SIGSTOP); err != nil {
				return err
			}
			err := s.rest(ctx, Seconds(until))
			if err := packager.Process.Signal(syscall.SIGCONT); err != nil {
				return err
			}
			// It is late from one segment and a half after the last on, and there again with the next one.
			s.bad(stopped+3500*time.Millisecond, s.now()+time.Second)
			if err == nil {
				<-ctx.Done()
			}
			return nil
		}
	}
}
