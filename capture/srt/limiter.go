package srt

import (
	"sync"
	"time"
)

// Trying a passphrase costs a millisecond of key derivation, on the goroutine that answers all
// callers; so a host that is refused again and again is refused without.
const (
	faultsAllowed = 20
	faultsWithin  = 10 * time.Second
	mostHosts     = 1024 // that are remembered; beyond it the record starts anew
)

// limiter counts refusals by host. The zero value is ready to use.
type limiter struct {
	mu    sync.Mutex
	since time.Time
	hosts map[string]int
}

// fault notes a refusal.
func (l *limiter) fault(host string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) > faultsWithin || len(l.hosts) >= mostHosts {
		l.since, l.hosts = now, map[string]int{}
	}
	l.hosts[host]++
}

// allows tells whether a host may try.
func (l *limiter) allows(host string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hosts[host] < faultsAllowed || now.Sub(l.since) > faultsWithin
}
