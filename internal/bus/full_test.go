package bus

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// small is a file system of a few MB.
func small(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=12m"); err != nil {
		t.Skipf("a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

// fill leaves no room, and returns what makes room again.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "filler")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; size /= 2 {
		for err = nil; err == nil; {
			_, err = file.Write(make([]byte, size))
		}
	}
	return func() { os.Remove(path) }
}

// TestFull fills the disk under an open store: a change is refused, not lost in silence, and is
// taken when there is room again. Nothing that was stored before is touched.
func TestFull(t *testing.T) {
	dir := small(t)
	store := filepath.Join(dir, "bus")
	b := open(t, store, Options{})
	before, refused := incident("a", "freeze", 1), incident("a", "black", 2)
	publish(t, b, opened(before))
	free := fill(t, dir)
	long := refused
	long.Detail = strings.Repeat("x", 8000) // more than is left of the last page of the file
	for range 2 {
		err := b.Publish(t.Context(), opened(long))
		if err == nil || !strings.Contains(err.Error(), "the disk is full: make room") || strings.Contains(err.Error(), "\n") {
			t.Fatalf("got %v", err)
		}
	}
	if got := ids(b.OpenIncidents("")); got != "a freeze 1" {
		t.Errorf("open: %s", got)
	}
	events, err := b.Watch(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	free()
	deadline := time.Now().Add(20 * time.Second)
	for err := b.Publish(t.Context(), opened(long)); err != nil; err = b.Publish(t.Context(), opened(long)) {
		if time.Now().After(deadline) {
			t.Fatalf("there is room, and still: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	if e := next(t, events); e.Change != opened(long) {
		t.Errorf("a watcher got %.100v", e)
	}
	check := func() {
		t.Helper()
		got, err := b.Incidents(t.Context(), Filter{})
		if err != nil || ids(got) != "a black 2, a freeze 1" {
			t.Errorf("got %s, %v", ids(got), err)
		}
	}
	check()
	b.Close()
	b = open(t, store, Options{})
	check()
}

// TestFullAtStart wants one line when there is no room to begin with.
func TestFullAtStart(t *testing.T) {
	dir := small(t)
	free := fill(t, dir)
	_, err := Open(context.Background(), filepath.Join(dir, "bus"), Options{})
	if err == nil || !strings.Contains(err.Error(), "the disk is full: make room") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	free()
	open(t, filepath.Join(dir, "bus"), Options{})
}
