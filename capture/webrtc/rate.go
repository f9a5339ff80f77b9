package webrtc

import (
	"net/netip"
	"sync"
	"time"
)

// maxHostsKnown bounds the addresses whose requests are counted one by one.
const maxHostsKnown = 4096

// limiter allows each address so many requests a second, and bursts of four times as many.
type limiter struct {
	rate  float64
	mu    sync.Mutex
	hosts map[netip.Prefix]bucket
}

// bucket holds the requests that an address may still make.
type bucket struct {
	left float64
	seen time.Time
}

// allow takes one request from an address's bucket. Addresses beyond those that can be known share
// one.
func (l *limiter) allow(host netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hosts == nil {
		l.hosts = map[netip.Prefix]bucket{}
	}
	host = host.Unmap()
	bits := 32
	if host.Is6() {
		bits = 64 // one customer has no less
	}
	key, _ := host.Prefix(bits) // an address that is none shares the bucket of none
	b, known := l.hosts[key]
	if !known && len(l.hosts) >= maxHostsKnown {
		l.forget(now)
		if len(l.hosts) >= maxHostsKnown {
			key = netip.Prefix{}
			b, known = l.hosts[key]
		}
	}
	most := 4 * l.rate
	if !known {
		b = bucket{left: most, seen: now}
	}
	b.left = min(most, b.left+l.rate*now.Sub(b.seen).Seconds())
	b.seen = now
	ok := b.left >= 1
	if ok {
		b.left--
	}
	l.hosts[key] = b
	return ok
}

// forget drops the addresses whose buckets are full again.
func (l *limiter) forget(now time.Time) {
	for key, b := range l.hosts {
		if now.Sub(b.seen) > 4*time.Second {
			delete(l.hosts, key)
		}
	}
}
