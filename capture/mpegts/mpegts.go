// Package mpegts takes feeds in as MPEG-2 transport streams: [Source] from UDP and RTP, unicast and
// multicast, and [Demuxer] for whatever else carries one.
//
// The demuxer is our own, because it must stand whatever a network delivers: packets that are lost,
// doubled and out of order, tables that change while the stream goes on, several programmes, frames
// that do not care where PES packets begin. Beside it runs an analyser with the checks of ETSI TR
// 101 290, over every packet of every PID.
//
// Sources: ISO/IEC 13818-1 (systems), ETSI EN 300 468 (descriptors), ETSI TS 101 154 (codings), ETSI
// TR 101 290 (checks), RFC 2250 and RFC 3550 (RTP).
package mpegts
