package webrtc

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lossy is a UDP proxy that loses and delays datagrams both ways, by a seed.
type lossy struct {
	front, back *net.UDPConn
	delay       time.Duration
	wg          sync.WaitGroup
	sent, lost  atomic.Int64

	mu     sync.Mutex
	rate   float64
	random *rand.Rand
	client netip.AddrPort
	under  []passing
}

func newLossy(t testing.TB, to net.Addr, delay time.Duration, seed uint64) *lossy {
	t.Helper()
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	target, err := net.ResolveUDPAddr("udp", to.String())
	if err != nil {
		t.Fatal(err)
	}
	back, err := net.DialUDP("udp", nil, target)
	if err != nil {
		t.Fatal(err)
	}
	l := &lossy{front: front, back: back, delay: delay, random: rand.New(rand.NewPCG(seed, 0))}
	t.Cleanup(func() {
		front.Close()
		back.Close()
		l.wg.Wait()
	})
	l.wg.Go(func() {
		buffer := make([]byte, 2000)
		for {
			n, from, err := front.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return
			}
			l.mu.Lock()
			l.client = from
			l.mu.Unlock()
			l.pass(buffer[:n], func(b []byte) { _, _ = back.Write(b) })
		}
	})
	l.wg.Go(func() {
		buffer := make([]byte, 2000)
		for {
			n, err := back.Read(buffer)
			if err != nil {
				return
			}
			l.mu.Lock()
			client := l.client
			l.mu.Unlock()
			l.pass(buffer[:n], func(b []byte) { _, _ = front.WriteToUDPAddrPort(b, client) })
		}
	})
	return l
}

// lose sets how much is lost from now on.
func (l *lossy) lose(rate float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate = rate
}

func (l *lossy) pass(b []byte, on func([]byte)) {
	l.mu.Lock()
	gone := l.random.Float64() < l.rate
	l.mu.Unlock()
	l.sent.Add(1)
	if gone {
		l.lost.Add(1)
		return
	}
	if l.delay == 0 {
		on(b)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.under = append(l.under, passing{time.Now().Add(l.delay), append([]byte(nil), b...), on})
	if len(l.under) == 1 {
		time.AfterFunc(l.delay, l.arrive)
	}
}

// arrive lets pass, in order, what has been under way for long enough.
func (l *lossy) arrive() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.under) > 0 && !time.Now().Before(l.under[0].due) {
		l.under[0].on(l.under[0].data)
		l.under = l.under[1:]
	}
	if len(l.under) > 0 {
		time.AfterFunc(time.Until(l.under[0].due), l.arrive)
	}
}

// passing is a datagram under way.
type passing struct {
	due  time.Time
	data []byte
	on   func([]byte)
}

func (l *lossy) port() string {
	return strconv.Itoa(l.front.LocalAddr().(*net.UDPAddr).Port)
}
