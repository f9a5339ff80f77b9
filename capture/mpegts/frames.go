package mpegts

import (
	"time"

	"github.com/vedette-av/vedette/capture"
)

// mostFrame bounds one frame of sound with what may be looked ahead; the largest (LATM) takes 8 KiB.
const mostFrame = 64 << 10

// frame is what the head of one frame of sound says.
type frame struct {
	head, size int // bytes before the data, and of the frame with them
	format     capture.Format
	length     time.Duration
	more       bool // belongs to the frame before (E-AC-3 substreams)
}

// header reads the head of a frame. need is how many bytes it takes to tell, where there are fewer;
// ok is false where no frame begins here.
type header func(b []byte) (f frame, need int, ok bool)

// frames cuts a stream of sound into frames.
type frames struct {
	head   header
	joined bool // a frame may be followed by others that belong to it
	emit   func(unit)

	buf     []byte
	marks   []mark
	next    time.Duration // where the next frame lies, by the ones before
	running bool          // next is known
	locked  bool          // the frame before was followed by another
	lost    int
	skipped bool // bytes were skipped since the last frame
}

// mark is the time that belongs to the first frame which begins at an offset or behind it.
type mark struct {
	at int
	stamp
}

// mostMarks bounds the PES packets that begin while one frame is not complete.
const mostMarks = 8

func (f *frames) begin(s stamp) {
	if len(f.marks) == mostMarks {
		f.marks = f.marks[:copy(f.marks, f.marks[1:])]
	}
	f.marks = append(f.marks, mark{len(f.buf), s})
}

func (f *frames) lose() {
	if len(f.buf) > 0 || f.locked {
		f.miss()
	}
	f.drop(len(f.buf))
	f.locked = false
}

// miss counts a frame that is lost, which is one at least.
func (f *frames) miss() {
	f.lost++
	f.skipped = true
}

func (f *frames) write(b []byte) {
	f.buf = append(f.buf, b...)
	for len(f.buf) > 0 {
		one, need, ok := f.head(f.buf)
		switch {
		case !ok:
			if !f.skipped {
				f.miss()
			}
			f.locked = false
			f.skip()
			continue
		case need > len(f.buf) && need <= mostFrame:
			return
		}
		size, wait := f.whole(one)
		if wait {
			return
		}
		if size == 0 {
			f.drop(1)
			continue
		}
		f.deliver(one, size)
	}
}

// whole returns the size of the frame with all that belongs to it, 0 where it is none after all, or
// asks to wait for more. Out of step it takes a second head to believe the first.
func (f *frames) whole(one frame) (size int, wait bool) {
	if one.size > len(f.buf) {
		return 0, true
	}
	size = one.size
	if f.locked && !f.joined {
		return size, false
	}
	for {
		if size == len(f.buf) {
			return 0, size < mostFrame
		}
		next, need, ok := f.head(f.buf[size:])
		switch {
		case !ok && !f.locked:
			return 0, false
		case ok && next.size == 0 && need > len(f.buf)-size:
			return 0, true
		case !ok || !next.more:
			return size, false
		case size+next.size > len(f.buf):
			return 0, size+next.size < mostFrame
		}
		size += next.size
	}
}

// deliver hands over the frame at the front.
func (f *frames) deliver(one frame, size int) {
	u := unit{
		stamp: unstamped, format: one.format, key: true, lost: f.lost, length: one.length,
		data: append([]byte{}, f.buf[one.head:size]...),
	}
	if f.running {
		u.pts, u.dts = f.next, f.next
	}
	for len(f.marks) > 0 && f.marks[0].at <= 0 {
		if f.marks[0].known() {
			u.stamp = f.marks[0].stamp
		}
		f.marks = f.marks[:copy(f.marks, f.marks[1:])]
	}
	if f.running = u.known(); f.running {
		f.next = u.pts + one.length
	}
	f.locked, f.lost, f.skipped = true, 0, false
	f.drop(size)
	f.emit(u)
}

// skip drops what comes before the next head.
func (f *frames) skip() {
	at := 1
	for ; at < len(f.buf); at++ {
		if _, _, ok := f.head(f.buf[at:]); ok {
			break
		}
	}
	f.drop(at)
}

// drop takes bytes off the front.
func (f *frames) drop(n int) {
	f.buf = append(f.buf[:0], f.buf[n:]...)
	for i := range f.marks {
		f.marks[i].at -= n
	}
}
