package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/capture"
)

// sent is one packet as the encoder sent it.
type sent struct {
	dts, pts time.Duration
	when     time.Time
}

// packetLog is every packet of a publication, by track.
type packetLog map[capture.Media][]sent

// injection is a defect with the moments that the table compares.
type injection struct {
	defect
	arrived time.Time // when its first frame was sent
	began   time.Time // when its first frame was due on the screen
	ended   time.Time // when the first good frame after it was due
}

// publish plays a file to url at its own pace with ffmpeg, and notes when each packet was sent:
// ffmpeg writes every packet to the server and then a line about it to us.
func publish(ctx context.Context, file, url string) (packetLog, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin",
		"-re", "-i", file, "-map", "0:v", "-map", "0:a", "-c", "copy",
		"-f", "tee", fmt.Sprintf("[f=flv:flvflags=no_duration_filesize]%s|[f=framecrc:flush_packets=1]pipe\\:1", url))
	cmd.Stderr = os.Stderr
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start ffmpeg: %w", err)
	}
	log, readErr := readPackets(lines)
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("publish %s with ffmpeg: %w", file, err)
	}
	if readErr != nil {
		return nil, readErr
	}
	if len(log[capture.Video]) == 0 || len(log[capture.Audio]) == 0 {
		return nil, errors.New("ffmpeg did not tell which packets it sent")
	}
	return log, nil
}

// readPackets reads ffmpeg's framecrc lines: "stream, dts, pts, duration, size, crc", after headers
// such as "#tb 0: 1/1000".
func readPackets(lines io.Reader) (packetLog, error) {
	log := packetLog{}
	unit := map[int]time.Duration{}
	media := map[int]capture.Media{}
	scanner := bufio.NewScanner(lines)
	for scanner.Scan() {
		when := time.Now()
		line := scanner.Text()
		var stream, per int
		var what string
		if n, _ := fmt.Sscanf(line, "#tb %d: 1/%d", &stream, &per); n == 2 && per > 0 {
			unit[stream] = time.Second / time.Duration(per)
			continue
		}
		if n, _ := fmt.Sscanf(line, "#media_type %d: %s", &stream, &what); n == 2 {
			media[stream] = map[string]capture.Media{"video": capture.Video, "audio": capture.Audio}[what]
			continue
		}
		fields := strings.Split(line, ",")
		if strings.HasPrefix(line, "#") || len(fields) < 3 {
			continue
		}
		stream, err1 := strconv.Atoi(strings.TrimSpace(fields[0]))
		dts, err2 := strconv.ParseInt(strings.TrimSpace(fields[1]), 10, 64)
		pts, err3 := strconv.ParseInt(strings.TrimSpace(fields[2]), 10, 64)
		if err := errors.Join(err1, err2, err3); err != nil {
			return nil, fmt.Errorf("read what ffmpeg sent: %w", err)
		}
		m := media[stream]
		log[m] = append(log[m], sent{time.Duration(dts) * unit[stream], time.Duration(pts) * unit[stream], when})
	}
	return log, scanner.Err()
}

// start is the timestamp at which the programme starts: FLV shifts everything so that no decoding
// time is negative.
func (l packetLog) start() time.Duration {
	return slices.MinFunc(l[capture.Video], func(a, b sent) int { return cmp.Compare(a.pts, b.pts) }).pts
}

// place finds the moments of a defect in what was sent.
func (l packetLog) place(d defect) injection {
	start := l.start()
	i := injection{defect: d, began: l.due(d.media, start+d.from), ended: l.due(d.media, start+d.till)}
	for _, p := range l[d.media] {
		if p.pts >= start+d.from {
			i.arrived = p.when
			break
		}
	}
	return i
}

// due is when a moment of the programme was due on the screen: when the decoding clock of the
// sender had come to it.
func (l packetLog) due(media capture.Media, at time.Duration) time.Time {
	track := l[media]
	n := sort.Search(len(track), func(i int) bool { return track[i].dts >= at })
	if n == len(track) {
		n--
	}
	return track[n].when
}

// lost is the injection that the end of an act is: the signal is gone from its last packet on.
func (l packetLog) lost() injection {
	var last time.Time
	for _, track := range l {
		if end := track[len(track)-1].when; end.After(last) {
			last = end
		}
	}
	return injection{
		defect:  defect{kind: "no-signal"},
		arrived: last, began: last, ended: last.Add(demoBreak),
	}
}
