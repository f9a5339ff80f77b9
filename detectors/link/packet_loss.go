package link

import (
	"fmt"
	"strconv"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// PacketLoss tells that the network loses packets.
var PacketLoss = detectors.Kind{
	Name: "packet-loss",
	Doc: "The network loses packets: more than `network` of them do not come at first, or more than `lost` of them not " +
		"even after retransmission, which the viewer sees and hears. The detail says how many were repaired. Counted are " +
		"packets as the transport numbers them (RTP, SRT, and the counters of a transport stream over UDP); where it " +
		"numbers none, units of media that are known to be missing, such as those of a segment that an HLS server lacks. " +
		"What this machine itself dropped is told by analysis-degraded.",
	Severity: detectors.Major,
	Reads:    detectors.Links,
	Hold:     detectors.Hold{For: 0, Keep: 10 * time.Second},
	Settings: []detectors.Setting{
		{Name: "lost", Default: "0.5%", Range: "0% to 100%", Doc: "Share of packets that may be missing for good."},
		{Name: "network", Default: "1%", Range: "0% to 100%", Doc: "Share of packets that may be missing at first, whether they are repaired or not."},
		{Name: "window", Default: "5s", Range: "1s to 10m0s", Doc: "Over which the shares are taken."},
	},
	New: newPacketLoss,
}

type packetLossSettings struct {
	Lost    detectors.Ratio `mapstructure:"lost"`
	Network detectors.Ratio `mapstructure:"network"`
	Window  time.Duration   `mapstructure:"window"`
}

const (
	// leastLost is how many packets make a share at all, however few there are.
	leastLost = 3
	// lossOver is how long no packet must have been missing for the loss to be over, though the share
	// over the window is still high: at least so long, and so many times the usual time between two.
	lossOver      = time.Second
	lossOverTimes = 3
	// lossNow is how long a lost packet stands for loss that goes on.
	lossNow = 500 * time.Millisecond
)

type packetLoss struct {
	settings packetLossSettings
	window   window // came, missing for good, recovered
	last     time.Duration
	run      struct {
		on            bool
		network, lost float64 // the greatest shares
	}
}

func newPacketLoss(decode func(any) error) (detectors.Detector, error) {
	d := &packetLoss{settings: packetLossSettings{Lost: 0.005, Network: 0.01, Window: 5 * time.Second}}
	if err := decode(&d.settings); err != nil {
		return nil, err
	}
	d.window.length = d.settings.Window
	if err := detectors.InRange("lost", d.settings.Lost, 0, 1); err != nil {
		return nil, err
	}
	if err := detectors.InRange("network", d.settings.Network, 0, 1); err != nil {
		return nil, err
	}
	return d, detectors.InRange("window", d.settings.Window, time.Second, 10*time.Minute)
}

func (d *packetLoss) Judge(s detectors.Sample) detectors.Verdict {
	if s.Link == nil || !s.Link.Up {
		return detectors.Verdict{}
	}
	came, missing, recovered := lossOf(s.Link)
	if missing+recovered > 0 {
		d.last = s.At
	}
	d.window.add(s.At, s.Link.Interval, came, missing, recovered)
	window := d.window.sum()
	sum := window.counts
	all := sum[0] + sum[1]
	if all == 0 || window.passed < d.settings.Window/2 { // too little to make a share
		return detectors.Verdict{}
	}
	lost, network := sum[1]/all, min((sum[1]+sum[2])/all, 1)
	score := max(share(lost, d.settings.Lost), share(network, d.settings.Network))
	lossy := sum[1] >= leastLost && lost > float64(d.settings.Lost) ||
		sum[1]+sum[2] >= leastLost && network > float64(d.settings.Network)
	quiet := s.At - d.last
	usual := window.passed / time.Duration(max(sum[1]+sum[2], 1))
	switch {
	case !lossy || quiet >= max(lossOver, lossOverTimes*usual):
		d.run.on = false
		return detectors.Verdict{State: detectors.Clear, Score: min(score, 0.5), Lasted: quiet}
	case quiet >= lossNow:
		return detectors.Verdict{} // it may be over
	}
	if !d.run.on {
		d.run.on, d.run.network, d.run.lost = true, 0, 0
	}
	d.run.network, d.run.lost = max(d.run.network, network), max(d.run.lost, lost)
	began := d.window.oldest(func(c [4]float64) bool { return c[1]+c[2] > 0 })
	return detectors.Verdict{State: detectors.Present, Score: score, Detail: d.detail(), Lasted: s.At - began}
}

// lossOf returns what came in an interval, in packets or, where those are not numbered, in units.
func lossOf(l *detectors.Link) (came, missing, recovered float64) {
	if l.Received+l.Missing+l.Recovered > 0 {
		return float64(l.Received), float64(l.Missing), float64(l.Recovered)
	}
	return float64(l.Video + l.Audio), float64(l.Lost), 0
}

// share scores a share against its limit: 0.5 at the limit.
func share(value float64, limit detectors.Ratio) float64 {
	if value == 0 {
		return 0
	}
	return value / (value + float64(limit))
}

func (d *packetLoss) detail() string {
	if d.run.lost == 0 {
		return fmt.Sprintf("up to %s of the packets lost on the way, all of them repaired", percent(d.run.network))
	}
	if d.run.network <= d.run.lost*1.01 {
		return fmt.Sprintf("up to %s of the packets lost, none repaired", percent(d.run.lost))
	}
	return fmt.Sprintf("up to %s of the packets lost on the way, up to %s after repair", percent(d.run.network), percent(d.run.lost))
}

// percent writes a share with as many digits as it is worth.
func percent(share float64) string {
	digits := 0
	switch {
	case share < 0.001:
		digits = 2
	case share < 0.1:
		digits = 1
	}
	return strconv.FormatFloat(100*share, 'f', digits, 64) + "%"
}
