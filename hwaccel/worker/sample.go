package worker

import (
	"fmt"

	"github.com/vedette-av/vedette/detectors"
)

// sampleReader reads samples into its own memory: each is valid until the next one is read.
type sampleReader struct {
	picture detectors.Picture
	damage  detectors.Damage
	sound   detectors.Sound
	sample  detectors.Sample
}

// What a sample is of.
const (
	ofPicture uint8 = iota + 1
	ofSound
)

// append writes a sample behind to.
func (m *sampleMessage) append(to []byte) []byte {
	f := &flat{data: to}
	f.count(&m.Packets)
	f.duration(&m.Sample.At)
	of := ofSound
	if p := m.Sample.Picture; p != nil {
		of = ofPicture
		f.octet(&of)
		picture(f, p)
		damaged := p.Damage != nil
		if f.flag(&damaged); damaged {
			damage(f, p.Damage)
		}
		return f.data
	}
	f.octet(&of)
	sound(f, m.Sample.Sound)
	return f.data
}

// read returns the sample of a message, fit for a detector: validated, so that detectors may index
// and divide without looking.
func (r *sampleReader) read(body []byte) (*detectors.Sample, uint64, error) {
	f := &flat{data: body, reading: true}
	var packets uint64
	var of uint8
	r.sample = detectors.Sample{}
	f.count(&packets)
	f.duration(&r.sample.At)
	f.octet(&of)
	switch of {
	case ofPicture:
		picture(f, &r.picture)
		r.picture.Damage = nil
		var damaged bool
		if f.flag(&damaged); damaged {
			damage(f, &r.damage)
			r.picture.Damage = &r.damage
		}
		r.sample.Picture = &r.picture
	case ofSound:
		sound(f, &r.sound)
		r.sample.Sound = &r.sound
	default:
		f.fail(fmt.Errorf("sample of kind %d", of))
	}
	if err := f.end(); err != nil {
		return nil, 0, err
	}
	return &r.sample, packets, validate(r.sample)
}

func picture(f *flat, p *detectors.Picture) {
	f.number(&p.Width)
	f.number(&p.Height)
	f.duration(&p.Duration)
	f.number(&p.Depth)
	f.octet(&p.Transfer)
	f.flags(&p.Full, &p.Interlaced, &p.TopFirst, &p.Key, &p.HasPrevious, &p.Identical, &p.HasChroma)
	f.floats(&p.Mean, &p.Deviation, &p.Low, &p.High, &p.OutOfRange, &p.Gradient, &p.SpatialInformation)
	f.shares(p.Histogram[:])
	f.floats(&p.Difference, &p.TemporalInformation, &p.Brighter, &p.Darker)
	component(f, &p.Cb)
	component(f, &p.Cr)
	f.floats(&p.Saturation, &p.Red)
	profile(f, &p.Rows)
	profile(f, &p.Columns)
	grid(f, &p.GridAcross)
	grid(f, &p.GridDown)
	fields(f, &p.Fields)
	cells(f, &p.Cells)
}

func component(f *flat, c *detectors.Component) {
	f.floats(&c.Mean, &c.Deviation, &c.Difference)
	f.shares(c.Histogram[:])
}

func profile(f *flat, p *detectors.Profile) {
	f.octets(&p.Mean)
	f.octets(&p.Step)
	f.octets(&p.Change)
}

func grid(f *flat, g *detectors.Grid) {
	f.number(&g.Period)
	f.number(&g.Phase)
	f.floats(&g.Step, &g.Around, &g.Clarity)
}

func fields(f *flat, d *detectors.Fields) {
	f.flag(&d.HasBefore)
	for _, of := range []*[2]float64{&d.Comb, &d.CrossComb, &d.Difference, &d.BeforeDifference} {
		f.floats(&of[0], &of[1])
	}
}

func cells(f *flat, c *detectors.Cells) {
	f.number(&c.Size)
	f.number(&c.Columns)
	f.number(&c.Rows)
	for _, of := range []*[]byte{&c.Mean, &c.Spread, &c.Change, &c.Cb, &c.Cr, &c.Border, &c.Detail, &c.Comb,
		&c.SeamAcross, &c.SeamDown, &c.MiddleAcross, &c.MiddleDown} {
		f.octets(of)
	}
}

func damage(f *flat, d *detectors.Damage) {
	f.flag(&d.Errors)
	f.number(&d.Concealed)
}

func sound(f *flat, s *detectors.Sound) {
	f.number(&s.Rate)
	f.duration(&s.Duration)
	f.text(&s.Layout)
	f.flag(&s.Broken)
	list(f, &s.Channels, maxChannels)
	for i := range s.Channels {
		channel(f, &s.Channels[i])
	}
	list(f, &s.Pairs, maxChannels)
	for i := range s.Pairs {
		pair(f, &s.Pairs[i])
	}
	loudness(f, &s.Loudness)
}

func channel(f *flat, c *detectors.Channel) {
	f.text(&c.Name)
	f.floats(&c.Peak, &c.TruePeak, &c.RMS, &c.DC)
	for _, n := range []*int{&c.Overs, &c.NearPeak, &c.Invalid, &c.Clipped, &c.ClipRun, &c.Zeros, &c.ZeroRun, &c.RepeatRun} {
		f.number(n)
	}
	f.floats(&c.Click, &c.ClickPeak, &c.Hum.At50, &c.Hum.At60, &c.Hum.Around)
	f.floats(&c.Tone.Frequency, &c.Tone.Rest)
	for i := range c.Slices {
		f.octet(&c.Slices[i])
	}
}

func pair(f *flat, p *detectors.Pair) {
	f.number(&p.A)
	f.number(&p.B)
	f.floats(&p.Correlation, &p.Difference)
	f.flag(&p.Identical)
}

func loudness(f *flat, l *detectors.Loudness) {
	f.duration(&l.Measured)
	f.flag(&l.Updated)
	f.floats(&l.Momentary, &l.ShortTerm, &l.Integrated, &l.Range)
}
