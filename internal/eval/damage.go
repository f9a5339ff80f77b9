package eval

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

// Loss is what happens to a transport stream on its way.
type Loss struct {
	Packets     float64 // share of the video packets that are lost, 0.01 is 1 %
	Burst       int     // packets lost in a row each time, 0 stands for 1
	Bits        float64 // instead: share of the video packets with one bit wrong
	From, Until float64 // seconds of the programme; Until 0 stands for the end
	Seed        uint64
}

const (
	tsPacket = 188
	tsSync   = 0x47
)

// Damage is a transport stream (a Rendering with Container ".ts") after a loss. Its first half
// second stays whole, so that it can be decoded at all.
func Damage(stream Media, loss Loss) Media {
	key := fmt.Sprintf("damage{%s} %+v", stream.Key, loss)
	return Make(key, ".ts", func(ctx context.Context, shop *Shop, path string) error {
		from, err := shop.File(ctx, stream)
		if err != nil {
			return err
		}
		whole, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		damaged, err := loss.apply(whole)
		if err != nil {
			return fmt.Errorf("damage %s: %w", from, err)
		}
		return os.WriteFile(path, damaged, 0o644)
	})
}

// apply returns what is left of a transport stream.
func (l Loss) apply(stream []byte) ([]byte, error) {
	pid := videoPID(stream)
	if pid < 0 {
		return nil, errors.New("there is no video in this transport stream")
	}
	random := rand.New(rand.NewPCG(l.Seed, 1))
	out := make([]byte, 0, len(stream))
	first, now, lost := time.Duration(-1), time.Duration(0), 0
	for ; len(stream) >= tsPacket; stream = stream[tsPacket:] {
		p := stream[:tsPacket]
		if pidOf(p) != pid {
			out = append(out, p...)
			continue
		}
		if pts, ok := presentation(p); ok {
			if first < 0 {
				first = pts
			}
			now = pts - first
		}
		at := now.Seconds()
		if at < max(l.From, 0.5) || l.Until > 0 && at >= l.Until {
			out = append(out, p...)
			continue
		}
		if lost == 0 && l.Packets > 0 && random.Float64() < l.Packets/float64(max(l.Burst, 1)) {
			lost = max(l.Burst, 1)
		}
		if lost > 0 {
			lost--
			continue
		}
		out = append(out, p...)
		if l.Bits > 0 && random.Float64() < l.Bits {
			bit := random.IntN((tsPacket - 12) * 8)
			out[len(out)-tsPacket+12+bit/8] ^= 1 << (bit % 8) // not in a header, which would lose the packet
		}
	}
	return out, nil
}

func pidOf(p []byte) int { return int(p[1]&0x1f)<<8 | int(p[2]) }

// videoPID is the PID on which a video elementary stream begins, -1 where there is none.
func videoPID(stream []byte) int {
	for ; len(stream) >= tsPacket && stream[0] == tsSync; stream = stream[tsPacket:] {
		if payload, start := payloadOf(stream[:tsPacket]); start && len(payload) > 4 && payload[0] == 0 &&
			payload[1] == 0 && payload[2] == 1 && payload[3]&0xf0 == 0xe0 {
			return pidOf(stream)
		}
	}
	return -1
}

// payloadOf returns the payload of a packet, and whether a unit starts in it.
func payloadOf(p []byte) (payload []byte, start bool) {
	at := 4
	if p[3]&0x20 != 0 {
		at += 1 + int(p[4])
	}
	if p[3]&0x10 == 0 || at >= len(p) {
		return nil, false
	}
	return p[at:], p[1]&0x40 != 0
}

// presentation is the time stamp of the picture that begins in a packet (ISO/IEC 13818-1, 2.4.3.7).
func presentation(p []byte) (time.Duration, bool) {
	b, start := payloadOf(p)
	if !start || len(b) < 14 || b[7]&0x80 == 0 {
		return 0, false
	}
	ticks := int64(b[9]>>1&7)<<30 | int64(b[10])<<22 | int64(b[11]>>1)<<15 | int64(b[12])<<7 | int64(b[13]>>1)
	return time.Duration(ticks) * time.Second / 90000, true
}

// Conceal decodes a damaged stream, with what the decoder does about the damage, and codes it again:
// the damage is baked in, and nothing in the new stream tells of it.
func Conceal(damaged Media, codec Codec) Media {
	r := Rendering{Picture: damaged, Video: fmt.Sprintf("setpts=PTS-STARTPTS,fps=%d", FPS), VideoCodec: codec}
	return Render(r)
}

// Spoiled tells which pictures of a damaged stream look wrong, against the clean stream that it was:
// below bad the PSNR of luma counts as a defect, up to fair as either, above as none. Spoiled pictures
// that are less than half a second apart are one defect.
func Spoiled(damaged, clean Media, bad, fair float64) func(context.Context, *Shop) ([]Defect, error) {
	return func(ctx context.Context, shop *Shop) ([]Defect, error) {
		a, err := shop.File(ctx, damaged)
		if err != nil {
			return nil, err
		}
		b, err := shop.File(ctx, clean)
		if err != nil {
			return nil, err
		}
		stats := a + "." + filepath.Base(b) + ".psnr"
		if _, err := os.Stat(stats); err != nil {
			graph := fmt.Sprintf("[0:v]setpts=PTS-STARTPTS,fps=%d[a];[1:v]setpts=PTS-STARTPTS,fps=%d[b];[a][b]psnr=stats_file=%s.part",
				FPS, FPS, stats)
			if _, err := shop.FFmpeg(ctx, "-v", "error", "-i", a, "-i", b, "-lavfi", graph, "-f", "null", "-"); err != nil {
				return nil, err
			}
			if err := os.Rename(stats+".part", stats); err != nil {
				return nil, err
			}
		}
		psnr, err := readPSNR(stats)
		if err != nil {
			return nil, err
		}
		return spoiled(psnr, bad, fair), nil
	}
}
