package ffmpeg

/*
#include <stdlib.h>
#include "decoder.h"
*/
import "C"

import (
	"fmt"
	"unsafe"

	"github.com/vedette-av/vedette/capture"
)

// Needed lists the codings that the ways in may hand over. One that FFmpeg lacks is worth telling
// an operator.
var Needed = []capture.Codec{
	capture.H264, capture.HEVC, capture.AV1, capture.VP8, capture.VP9, capture.MPEG2,
	capture.AAC, capture.Opus, capture.MP3, capture.MP2, capture.AC3, capture.EAC3, capture.FLAC,
	capture.PCMA, capture.PCMU, capture.LPCM,
}

// Has tells whether this FFmpeg decodes a coding in software.
func Has(codec capture.Codec) bool { return DecoderName(codec) != "" }

// DecoderName is libavcodec's name of the software decoder that serves a coding, such as "libdav1d"
// for "av1"; empty where there is none.
func DecoderName(codec capture.Codec) string {
	name := C.CString(string(codec))
	defer C.free(unsafe.Pointer(name))
	found := C.ved_find(name)
	if found == nil {
		return ""
	}
	return C.GoString(found)
}

// Library is one of FFmpeg's libraries in this process.
type Library struct {
	Name  string
	Built string // version of the headers that this program was compiled with
	Runs  string // version of the library that it runs with
}

// Release is what FFmpeg calls itself, such as "5.1.9-0+deb12u1".
func Release() string { return C.GoString(C.ved_release()) }

// Versions lists the libraries that decoding stands on.
func Versions() []Library {
	var list []Library
	for i := C.int(0); ; i++ {
		var built, runs [3]C.int
		name := C.ved_version(i, &built[0], &runs[0])
		if name == nil {
			return list
		}
		list = append(list, Library{Name: C.GoString(name), Built: dotted(built), Runs: dotted(runs)})
	}
}

func dotted(v [3]C.int) string { return fmt.Sprintf("%d.%d.%d", v[0], v[1], v[2]) }

// Live counts the C objects (decoders, packets, frames, scalers) that are not freed yet. Tests end
// at 0.
func Live() int { return int(C.ved_live()) }
