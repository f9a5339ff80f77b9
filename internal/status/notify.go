package status

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// Notifier is the word to systemd. Without a NOTIFY_SOCKET every call does nothing. It is safe for
// concurrent use.
type Notifier struct {
	log   *slog.Logger
	limit time.Duration // of the watchdog of systemd, 0 where it does not watch

	mu    sync.Mutex
	stuck string // which loops were stuck at the last turn
	text  string // last STATUS
	lost  bool   // systemd could not be reached, and that was told
}

// NewNotifier reads what systemd wants from the environment (sd_notify(3), sd_watchdog_enabled(3)).
func NewNotifier(log *slog.Logger) (*Notifier, error) {
	limit, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return nil, fmt.Errorf("watchdog of systemd: %w", err)
	}
	return &Notifier{log: log, limit: limit}, nil
}

// Ready tells that the daemon works, or works again after Reloading.
func (n *Notifier) Ready(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.send(daemon.SdNotifyReady, n.status(text))
}

// Reloading tells that the configuration is read again. The time is what Type=notify-reload wants.
func (n *Notifier) Reloading() {
	n.mu.Lock()
	defer n.mu.Unlock()
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		n.send(daemon.SdNotifyReloading)
		return
	}
	n.send(daemon.SdNotifyReloading, fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000))
}

// Stopping tells that the daemon ends in order.
func (n *Notifier) Stopping() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.send(daemon.SdNotifyStopping, n.status("stopping"))
}

// Status sets the line that `systemctl status` shows. The same line again is not sent.
func (n *Notifier) Status(text string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if text != n.text {
		n.send(n.status(text))
	}
}

func (n *Notifier) status(text string) string {
	n.text = text
	return "STATUS=" + strings.ReplaceAll(text, "\n", " ")
}

// Every is how often Turn must be called: a third of the limit of systemd's watchdog, so that one
// late turn is no restart; 5 s where it does not watch.
func (n *Notifier) Every() time.Duration {
	if n.limit == 0 {
		return 5 * time.Second
	}
	return max(n.limit/3, 10*time.Millisecond)
}

// Turn pings systemd's watchdog if every loop turns. If not, it logs which does not, and systemd
// restarts the daemon when its limit has passed.
func (n *Notifier) Turn(now time.Time, w *Watchdog) {
	err := w.Check(now)
	n.mu.Lock()
	defer n.mu.Unlock()
	var stuck *StuckError
	if errors.As(err, &stuck) {
		names := ""
		for _, loop := range stuck.Loops {
			name, _, _ := strings.Cut(loop, " for ")
			names += name + "\n"
		}
		if names != n.stuck { // once, and again when it is another
			n.log.Error("not every loop turns; the watchdog is not pinged", "error", err)
		}
		n.stuck = names
		return
	}
	if n.stuck != "" {
		n.log.Info("every loop turns again")
		n.stuck = ""
	}
	if n.limit > 0 {
		n.send(daemon.SdNotifyWatchdog)
	}
}

// Run calls Turn as often as systemd wants until ctx ends, and shows what text returns.
func (n *Notifier) Run(ctx context.Context, w *Watchdog, text func() string) {
	tick := time.NewTicker(n.Every())
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			n.Turn(now, w)
			n.Status(text())
		}
	}
}

// send gives lines to systemd. That it cannot be reached is told once.
func (n *Notifier) send(lines ...string) {
	_, err := daemon.SdNotify(false, strings.Join(lines, "\n"))
	if err != nil && !n.lost {
		n.log.Warn("systemd cannot be notified", "error", err)
	}
	n.lost = err != nil
}
