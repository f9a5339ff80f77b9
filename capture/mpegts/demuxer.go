package mpegts

import (
	"sync"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// patience is how long a stream may go on without giving anything before it is said why.
const patience = time.Second

// Demuxer takes the first picture and the first sound out of one programme of a transport stream,
// and checks the stream as a whole. Write belongs to one goroutine.
type Demuxer struct {
	timeline  *capture.Timeline
	programme uint16 // wanted; 0 for the first that there is
	emit      func(capture.Packet)
	numbers   map[capture.Media]int

	align    aligner
	analysis analysis
	pat      pat
	pids     [mostPIDs]*pid
	chosen   *programme
	tracks   []*track
	arrived  time.Time

	listed  time.Time // when the PAT first came
	emitted time.Time // when a packet last was, or when there was reason to wait anew

	mu    sync.Mutex
	told  capture.TransportStream
	state tellable
}

// tellable is what the demuxer adds to its source's Facts.
type tellable struct {
	up     bool
	reason string // why nothing comes of what arrives
	jumps  uint64
}

// pid is what is known of one PID.
type pid struct {
	watch
	sections *sections // of tables
	pmt      bool
	track    *track
}

// NewDemuxer returns a demuxer for one programme by its number, or for the first one where that is 0.
func NewDemuxer(programme uint16, tl *capture.Timeline) *Demuxer {
	d := &Demuxer{timeline: tl, programme: programme, numbers: map[capture.Media]int{}}
	d.align = aligner{packet: d.packet, lost: d.analysis.lostSync, faulty: d.analysis.wrongSync}
	return d
}

// Start begins a session: what comes now need not continue what came before.
func (d *Demuxer) Start(emit func(capture.Packet), now time.Time) {
	d.emit = emit
	d.timeline.Restart(now)
	d.align.size, d.align.bad, d.align.carry = 0, 0, nil
	d.analysis.restart()
	d.pat, d.pids, d.chosen, d.tracks = pat{}, [mostPIDs]*pid{}, nil, nil
	d.listed, d.emitted = time.Time{}, now
	d.mu.Lock()
	d.state.up, d.state.reason = false, "the stream has only just begun"
	d.mu.Unlock()
	for _, number := range []uint16{0, 1, 0x10, 0x11, 0x12, 0x14} { // PAT, CAT, NIT, SDT and BAT, EIT, TOT
		d.pid(number).sections = &sections{}
	}
	d.tell()
}

// Write takes the next bytes of the stream.
func (d *Demuxer) Write(b []byte, arrived time.Time) {
	d.arrived = arrived
	d.analysis.pass(arrived)
	d.align.write(b)
	d.choose()
	if d.analysis.due() {
		d.ages()
	}
	d.tell()
}

// Excuse says that what is missing before the next bytes was lost by us: it is no fault of the
// stream.
func (d *Demuxer) Excuse() {
	for _, p := range d.pids {
		if p != nil {
			p.excused, p.hasPCR = true, false
		}
	}
}

// pid returns what is known of a PID.
func (d *Demuxer) pid(number uint16) *pid {
	p := d.pids[number]
	if p == nil {
		p = &pid{}
		d.pids[number] = p
	}
	return p
}

// packet takes one transport packet.
func (d *Demuxer) packet(b []byte) {
	p, whole := parsePacket(b)
	d.analysis.now.Packets++
	if p.pid == nullPID {
		return
	}
	on := d.pid(p.pid)
	on.last = d.analysis.clock
	if p.failed || !whole {
		if p.failed {
			count(&d.analysis.now.TransportErrors, p.pid)
		}
		on.excused = true // the fault is counted; the gap it leaves is the same one
		on.lose()
		return
	}
	if p.pcr != noClock {
		d.analysis.pcr(on, p, d.arrived)
	}
	use, gap := d.analysis.continuity(on, p)
	if gap {
		on.lose()
	}
	if !use || p.payload == nil {
		return
	}
	switch {
	case on.sections != nil:
		d.psi(on, p)
		return
	case p.scrambled:
		on.stampAt = d.analysis.clock // its times cannot be read, which is no fault of theirs
	case p.start:
		d.analysis.stamped(on, p)
	}
	if on.track != nil {
		on.track.scrambled = p.scrambled
		if !p.scrambled {
			on.track.packet(p)
		}
	}
}

// lose tells whoever reads a PID that something is missing.
func (p *pid) lose() {
	if p.sections != nil {
		p.sections.drop()
	}
	if p.track != nil {
		p.track.lose()
	}
}

// psi takes a packet of tables.
func (d *Demuxer) psi(on *pid, p packet) {
	if p.scrambled {
		switch {
		case p.pid == 0:
			count(&d.analysis.now.PAT, p.pid)
		case on.pmt:
			count(&d.analysis.now.PMT, p.pid)
		}
		return
	}
	on.sections.write(p, func(section []byte) { d.section(on, p.pid, section) })
}

// section takes one table section.
func (d *Demuxer) section(on *pid, number uint16, section []byte) {
	id := section[0]
	if number == 0 && id != tablePAT {
		count(&d.analysis.now.PAT, number)
		return
	}
	if protected(id) && !crcRight(section) {
		count(&d.analysis.now.CRC, number)
		return
	}
	switch {
	case number == 0:
		d.analysis.sawPAT()
		if d.pat.add(section) {
			d.list()
		}
	case on.pmt && id == tablePMT && len(section) >= 12:
		p := d.pat.byNumber[uint16(section[3])<<8|uint16(section[4])]
		if p == nil || p.pmtPID != number {
			return
		}
		d.analysis.sawPMT(p)
		if !p.parse(section) {
			return
		}
		if p == d.chosen {
			d.open(p)
		}
		d.choose() // at once: the packets behind this one may be of its programme
	}
}

// deliver stamps a unit and emits it.
func (d *Demuxer) deliver(t *track, u unit) {
	number, ok := d.numbers[t.media]
	if !ok {
		number = len(d.numbers)
		d.numbers[t.media] = number
	}
	at, jump := d.timeline.Stamp(number, u.pts, u.dts, d.arrived)
	d.emitted = d.arrived
	d.mu.Lock()
	d.state.up, d.state.reason = true, ""
	if jump {
		d.state.jumps++
	}
	d.mu.Unlock()
	d.emit(capture.Packet{
		Format: u.format, Track: number, Data: u.data, At: at, PTS: u.pts, DTS: u.dts, Arrived: d.arrived,
		Key: u.key, Lost: u.lost, Jump: jump, Corrupt: u.corrupt,
	})
}
