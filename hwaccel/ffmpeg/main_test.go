package ffmpeg_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/vedette-av/vedette/capture/file"
	"github.com/vedette-av/vedette/hwaccel/ffmpeg"
)

// TestMain fails when a test has left a C object behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if n, k := ffmpeg.Live(), file.Live(); n != 0 || k != 0 {
		fmt.Fprintf(os.Stderr, "%d C objects of the decoder and %d of the file reader are not freed\n", n, k)
		code = 1
	}
	os.Exit(code)
}
