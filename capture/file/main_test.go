package file

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vedette-av/vedette/capture"
)

// TestMain fails when a test has left a C object behind.
func TestMain(m *testing.M) {
	code := m.Run()
	if n := Live(); n != 0 {
		fmt.Fprintf(os.Stderr, "%d C objects are not freed\n", n)
		code = 1
	}
	os.Exit(code)
}

// generate makes a clip with ffmpeg in a temporary folder; args end before the output's name.
func generate(t testing.TB, name, args string) string {
	t.Helper()
	program, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed")
	}
	path := filepath.Join(t.TempDir(), name)
	list := append([]string{"-nostdin", "-v", "error", "-y"}, strings.Fields(args)...)
	var stderr bytes.Buffer
	cmd := exec.Command(program, append(list, path)...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatalf("ffmpeg %s: %v\n%s", args, err, stderr.Bytes())
	}
	return path
}

const (
	picture = "-f lavfi -i testsrc2=r=25:s=64x48 "
	tone    = "-f lavfi -i sine=sample_rate=48000 "
)

// start opens a file of the file system.
func start(t testing.TB, path string) *File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	in, err := Open(f, filepath.Base(path))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(in.Close)
	return in
}

// all runs a source to the end of the file.
func all(t testing.TB, in *File) (list []capture.Packet, note string) {
	t.Helper()
	s := in.Source(Options{})
	if err := s.Run(context.Background(), func(p capture.Packet) { list = append(list, p) }); err != nil {
		t.Fatal(err)
	}
	return list, s.Note()
}

// write makes a file of bytes.
func write(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
