package worker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/detectors"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/plain"
)

// testVersion is what this test binary says when it is started as a worker.
const testVersion = "test"

// TestMain makes the test binary its own worker: it is one when it is started like one.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == fakeMemory {
		if err := serveFake(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		// The race detector would sleep a second in a proper exit.
		_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 0, 0, 0)
	}
	os.Exit(m.Run())
}

// fakeMemory is the memory limit that tells a worker from a test run.
const fakeMemory = "12345"

func fakeProgram(t *testing.T) Program {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return Program{Path: self, Version: testVersion, MemoryLimit: 12345}
}

func serveFake() error {
	conn, err := net.FileConn(os.NewFile(3, "daemon"))
	if err != nil {
		return err
	}
	server := Server{
		Version:  testVersion,
		Decoder:  "fake",
		Sandbox:  func() (string, error) { return "none", nil },
		Backends: fakeBackends(),
		OpenFile: openFake,
	}
	return server.Serve(conn.(*net.UnixConn))
}

func fakeBackends() Backends {
	return Backends{
		Decoder: func(format capture.Format, _ int) (hwaccel.Decoder, error) {
			if format.Codec == "nonsense" {
				return nil, errors.New("no decoder for nonsense")
			}
			return &fakeDecoder{media: format.Media}, nil
		},
		Picture: func() hwaccel.Meter { return plain.New() },
		Sound: func(rate int, _ string, _ int) (SoundMeter, error) {
			return fakeSound{rate}, nil
		},
	}
}

// fakeDecoder makes a picture of the packet's first byte, and does as it is told by some packets.
type fakeDecoder struct {
	media   capture.Media
	started bool
}

const (
	orderCrash = "crash"
	orderStop  = "stop"
	orderFail  = "fail"
)

func (d *fakeDecoder) Decode(p *capture.Packet, picture func(*hwaccel.Frame), sound func(*hwaccel.PCM)) error {
	if p == nil {
		return nil
	}
	switch string(p.Data) {
	case orderCrash:
		_ = syscall.Kill(os.Getpid(), syscall.SIGSEGV)
		select {}
	case orderStop:
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		select {} // the signal may come a little late
	case orderFail:
		return errors.New("damaged")
	}
	if d.media == capture.Audio {
		sound(&hwaccel.PCM{Rate: 48000, Layout: "mono", At: p.At, Channels: [][]float32{make([]float32, 960)}})
		return nil
	}
	if d.started = d.started || p.Key; !d.started {
		return errors.New("no key picture yet")
	}
	picture(fakeFrame(p.Data[0], p.At))
	return nil
}

// fakeFrame is a gray picture of one value.
func fakeFrame(value byte, at time.Duration) *hwaccel.Frame {
	const width, height = 32, 32
	pixels := make([]byte, width*height)
	for i := range pixels {
		pixels[i] = value
	}
	pin := &runtime.Pinner{}
	pin.Pin(&pixels[0])
	return &hwaccel.Frame{
		Format: hwaccel.PixelFormat{Chroma: hwaccel.Gray, Depth: 8},
		Width:  width, Height: height, At: at, Duration: 40 * time.Millisecond,
		Planes:  [3]hwaccel.Plane{{Data: unsafe.Pointer(&pixels[0]), Stride: width}},
		Release: pin.Unpin,
	}
}

func (d *fakeDecoder) Path() string { return "fake (software)" }
func (d *fakeDecoder) Close()       {}

type fakeSound struct{ rate int }

func (s fakeSound) Measure(pcm *hwaccel.PCM, emit func(time.Duration, *detectors.Sound)) error {
	emit(pcm.At, &detectors.Sound{Rate: s.rate, Duration: 20 * time.Millisecond, Channels: make([]detectors.Channel, len(pcm.Channels))})
	return nil
}

func (fakeSound) Close() {}

// fakeFile holds a picture in each byte, but for bytes that are orders.
type fakeFile []byte

const fileCrash = '!'

func openFake(_ context.Context, file *os.File, _ string) (File, error) {
	text, err := io.ReadAll(file)
	if err != nil || len(text) == 0 {
		return nil, errors.New("no files here")
	}
	return fakeFile(text), nil
}

func (f fakeFile) Contents() Contents {
	return Contents{Container: "fake", Tracks: []Track{{Format: picturePacket(0).Format, Chosen: true}}}
}

func (f fakeFile) Source(Play) capture.Source { return f }

func (f fakeFile) Run(ctx context.Context, emit func(capture.Packet)) error {
	for n, b := range f {
		p := picturePacket(n)
		if b == fileCrash {
			p.Data = []byte(orderCrash)
		}
		emit(p)
	}
	return ctx.Err()
}

func (f fakeFile) Close() {}

// picturePacket is the n-th picture of a feed, a key picture every ten.
func picturePacket(n int) capture.Packet {
	return capture.Packet{
		Format: capture.Format{Media: capture.Video, Codec: "fake"},
		Data:   []byte{byte(n)}, At: time.Duration(n) * 40 * time.Millisecond, Key: n%10 == 0,
	}
}
