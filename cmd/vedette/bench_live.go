package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/internal/status"
)

// How the live bench looks at a daemon.
const (
	liveWarmUp = 10 * time.Second // until every feed is measured and the heap has its size
	liveEvery  = time.Second
	// A feed is carried as long as nothing of it is dropped and it is never this far behind.
	liveBehind = 500 * time.Millisecond
)

// liveResult is what a daemon took to watch some feeds for a while.
type liveResult struct {
	Feeds    int     `json:"feeds"`
	Duration float64 `json:"duration_seconds"`
	Cores    float64 `json:"cores_per_feed"` // daemon and worker
	Daemon   memory  `json:"daemon_memory_bytes"`
	Worker   memory  `json:"worker_memory_bytes"` // the largest of them
	Dropped  uint64  `json:"packets_dropped"`
	Late     bool    `json:"late"` // a feed was dropped from, or fell behind
}

// memory is a resident size at the beginning, in the middle and at the end.
type memory struct {
	First int64 `json:"first"`
	Half  int64 `json:"half"`
	Last  int64 `json:"last"`
}

// benchLive watches copies of a clip, published in real time and for ever.
func benchLive(ctx context.Context, clip string, feeds int, length time.Duration) (liveResult, error) {
	result := liveResult{Feeds: feeds, Duration: length.Seconds()}
	scratch, err := os.MkdirTemp("", "vedette-bench-")
	if err != nil {
		return result, err
	}
	defer os.RemoveAll(scratch)
	names := make([]string, feeds)
	for n := range names {
		names[n] = fmt.Sprintf("feed-%d", n+1)
	}
	daemon, err := startScratchDaemon(ctx, scratch, "", names...)
	if err != nil {
		return result, err
	}
	playing, stop := context.WithCancel(ctx)
	var encoders []*exec.Cmd
	for _, name := range names {
		cmd := exec.CommandContext(playing, "ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin",
			"-re", "-stream_loop", "-1", "-i", clip, "-c", "copy", "-f", "flv", daemon.url(name))
		if err := cmd.Start(); err != nil {
			stop()
			return result, errors.Join(fmt.Errorf("start ffmpeg: %w", err), daemon.stop())
		}
		encoders = append(encoders, cmd)
	}
	err = result.watch(ctx, daemon, length)
	stop()
	for _, cmd := range encoders {
		_ = cmd.Wait() // it was stopped
	}
	return result, errors.Join(err, daemon.stop())
}

// watch samples the daemon and its workers until length has passed.
func (r *liveResult) watch(ctx context.Context, daemon *scratchDaemon, length time.Duration) error {
	if err := wait(ctx, liveWarmUp); err != nil {
		return err
	}
	feeds, err := daemon.feeds(ctx)
	if err != nil {
		return err
	}
	began, before := time.Now(), cpuOf(daemon.cmd.Process.Pid, feeds)
	r.Daemon.First, r.Worker.First = memoryOf(daemon.cmd.Process.Pid, feeds)
	for time.Since(began) < length {
		if err := wait(ctx, liveEvery); err != nil {
			return err
		}
		if feeds, err = daemon.feeds(ctx); err != nil {
			return err
		}
		r.Dropped = 0
		for _, f := range feeds {
			r.Dropped += f.Dropped
			r.Late = r.Late || f.Dropped > 0 || time.Duration(f.Behind) > liveBehind || f.Pictures == 0
		}
		if r.Daemon.Half == 0 && time.Since(began) >= length/2 {
			r.Daemon.Half, r.Worker.Half = memoryOf(daemon.cmd.Process.Pid, feeds)
		}
	}
	r.Daemon.Last, r.Worker.Last = memoryOf(daemon.cmd.Process.Pid, feeds)
	used := cpuOf(daemon.cmd.Process.Pid, feeds) - before
	r.Cores = used.Seconds() / time.Since(began).Seconds() / float64(r.Feeds)
	return nil
}

// feeds asks the daemon how its feeds are doing.
func (d *scratchDaemon) feeds(ctx context.Context) ([]status.Feed, error) {
	response, err := d.get(ctx, "/api/v1/feeds")
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var answer struct {
		Feeds []status.Feed `json:"feeds"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, fmt.Errorf("read the daemon's feeds: %w", err)
	}
	return answer.Feeds, nil
}

// cpuOf is the processor time of the daemon and of every worker so far.
func cpuOf(daemon int, feeds []status.Feed) time.Duration {
	sum := cpuTime(daemon)
	for _, f := range feeds {
		sum += cpuTime(f.Worker.PID)
	}
	return sum
}

// cpuTime reads utime and stime of proc_pid_stat(5), in ticks of 10 ms; 0 where the process is gone.
func cpuTime(pid int) time.Duration {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), ") ") // the name before it may hold anything
	fields := strings.Fields(after)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.ParseInt(fields[11], 10, 64)
	system, _ := strconv.ParseInt(fields[12], 10, 64)
	return time.Duration(user+system) * 10 * time.Millisecond
}

// memoryOf is the resident size of the daemon, and of the largest worker.
func memoryOf(daemon int, feeds []status.Feed) (own, worker int64) {
	for _, f := range feeds {
		worker = max(worker, resident(f.Worker.PID))
	}
	return resident(daemon), worker
}

// resident reads the resident pages of proc_pid_statm(5).
func resident(pid int) int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "statm"))
	if err != nil {
		return 0
	}
	var size, pages int64
	if _, err := fmt.Sscan(string(text), &size, &pages); err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// mostFeeds adds feeds one by one until one is late, and returns how many were carried.
func mostFeeds(ctx context.Context, out io.Writer, clip string) (int, error) {
	for n := 1; ; n++ {
		result, err := benchLive(ctx, clip, n, 20*time.Second)
		if err != nil {
			return n - 1, err
		}
		printLive(out, result)
		if result.Late {
			return n - 1, nil
		}
	}
}

func printLive(out io.Writer, r liveResult) {
	late := "in time"
	if r.Late {
		late = fmt.Sprintf("LATE, %d packets dropped", r.Dropped)
	}
	fmt.Fprintf(out, "%d feeds for %.0f s: %.3f cores a feed; daemon %d, %d, %d MB; worker %d, %d, %d MB; %s\n",
		r.Feeds, r.Duration, r.Cores,
		r.Daemon.First>>20, r.Daemon.Half>>20, r.Daemon.Last>>20,
		r.Worker.First>>20, r.Worker.Half>>20, r.Worker.Last>>20, late)
}
