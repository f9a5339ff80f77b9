// The command vedette-worker decodes and measures for the daemon. It is started by vedette with one
// end of a socket pair as descriptor 3, and has nothing to say to anybody else.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"

	"github.com/vedette-av/vedette/capture"
	"github.com/vedette-av/vedette/hwaccel"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
	"github.com/vedette-av/vedette/hwaccel/simd"
	"github.com/vedette-av/vedette/hwaccel/sound"
	"github.com/vedette-av/vedette/hwaccel/worker"
	"github.com/vedette-av/vedette/hwaccel/worker/sandbox"
)

// version is set by the build.
var version = "dev"

// conversationDescriptor is where the daemon puts the worker's end of the socket pair.
const conversationDescriptor = 3

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "vedette-worker: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && args[0] == "--version" {
		fmt.Println(version)
		return nil
	}
	memory, threads, err := arguments(args)
	if err != nil {
		return err
	}
	conn, err := conversation()
	if err != nil {
		return err
	}
	server := worker.Server{
		Version: version,
		Decoder: "FFmpeg " + ffmpeg.Release(),
		Threads: threads,
		Sandbox: func() (string, error) { return sandbox.Enter(memory) },
		Backends: worker.Backends{
			Decoder: openDecoder,
			Picture: func() hwaccel.Meter { return simd.New() },
			Sound: func(rate int, layout string, channels int) (worker.SoundMeter, error) {
				return sound.New(rate, layout, channels)
			},
		},
		OpenFile: openFile,
	}
	return server.Serve(conn)
}

// errAlone is what somebody gets who starts a worker by hand.
var errAlone = errors.New("this program is started by vedette, not by hand; see `vedette --help`")

// arguments returns the bytes of data that the worker may hold and the threads of each decoder.
func arguments(args []string) (memory int64, threads int, err error) {
	if len(args) != 2 {
		return 0, 0, errAlone
	}
	memory, badMemory := strconv.ParseInt(args[0], 10, 64)
	threads, badThreads := strconv.Atoi(args[1])
	if badMemory != nil || badThreads != nil || memory < 0 || threads < 1 {
		return 0, 0, errAlone
	}
	return memory, threads, nil
}

func conversation() (*net.UnixConn, error) {
	file := os.NewFile(conversationDescriptor, "daemon")
	defer file.Close()
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, errAlone
	}
	unix, ok := conn.(*net.UnixConn)
	if !ok {
		_ = conn.Close()
		return nil, errAlone
	}
	return unix, nil
}

func openDecoder(format capture.Format, threads int) (hwaccel.Decoder, error) {
	return ffmpeg.Open(format, ffmpeg.Options{Threads: threads})
}
