package bus

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// claim makes the directory, takes it for this process and proves that it can be written. The lock
// ends with the file or the process, whichever is first.
func claim(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, unwritable(dir, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o640)
	if err != nil {
		return nil, unwritable(dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer lock.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("the store of incidents in %s cannot be locked: %w", dir, err)
		}
		holder, _ := io.ReadAll(io.LimitReader(lock, 32))
		return nil, fmt.Errorf("the store of incidents in %s is in use by process %s: stop it, or give this one another state directory",
			dir, strings.TrimSpace(string(holder)))
	}
	if err := probe(dir); err != nil {
		lock.Close()
		return nil, err
	}
	err = lock.Truncate(0)
	if err == nil {
		_, err = lock.WriteAt([]byte(fmt.Sprintln(os.Getpid())), 0) // told to whom comes second
	}
	if err != nil {
		lock.Close()
		return nil, unwritable(dir, err)
	}
	return lock, nil
}

// probe writes as much as the server needs to start, so that a full or read-only disk is told in
// our words before it stops half way.
func probe(dir string) error {
	file, err := os.CreateTemp(dir, "probe-*")
	if err != nil {
		return unwritable(dir, err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	if _, err := file.Write(make([]byte, 256<<10)); err != nil {
		return unwritable(dir, err)
	}
	if err := file.Sync(); err != nil {
		return unwritable(dir, err)
	}
	return nil
}

// unwritable says in one line why a directory cannot hold the store, and what to do.
func unwritable(dir string, err error) error {
	todo := "give it a directory that it can write"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		todo = "the disk is full: make room"
	case errors.Is(err, os.ErrPermission):
		todo = "let the user of this process write there"
	case errors.Is(err, syscall.EROFS):
		todo = "it is mounted read-only: mount it writable"
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, os.ErrExist):
		todo = "a file is in the way: move it"
	}
	return fmt.Errorf("the store of incidents in %s cannot be written: %w: %s", dir, err, todo)
}

// linked tells whether a file still has a name: one that was removed keeps nothing.
func linked(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Nlink > 0
}
