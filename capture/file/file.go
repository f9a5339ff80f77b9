// Package file reads any file or pipe that FFmpeg's libavformat knows, from an open descriptor and
// from nothing else: it opens no other file and no URL, so that it can work in a sandbox.
// It picks the programme to watch and is a [capture.Source], as fast as the file goes or in real time.
package file

/*
#cgo pkg-config: libavformat libavcodec libavutil
#cgo CFLAGS: -std=gnu11 -O2 -Wall -Wextra
#include <stdlib.h>
#include "input.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// File is an open input. Its methods may be called from any goroutine; one at a time reads.
type File struct {
	f    *os.File
	name string
	size int64 // -1 where it cannot seek

	reading sync.Mutex // held by whoever calls into in, but for stopping
	used    bool       // packets have been read from in

	mu        sync.Mutex // guards the rest; in against being freed while it is stopped
	in        *C.vef_input
	closed    bool
	container Container
	tracks    []Track
}

// Container is what a file says of itself.
type Container struct {
	Format   string        // FFmpeg's short name, such as "mpegts" or "mov,mp4,m4a,3gp,3g2,mj2"
	Title    string        // the same in words
	Duration time.Duration // 0 where unknown

	breaks, raw, transport bool
}

// ErrClosed is returned when the file is closed while it is being read, or was before.
var ErrClosed = errors.New("the file is closed")

// Open reads as much of f as it takes to know the tracks. name is only for messages and for guessing
// the format of raw streams by its extension. f stays the caller's, who closes it after the File.
// A regular file is read from its beginning, whatever its position.
func Open(f *os.File, name string) (*File, error) {
	return OpenContext(context.Background(), f, name)
}

// OpenContext is Open for an input that may be slow to say anything, such as a pipe: it gives up
// when ctx ends.
func OpenContext(ctx context.Context, f *os.File, name string) (*File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", name, err)
	}
	file := &File{f: f, name: name, size: -1}
	switch {
	case info.IsDir():
		return nil, fmt.Errorf("%q: is a directory; name a file in it", name)
	case info.Mode().IsRegular() && info.Size() == 0:
		return nil, fmt.Errorf("%q: is empty", name)
	case info.Mode().IsRegular():
		file.size = info.Size()
	}
	if err := file.open(ctx); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// open makes the input anew, at the beginning of the file.
func (f *File) open(ctx context.Context) error {
	conn, err := f.f.SyscallConn()
	if err != nil {
		return fmt.Errorf("open %q: %w", f.name, err)
	}
	var fd C.int
	if err := conn.Control(func(n uintptr) { fd = C.int(n) }); err != nil {
		return fmt.Errorf("open %q: %w", f.name, err)
	}
	in := C.vef_new(fd, C.int64_t(f.size))
	if in == nil {
		return fmt.Errorf("open %q: out of memory", f.name)
	}
	f.mu.Lock()
	f.in = in
	if f.closed {
		C.vef_stop(in)
	}
	f.mu.Unlock()
	defer context.AfterFunc(ctx, f.stop)()
	name := C.CString(filepath.Base(f.name))
	defer C.free(unsafe.Pointer(name))
	var why C.vef_trouble
	if C.vef_open(in, name, &why) != C.VEF_OK {
		if ctx.Err() != nil {
			return fmt.Errorf("open %q: %w", f.name, ctx.Err())
		}
		return f.explain(&why)
	}
	f.used = false
	return f.describe()
}

// stop interrupts whoever reads.
func (f *File) stop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.in != nil {
		C.vef_stop(f.in)
	}
}

// Close interrupts a Source that runs, waits for it, and frees the input.
func (f *File) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	f.stop()
	f.reading.Lock()
	defer f.reading.Unlock()
	f.free()
}

func (f *File) free() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.in != nil {
		C.vef_close(f.in)
		f.in = nil
	}
}

// Container tells what kind of file it is, as FFmpeg sees it.
func (f *File) Container() Container {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.container
}

// Tracks lists every track of the file; those that a Source hands over have Chosen set.
func (f *File) Tracks() []Track {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.tracks)
}

// explain makes one line of what went wrong, with what to do about it where that is known.
func (f *File) explain(why *C.vef_trouble) error {
	format, text := C.GoString(&why.format[0]), C.GoString(&why.text[0])
	switch why.kind {
	case C.VEF_STOPPED:
		return fmt.Errorf("%q: %w", f.name, ErrClosed)
	case C.VEF_NO_MEMORY:
		return fmt.Errorf("%q: out of memory", f.name)
	case C.VEF_READ:
		return fmt.Errorf("%q: read: %w", f.name, syscall.Errno(why.code))
	case C.VEF_UNKNOWN:
		return fmt.Errorf("%q: not a media file that FFmpeg knows", f.name)
	case C.VEF_REFERS:
		return fmt.Errorf("%q: a playlist or description (%s) that names other files or streams; name the media itself", f.name, format)
	case C.VEF_STILL:
		return fmt.Errorf("%q: a still picture (%s), not video or sound", f.name, format)
	}
	if format == "mov,mp4,m4a,3gp,3g2,mj2" {
		return fmt.Errorf("%q: looks like MP4 or MOV, but its index (moov) is missing or damaged; the recording was cut short or is still being written", f.name)
	}
	return fmt.Errorf("%q: looks like %s, but is damaged: %s", f.name, format, text)
}
