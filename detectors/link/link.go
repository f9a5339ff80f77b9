// Package link holds the detectors that read the transport and our own work: is anything coming
// in, and did we look at it.
package link

import "github.com/vedette-av/vedette/detectors"

// All is the table of this folder.
var All = []detectors.Kind{
	NoSignal, Stall, PacketLoss, Discontinuity, DecodeErrors, FrameRate, KeyFrameInterval, Bitrate, FormatChange,
	PlaylistStale, DecoderLost, AnalysisDegraded,
	TSSync, PAT, PMT, Continuity, PIDMissing, TransportError, CRC, PCRInterval, PCRDiscontinuity, PTSInterval,
}
