package eval

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
)

// PCM16 is sound as samples, full scale at 1, to be changed one by one.
type PCM16 struct {
	Rate     int
	Channels int
	Samples  []float64 // interleaved
}

// SoundEdit changes samples. Its name tells it from all other edits, with every number in it.
type SoundEdit struct {
	Name   string
	Change func(*PCM16)
}

// Edit is a sound (a file of [Corpus.Sound], [Synthesize] or Edit) after a change of its samples.
func Edit(sound Media, edit SoundEdit) Media {
	return Make("edit{"+sound.Key+"} "+edit.Name, ".wav", func(ctx context.Context, shop *Shop, path string) error {
		from, err := shop.File(ctx, sound)
		if err != nil {
			return err
		}
		pcm, err := readWAV(from)
		if err != nil {
			return err
		}
		edit.Change(pcm)
		return pcm.write(path)
	})
}

// Synthesize makes a sound from nothing: frame i of the samples, one value a channel.
func Synthesize(name string, channels int, seconds float64, frame func(i int, out []float64)) Media {
	key := fmt.Sprintf("synthesize %s %d %g", name, channels, seconds)
	return Make(key, ".wav", func(_ context.Context, _ *Shop, path string) error {
		pcm := &PCM16{Rate: Rate, Channels: channels, Samples: make([]float64, int(seconds*Rate)*channels)}
		for i := range len(pcm.Samples) / channels {
			frame(i, pcm.Samples[i*channels:(i+1)*channels])
		}
		return pcm.write(path)
	})
}

// Between calls change for every frame from one moment up to another; i counts from the first.
func (p *PCM16) Between(from, until float64, change func(i int, frame []float64)) {
	first := int(from * float64(p.Rate))
	last := min(int(until*float64(p.Rate)), len(p.Samples)/p.Channels)
	for i := first; i < last; i++ {
		change(i-first, p.Samples[i*p.Channels:(i+1)*p.Channels])
	}
}

// Random is a generator that gives the same numbers in every run.
func (p *PCM16) Random(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }

// amplitudeOf is the amplitude of a level in dBFS.
func amplitudeOf(level float64) float64 { return math.Pow(10, level/20) }

const wavHeader = 44

// write makes a WAV file of 16 bits. It adds no dither: what is 0 stays 0.
func (p *PCM16) write(path string) error {
	data := 2 * len(p.Samples)
	out := make([]byte, 0, wavHeader+data)
	le := binary.LittleEndian
	out = append(out, "RIFF"...)
	out = le.AppendUint32(out, uint32(wavHeader-8+data))
	out = append(out, "WAVEfmt "...)
	out = le.AppendUint32(out, 16)
	out = le.AppendUint16(out, 1) // PCM
	out = le.AppendUint16(out, uint16(p.Channels))
	out = le.AppendUint32(out, uint32(p.Rate))
	out = le.AppendUint32(out, uint32(p.Rate*p.Channels*2))
	out = le.AppendUint16(out, uint16(p.Channels*2))
	out = le.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = le.AppendUint32(out, uint32(data))
	for _, x := range p.Samples {
		out = le.AppendUint16(out, uint16(int16(math.Round(min(max(x, -1), 1)*math.MaxInt16))))
	}
	return os.WriteFile(path, out, 0o644)
}

// readWAV reads a file of 16 bits that ffmpeg or write made.
func readWAV(path string) (*PCM16, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := parseWAV(text)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return p, nil
}

func parseWAV(text []byte) (*PCM16, error) {
	le := binary.LittleEndian
	if len(text) < 12 || string(text[:4]) != "RIFF" || string(text[8:12]) != "WAVE" {
		return nil, errors.New("this is no WAV file")
	}
	p := &PCM16{}
	for rest := text[12:]; len(rest) >= 8; {
		name, length := string(rest[:4]), int(le.Uint32(rest[4:]))
		body := rest[8:]
		length = min(length, len(body))
		switch {
		case name == "fmt " && length >= 16:
			if le.Uint16(body[14:]) != 16 {
				return nil, fmt.Errorf("samples of %d bits: want 16", le.Uint16(body[14:]))
			}
			p.Channels, p.Rate = int(le.Uint16(body[2:])), int(le.Uint32(body[4:]))
		case name == "data":
			if p.Channels == 0 {
				return nil, errors.New("there is no format before the samples")
			}
			p.Samples = make([]float64, length/2/p.Channels*p.Channels)
			for i := range p.Samples {
				p.Samples[i] = float64(int16(le.Uint16(body[2*i:]))) / math.MaxInt16
			}
			return p, nil
		}
		rest = body[min(length+length%2, len(body)):]
	}
	return nil, errors.New("there are no samples")
}
