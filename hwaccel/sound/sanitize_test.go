package sound

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// TestSanitizers builds the C with a driver of its own under the address and undefined-behaviour
// sanitizers and runs it; both sets of loops are compared there too.
func TestSanitizers(t *testing.T) {
	compiler := os.Getenv("CC")
	if compiler == "" {
		compiler = "cc"
	}
	sources, err := filepath.Glob("*.c")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no C sources here: %v", err)
	}
	flags := []string{"-std=c11", "-O1", "-g", "-Wno-psabi",
		"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer"}
	dir := t.TempDir()

	probe := filepath.Join(dir, "probe.c")
	if err := os.WriteFile(probe, []byte("int main(void) { return 0; }\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "probe")
	if out, err := exec.Command(compiler, append(slices.Clone(flags), "-o", program, probe)...).CombinedOutput(); err != nil {
		t.Skipf("%s has no sanitizers: %v\n%s", compiler, err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Skipf("programs with sanitizers do not run here: %v\n%s", err, out)
	}

	program = filepath.Join(dir, "drive")
	args := append(slices.Clone(flags), "-o", program, "testdata/drive.c")
	args = append(append(args, sources...), "-lebur128", "-lm")
	if out, err := exec.Command(compiler, args...).CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	if out, err := exec.Command(program).CombinedOutput(); err != nil {
		t.Fatalf("run (1: a result out of bounds, 2: the loops disagree, 4: a leak): %v\n%s", err, out)
	}
}
