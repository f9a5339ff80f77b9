package eval

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// publisher sends a file to a feed by another way than UDP, and does wrong on its own.
type publisher interface {
	// open makes ready what must be there before the feed, and returns the source of the feed.
	open(ctx context.Context, file string) (source string, err error)
	play(ctx context.Context, s *stage) error
	close()
}

// leavingPublisher publishes by RTMP with ffmpeg, which leaves and comes back, in seconds.
type leavingPublisher struct {
	leaves, back float64
	file, url    string
}

// leave makes one.
func leave(leaves, back float64) func() publisher {
	return func() publisher { return &leavingPublisher{leaves: leaves, back: back} }
}

func (p *leavingPublisher) open(ctx context.Context, file string) (string, error) {
	address, err := freeTCP(ctx)
	p.file, p.url = file, "rtmp://"+address+"/live/a"
	return p.url, err
}

func (p *leavingPublisher) close() {}

func (p *leavingPublisher) play(ctx context.Context, s *stage) error {
	// There is no signal until the encoder has started, which takes as long as the machine is busy.
	s.truth = append(s.truth, Defect{Until: 5 * time.Second, Maybe: true})
	if err := s.rest(ctx, 300*time.Millisecond); err != nil {
		return err
	}
	if err := p.publish(ctx, s, Seconds(p.leaves)); err != nil {
		return err
	}
	gone := s.now()
	if err := s.rest(ctx, Seconds(p.back)); err != nil {
		return err
	}
	if s.now()-gone > 3*time.Second { // a shorter gap is none
		s.bad(gone, s.now())
	}
	return p.publish(ctx, s, time.Hour)
}

func (p *leavingPublisher) publish(ctx context.Context, s *stage, until time.Duration) error {
	publishing, cancel := context.WithCancel(ctx)
	defer cancel()
	cmd, err := encoder(publishing, "-i", p.file, "-c", "copy", "-bsf:a", "aac_adtstoasc", "-f", "flv", p.url)
	if err != nil {
		return err
	}
	err = s.rest(ctx, until)
	cancel()
	_ = cmd.Wait() // it was told to end
	return err
}

// lossyPublisher publishes by SRT with ffmpeg over a network that loses a share of the datagrams for
// a while, in seconds.
type lossyPublisher struct {
	share, from, until float64
	wire               *Wire
	file               string
}

// loseOverSRT makes one.
func loseOverSRT(share, from, until float64) func() publisher {
	return func() publisher { return &lossyPublisher{share: share, from: from, until: until} }
}

func (p *lossyPublisher) open(ctx context.Context, file string) (string, error) {
	address, err := freeUDP(ctx)
	if err != nil {
		return "", err
	}
	p.file = file
	p.wire, err = NewWire(address, 3)
	return "srt://" + address, err
}

func (p *lossyPublisher) close() { _ = p.wire.Close() }

func (p *lossyPublisher) play(ctx context.Context, s *stage) error {
	if err := s.rest(ctx, 300*time.Millisecond); err != nil {
		return err
	}
	cmd, err := encoder(ctx, "-i", p.file, "-c", "copy", "-f", "mpegts", "srt://"+p.wire.Address()+"?mode=caller&latency=300000")
	if err != nil {
		return err
	}
	defer func() { _ = cmd.Wait() }() // it ends with ctx
	if err := s.rest(ctx, Seconds(p.from)); err != nil {
		return err
	}
	began := s.now()
	p.wire.Lose(p.share)
	if err := s.rest(ctx, Seconds(p.until)); err != nil {
		return err
	}
	p.wire.Lose(0)
	s.bad(began, s.now())
	<-ctx.Done()
	return nil
}

// stoppingPackager serves HLS that ffmpeg packages, who is stopped for a while, in seconds.
type stoppingPackager struct {
	from, until float64
	packager    *exec.Cmd
	cancel      context.CancelFunc
	server      *http.Server
	folder      string
}

// stopPackager makes one.
func stopPackager(from, until float64) func() publisher {
	return func() publisher { return &stoppingPackager{from: from, until: until} }
}

func (p *stoppingPackager) open(ctx context.Context, file string) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if p.folder, err = os.MkdirTemp("", "vedette-eval-hls-"); err != nil {
		return "", errors.Join(err, listener.Close())
	}
	p.server = &http.Server{Handler: http.FileServer(http.Dir(p.folder)), ReadHeaderTimeout: time.Second}
	go func() { _ = p.server.Serve(listener) }() // until close
	ctx, p.cancel = context.WithCancel(ctx)
	playlist := filepath.Join(p.folder, "index.m3u8")
	p.packager, err = encoder(ctx, "-i", file, "-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_list_size", "5",
		"-hls_flags", "delete_segments", playlist)
	for tries := 0; err == nil; tries++ {
		if _, missing := os.Stat(playlist); missing == nil {
			return "http://" + listener.Addr().String() + "/index.m3u8", nil
		}
		if tries > 200 {
			err = errors.New("ffmpeg writes no playlist")
		}
		time.Sleep(100 * time.Millisecond)
	}
	p.close()
	return "", err
}

func (p *stoppingPackager) close() {
	p.cancel()
	if p.packager != nil {
		_ = p.packager.Wait()
	}
	_ = p.server.Close()
	_ = os.RemoveAll(p.folder)
}

func (p *stoppingPackager) play(ctx context.Context, s *stage) error {
	if err := s.rest(ctx, Seconds(p.from)); err != nil {
		return err
	}
	stopped := s.now()
	if err := p.packager.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	ended := s.rest(ctx, Seconds(p.until))
	if err := p.packager.Process.Signal(syscall.SIGCONT); err != nil {
		return err
	}
	// The playlist is late from one segment and a half after the last on, and there again with the next.
	s.bad(stopped+3500*time.Millisecond, s.now()+time.Second)
	if ended == nil {
		<-ctx.Done()
	}
	return nil
}
