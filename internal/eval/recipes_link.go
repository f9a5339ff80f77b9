package eval

import "time"

// The times of most steps: what is wrong lasts from faultFrom to faultUntil of 30 s.
const (
	faultFrom  = 12
	faultUntil = 18
)

var fault = []Defect{Span(faultFrom, faultUntil)}

// lossy are the kinds that speak of what lost packets do as well.
var lossy = []string{
	"continuity", "packet-loss", "decode-errors", "corruption", "pts-interval", "pid-missing", "pcr-interval", "pcr-discontinuity",
	"discontinuity", "crc", "dropout", "click", "freeze", "frame-rate", "no-signal", "stall", "silence", "pat", "pmt", "stutter",
}

// linkRecipes are streams that are played to a running feed, in real time.
var linkRecipes = []Recipe{
	// The long ones begin first.
	clocked(1000, 1).recipe("clock-drift", "1000 ppm fast"),
	clocked(-500, 2).recipe("clock-drift", "500 ppm slow"),
	clocked(100, 3).recipe("clock-drift", "near miss: 100 ppm"),
	skewed(0.05, 1).recipe("av-skew", "50 ms a second"),
	skewed(0, 2).recipe("av-skew", "near miss: steady"),

	aired{frame: "select='lt(t,27)+not(mod(n,2))'", seconds: 45, airing: airing{truth: []Defect{Span(27, 45)}}, set: keep("frame-rate"), also: lossy}.recipe("frame-rate", "every other picture"),
	aired{frame: "select='lt(t,27)+mod(n,3)'", seconds: 45, airing: airing{truth: []Defect{Span(27, 45)}}, set: keep("frame-rate"), also: lossy, salt: 1}.recipe("frame-rate", "every third one missing"),
	aired{frame: "select='mod(n,7)'", seconds: 45, set: keep("frame-rate"), also: lossy, salt: 2}.recipe("frame-rate", "near miss: unsteady"),

	aired{airing: airing{pace: slow(0), truth: fault}, set: keep("no-signal"), also: lossy}.recipe("no-signal", "nothing comes"),
	aired{airing: airing{mux: between(faultFrom, faultUntil, videoIs, drop), truth: fault}, set: keep("no-signal"), also: lossy}.recipe("no-signal", "video stops"),
	aired{airing: airing{mux: between(faultFrom, faultUntil, audioPID, drop), truth: fault}, set: keep("no-signal"), also: lossy}.recipe("no-signal", "audio stops"),
	aired{publish: leave(12, 20), set: keep("no-signal"), also: lossy, salt: 1}.recipe("no-signal", "RTMP publisher leaves"),
	aired{publish: leave(12, 12.3), set: keep("no-signal"), also: lossy, salt: 2}.recipe("no-signal", "near miss: RTMP publisher reconnects"),

	aired{airing: airing{pace: slow(0.5), truth: fault}, set: keep("stall"), also: lossy}.recipe("stall", "half of real time"),
	aired{airing: airing{pace: bursts, truth: fault}, set: keep("stall"), also: lossy, salt: 1}.recipe("stall", "in bursts"),
	aired{airing: airing{pace: slow(0.9)}, set: keep("stall"), also: lossy, salt: 2}.recipe("stall", "near miss: 90 % of real time"),

	aired{airing: airing{rtp: true, lose: lost(0.02), truth: fault}, set: keep("packet-loss"), also: lossy}.recipe("packet-loss", "RTP, 2 %"),
	aired{airing: airing{rtp: true, lose: lost(0.05), truth: fault}, set: keep("packet-loss"), also: lossy, salt: 1}.recipe("packet-loss", "RTP, 5 %"),
	aired{airing: airing{lose: lost(0.02), truth: fault}, set: keep("packet-loss"), also: lossy, salt: 2}.recipe("packet-loss", "UDP, 2 %"),
	aired{publish: loseOverSRT(0.02, 12, 20), set: keep("packet-loss"), also: lossy, salt: 1}.recipe("packet-loss", "SRT, 2 %, repaired"),

	aired{airing: airing{mux: between(faultFrom, 90, -1, jump(20*time.Second)), truth: []Defect{Span(12, 12.2)}}, set: keep("discontinuity"), also: lossy}.recipe("discontinuity", "20 s ahead"),
	aired{airing: airing{mux: between(faultFrom, 90, -1, jump(-5*time.Second)), truth: []Defect{Span(12, 12.2)}}, set: keep("discontinuity"), also: lossy, salt: 1}.recipe("discontinuity", "5 s back"),
	aired{airing: airing{mux: between(0, 90, -1, jump(95435*time.Second))}, set: keep("discontinuity"), salt: 2}.recipe("discontinuity", "near miss: 33 bits wrap"),

	aired{airing: airing{line: between(faultFrom, faultUntil, videoIs, inRow(25, 1, spoil)), truth: fault}, set: keep("decode-errors"), also: lossy}.recipe("decode-errors", "bits of one packet in 25"),

	aired{
		video: airCodec.With("-g", "9999", "-sc_threshold", "0"), keys: "0,2,4,6,8,10,12,20,22,24,26,28", airing: airing{truth: []Defect{Span(15, 20)}},
		set: append(keep("key-frame-interval"), "detectors.key-frame-interval.limit=3s"),
	}.recipe("key-frame-interval", "5 s too long"),

	aired{then: airedAs("", H264("40k"), ""), airing: airing{from: 14 * time.Second, truth: []Defect{Span(14, 40)}}, seconds: 40, set: append(keep("bitrate"), "detectors.bitrate.min=150kbit/s"), also: append([]string{"blockiness", "blur"}, lossy...)}.recipe("bitrate", "a quarter of it"),

	aired{then: airedAs("scale=480:270", Codec{}, ""), airing: airing{from: 14 * time.Second, truth: []Defect{Span(14, 14.5)}}, set: keep("format-change"), also: lossy}.recipe("format-change", "another size"),
	aired{then: airedAs("", Codec{}, ",aformat=channel_layouts=mono"), airing: airing{from: 14 * time.Second, truth: []Defect{Span(14, 14.5)}}, set: keep("format-change"), also: append([]string{"loudness", "channel-missing", "dual-mono"}, lossy...), salt: 1}.recipe("format-change", "stereo to mono"),

	aired{publish: stopPackager(14, 26), seconds: 40, set: keep("playlist-stale"), also: lossy, tolerance: 2 * time.Second}.recipe("playlist-stale", "packager stops"),

	aired{meddle: killWorker, set: keep("decoder-lost"), also: append([]string{"analysis-degraded"}, lossy...)}.recipe("decoder-lost", "killed"),
	aired{video: Lossless, meddle: holdWorker(1200 * time.Millisecond), set: append(keep("analysis-degraded"), "detectors.analysis-degraded.behind=500ms"), also: lossy}.recipe("analysis-degraded", "1 s behind"),

	aired{airing: airing{line: between(faultFrom, faultUntil, -1, inRow(40, 2, unsync)), truth: fault}, set: keep("ts-sync"), also: lossy}.recipe("ts-sync", "sync bytes destroyed"),
	aired{airing: airing{mux: between(faultFrom, faultUntil, patPID, drop), truth: fault}, set: keep("pat"), also: lossy}.recipe("pat", "no PAT"),
	aired{airing: airing{mux: between(faultFrom, faultUntil, pmtPID, drop), truth: fault}, set: keep("pmt"), also: lossy}.recipe("pmt", "no PMT"),
	aired{airing: airing{line: between(faultFrom, faultUntil, videoIs, inRow(60, 1, drop)), truth: fault}, set: keep("continuity"), also: lossy}.recipe("continuity", "one packet in 60"),
	aired{airing: airing{mux: between(faultFrom, 12.9, audioPID, drop), truth: []Defect{Span(12, 12.9)}}, set: keep("pid-missing"), also: lossy}.recipe("pid-missing", "no sound for 0.9 s"),
	aired{airing: airing{line: between(faultFrom, faultUntil, videoIs, inRow(60, 1, fail)), truth: fault}, set: keep("transport-error"), also: lossy}.recipe("transport-error", "one packet in 60"),
	aired{airing: airing{line: between(faultFrom, faultUntil, patPID, misprint), truth: fault}, set: keep("crc"), also: lossy}.recipe("crc", "of the PAT"),
	aired{airing: airing{mux: between(faultFrom, faultUntil, -1, unclock), truth: fault}, set: keep("pcr-interval"), also: lossy}.recipe("pcr-interval", "no PCR"),
	aired{airing: airing{mux: between(faultFrom, 12.5, -1, ahead(400*time.Millisecond)), truth: []Defect{Span(12, 12.5)}}, set: keep("pcr-discontinuity"), also: lossy}.recipe("pcr-discontinuity", "400 ms ahead"),
	aired{airing: airing{mux: between(faultFrom, faultUntil, audioPID, unstamp), truth: fault}, set: keep("pts-interval"), also: lossy}.recipe("pts-interval", "no PTS of the sound"),

	aired{publish: leave(29, 60), set: keep("no-signal"), salt: 3}.recipe("no-signal", "near miss: RTMP, nothing wrong"),
	aired{airing: airing{rtp: true}, set: keep("packet-loss"), salt: 3}.recipe("packet-loss", "near miss: RTP, nothing wrong"),
}

// keep shortens how long an incident is kept, for clips are short.
func keep(kind string) []string { return []string{"detectors." + kind + ".keep=2s"} }

// clocked is a sender whose clock is off.
func clocked(ppm float64, salt int) aired {
	a := aired{seconds: 170, salt: salt, tolerance: 20 * time.Second, set: []string{"detectors.clock-drift.for=1s"}, also: lossy}
	a.mux = drift(ppm)
	if ppm > 300 || ppm < -300 {
		a.truth = []Defect{Span(0, 170)}
	}
	return a
}

// skewed is a sender that stamps its sound later and later.
func skewed(share float64, salt int) aired {
	a := aired{seconds: 130, salt: salt, tolerance: 20 * time.Second, set: []string{"detectors.av-skew.for=1s"}, also: append([]string{"clock-drift"}, lossy...)}
	if share > 0 {
		a.mux = skew(75, share)
		// It is 700 ms late, which is allowed in a multiplex, after 14 s.
		a.truth = []Defect{{From: Seconds(75), Until: Seconds(89), Maybe: true}, Span(89, 130)}
	}
	return a
}

// slow comes at a share of real time while the fault lasts, and drops nothing.
func slow(share float64) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		if t < Seconds(faultFrom) || t >= Seconds(faultUntil) {
			return 1
		}
		return share
	}
}

// bursts are 300 ms out of every 900 ms.
func bursts(t time.Duration) float64 {
	if t >= Seconds(faultFrom) && t < Seconds(faultUntil) && t%(900*time.Millisecond) > 300*time.Millisecond {
		return 0
	}
	return 1
}

// lost is a share of the datagrams while the fault lasts.
func lost(share float64) func(time.Duration) float64 {
	return func(t time.Duration) float64 {
		if t < Seconds(faultFrom) || t >= Seconds(faultUntil) {
			return 0
		}
		return share
	}
}

// airedAs is the same stretch, made otherwise.
func airedAs(frame string, video Codec, sound string) func(Corpus, Source) Media {
	return func(c Corpus, s Source) Media { return c.airMedia(s, 40, frame, video, sound, "") }
}
