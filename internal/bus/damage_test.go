package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// filled is a closed store with many changes.
func filled(t *testing.T, dir string, count int) {
	t.Helper()
	b := open(t, dir, Options{})
	for n := range count {
		i := incident("a", "freeze", n)
		publish(t, b, opened(i), closed(i))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
}

func blocks(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", streamName, "msgs", "*.blk"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no blocks: %v", err)
	}
	return files
}

// TestDamaged spoils what is on disk and wants one line, and all that is left when it is accepted.
func TestDamaged(t *testing.T) {
	const count = 300
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, dir string)
		want  string
		left  bool // some of it can still be read
	}{
		{"block cut off", func(t *testing.T, dir string) {
			for _, block := range blocks(t, dir) {
				info, _ := os.Stat(block)
				if err := os.Truncate(block, info.Size()/2); err != nil {
					t.Fatal(err)
				}
			}
		}, "cannot be read", true},
		{"block emptied", func(t *testing.T, dir string) {
			for _, block := range blocks(t, dir) {
				if err := os.Truncate(block, 0); err != nil {
					t.Fatal(err)
				}
			}
		}, "cannot be read", false},
		{"block gone", func(t *testing.T, dir string) {
			for _, block := range blocks(t, dir) {
				os.Remove(block)
			}
		}, "cannot be read", false},
		{"block overwritten", func(t *testing.T, dir string) {
			for _, block := range blocks(t, dir) {
				text, _ := os.ReadFile(block)
				for at := len(text) / 2; at < len(text)/2+2000; at++ {
					text[at] = 0xa5
				}
				if err := os.WriteFile(block, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}, "cannot be read", true},
		{"description gone", func(t *testing.T, dir string) {
			files, _ := filepath.Glob(filepath.Join(dir, "jetstream", "*", "streams", streamName, "meta.inf"))
			if len(files) != 1 || os.Remove(files[0]) != nil {
				t.Fatal("no description")
			}
		}, "the description of its stream cannot be read", true},
		{"all gone but the mark", func(t *testing.T, dir string) {
			if err := os.RemoveAll(filepath.Join(dir, "jetstream")); err != nil {
				t.Fatal(err)
			}
		}, "changes 1 to 600 at its end cannot be read", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			filled(t, dir, count)
			c.spoil(t, dir)
			for range 2 { // refused, and refused again
				b, err := Open(context.Background(), dir, Options{})
				var damaged *DamagedError
				if !errors.As(err, &damaged) || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
					if b != nil {
						t.Logf("opened with %d changes", b.LastSeq())
						b.Close()
					}
					t.Fatalf("got %v, want damage: %s", err, c.want)
				}
			}
			b := open(t, dir, Options{Salvage: true})
			if b.Damage() == "" {
				t.Error("nothing says what was lost")
			}
			t.Logf("%s; %d changes are left", b.Damage(), b.store.stream.CachedInfo().State.Msgs)
			got, err := b.Incidents(context.Background(), Filter{Limit: 2 * count})
			if err != nil || (len(got) > 0) != c.left {
				t.Errorf("%d incidents are left, %v", len(got), err)
			}
			i := incident("a", "black", 1000)
			publish(t, b, opened(i))
			b.Close()
			b = open(t, dir, Options{}) // what was accepted is not complained of again
			if open := b.OpenIncidents("a"); len(open) == 0 || open[len(open)-1].ID != i.ID {
				t.Errorf("open: %s", ids(open))
			}
		})
	}
}

// TestAccepted does what the error says: without the mark the store goes on with what is left.
func TestAccepted(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir, 300)
	block := blocks(t, dir)[0]
	info, _ := os.Stat(block)
	if err := os.Truncate(block, info.Size()/2); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), dir, Options{}); err == nil {
		t.Fatal("not refused")
	}
	if err := os.Remove(filepath.Join(dir, markName)); err != nil {
		t.Fatal(err)
	}
	b := open(t, dir, Options{})
	got, err := b.Incidents(context.Background(), Filter{Limit: 1000})
	if err != nil || len(got) < 100 || len(got) > 200 {
		t.Errorf("%d incidents are left, %v", len(got), err)
	}
	publish(t, b, opened(incident("a", "black", 1)))
}

// TestCutTail checks that a record that was being written when the power failed is no damage: it
// was not acknowledged.
func TestCutTail(t *testing.T) {
	dir := t.TempDir()
	filled(t, dir, 10)
	files := blocks(t, dir)
	file, err := os.OpenFile(files[len(files)-1], os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	file.Write([]byte{0x50, 0x01, 0x00, 0x00, 0x15, 0x00})
	file.Close()
	b := open(t, dir, Options{})
	got, err := b.Incidents(context.Background(), Filter{})
	if err != nil || len(got) != 10 {
		t.Errorf("%d incidents, %v", len(got), err)
	}
	publish(t, b, opened(incident("a", "black", 11)))
}
