package ffmpeg

import "github.com/vedette-av/vedette/capture"

// patience is how many pictures are held back while a stream that was entered in the middle shows
// no point to start from: ten seconds at 25 a second, longer than the groups of pictures in use.
const patience = 250

// gate holds back what is decoded before the first picture that can be trusted: a decoder that
// joins a stream in the middle fills missing references with grey. H.264 tells its recovery points
// itself, those of streams without any IDR picture (gradual intra refresh) among them. In the other
// codings the first key picture opens. Streams that never show either are let through in the end:
// by then every part of the picture has been refreshed.
type gate struct {
	h264   bool
	open   bool
	forced bool // opened by patience: libavcodec's mark tells nothing now
	held   int
}

func newGate(codec capture.Codec) gate { return gate{h264: codec == capture.H264} }

// picture says whether the next picture may be seen, and whether libavcodec holds it for corrupt.
func (g *gate) picture(key, packetKey, corrupt bool) (show, damaged bool) {
	if !corrupt {
		g.forced = false
	}
	if g.open {
		return true, corrupt && !g.forced
	}
	switch {
	case g.h264:
		g.open = !corrupt
	default:
		g.open = key || packetKey
	}
	if g.open {
		return true, corrupt
	}
	if g.held++; g.held >= patience {
		g.open, g.forced = true, corrupt
		return true, false
	}
	return false, corrupt
}
