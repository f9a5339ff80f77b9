package sync

import (
	"fmt"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// AVSkew tells that the timestamps of sound and picture drift apart.
var AVSkew = detectors.Kind{
	Name: "av-skew",
	Doc: "The timestamps of sound and picture drift apart: what arrives together is stamped to be played more than `lead` " +
		"(sound early) or `lag` (sound late) further apart than in the first minute of the feed. That is lost lip-sync, " +
		"made by an encoder whose two clocks run differently or which lost samples. What is off from the beginning " +
		"cannot be seen by this. Taken are the packets delayed least in every ten seconds, and limits are widened by how " +
		"much these varied in the first minute, and by half a second in a transport stream, whose pictures wait for their turn. Source: the limits " +
		"of acceptability of ITU-R BT.1359-1, 90 ms and 185 ms; use 40 ms and 60 ms (EBU R 37, distribution) where " +
		"every picture is sent at once. Unknown for HLS, which comes in segments.",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 15 * time.Second, Keep: 20 * time.Second},
	Settings: []detectors.Setting{
		{Name: "lead", Default: "90ms", Range: "10ms to 10s", Doc: "How much earlier than the picture the sound may become."},
		{Name: "lag", Default: "185ms", Range: "10ms to 10s", Doc: "How much later than the picture the sound may become."},
	},
	New: newAVSkew,
}

type avSkewSettings struct {
	Lead time.Duration `mapstructure:"lead"`
	Lag  time.Duration `mapstructure:"lag"`
}

const (
	// blockLength is over which the least delayed packet is looked for.
	blockLength = 10 * time.Second
	// baseBlocks make the relation that later ones are compared with; the first block of a session is
	// not one of them, for senders begin with a burst.
	baseBlocks = 6
	// leastPackets of a track must have come in a block for it to tell.
	leastPackets = 5
	// smallSpread is what the relation varies by at least.
	smallSpread = 10 * time.Millisecond
	// multiplexed is how much longer a picture may wait in a multiplex at one time than at another, for
	// its buffer to drain at a full rate (ISO/IEC 13818-1, 2.4.2.6, lets it wait for a second).
	multiplexed = 500 * time.Millisecond
)

type avSkew struct {
	settings     avSkewSettings
	video, audio block
	began        time.Duration // of the block
	started      bool
	skipped      bool
	base         []time.Duration // the first relations of the session
	verdict      detectors.Verdict
}

// block is the least delayed packet of one track.
type block struct {
	session int
	packets int
	ahead   time.Duration
}

func newAVSkew(decode func(any) error) (detectors.Detector, error) {
	d := &avSkew{settings: avSkewSettings{Lead: 90 * time.Millisecond, Lag: 185 * time.Millisecond}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	if err := detectors.InRange("lead", d.settings.Lead, 10*time.Millisecond, 10*time.Second); err != nil {
		return nil, err
	}
	return d, detectors.InRange("lag", d.settings.Lag, 10*time.Millisecond, 10*time.Second)
}

func (d *avSkew) Judge(s detectors.Sample) detectors.Verdict {
	l := s.Link
	if l == nil {
		return detectors.Verdict{}
	}
	fresh := d.video.take(l.VideoTime)
	fresh = d.audio.take(l.AudioTime) || fresh
	if !l.Up || fresh || !d.started || l.Playlist != detectors.NoPlaylist {
		d.restart(s.At)
		return detectors.Verdict{}
	}
	if s.At-d.began < blockLength {
		v := d.verdict
		d.verdict.Lasted = 0
		return v
	}
	told := d.video.packets >= leastPackets && d.audio.packets >= leastPackets
	// Sound of a moment that is stamped later than its picture is played later: it lags.
	relation := d.video.ahead - d.audio.ahead
	d.began, d.video.packets, d.audio.packets = s.At, 0, 0
	switch {
	case !told:
		d.verdict = detectors.Verdict{}
	case !d.skipped:
		d.skipped = true
	case len(d.base) < baseBlocks:
		d.base = append(d.base, relation)
	default:
		d.verdict = d.compare(relation, l.Transport != nil)
	}
	return d.verdict
}

// take adds what came and tells whether it is of another session.
func (b *block) take(m detectors.MediaTime) (fresh bool) {
	if m.Session != b.session {
		*b = block{session: m.Session}
		fresh = true
	}
	if m.Stamped == 0 {
		return fresh
	}
	if b.packets == 0 {
		b.ahead = m.Ahead
	}
	b.ahead = max(b.ahead, m.Ahead)
	b.packets += m.Stamped
	return fresh
}

func (d *avSkew) restart(at time.Duration) {
	d.started, d.began, d.skipped, d.base = true, at, false, d.base[:0]
	d.video.packets, d.audio.packets = 0, 0
	d.verdict = detectors.Verdict{}
}

// compare judges a relation by those of the first minute.
func (d *avSkew) compare(relation time.Duration, multiplex bool) detectors.Verdict {
	low, high, sum := d.base[0], d.base[0], time.Duration(0)
	for _, r := range d.base {
		low, high, sum = min(low, r), max(high, r), sum+r
	}
	shift := relation - sum/time.Duration(len(d.base))
	limit, what := d.settings.Lead, "early"
	if shift < 0 {
		limit, what = d.settings.Lag, "late"
	}
	limit += 2 * max(high-low, smallSpread)
	if multiplex {
		limit += multiplexed
	}
	score := float64(shift.Abs()) / float64(shift.Abs()+limit)
	if shift.Abs() <= limit {
		return detectors.Verdict{State: detectors.Clear, Score: score, Lasted: blockLength}
	}
	return detectors.Verdict{
		State: detectors.Present, Score: score, Lasted: blockLength,
		Detail: fmt.Sprintf("the sound is stamped %v too %s against the picture", shift.Abs().Round(10*time.Millisecond), what),
	}
}
