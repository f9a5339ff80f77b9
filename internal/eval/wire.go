package eval

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Wire is a UDP proxy on loopback that does to datagrams what a bad network does, by a seed: the same
// datagrams are lost in every run. Close ends it.
type Wire struct {
	front, back *net.UDPConn
	running     sync.WaitGroup

	mu           sync.Mutex
	loss         float64
	random       *rand.Rand
	client       netip.AddrPort
	passed, lost int
}

// largestDatagram is that of UDP.
const largestDatagram = 65_536

// NewWire returns a proxy in front of an address, that loses nothing yet.
func NewWire(to string, seed uint64) (*Wire, error) {
	target, err := net.ResolveUDPAddr("udp", to)
	if err != nil {
		return nil, fmt.Errorf("wire to %s: %w", to, err)
	}
	front, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("wire to %s: %w", to, err)
	}
	back, err := net.DialUDP("udp", nil, target)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("wire to %s: %w", to, err), front.Close())
	}
	w := &Wire{front: front, back: back, random: rand.New(rand.NewPCG(seed, 0))}
	w.running.Go(w.forth)
	w.running.Go(w.home)
	return w, nil
}

// Close lets go of the sockets and waits for the goroutines.
func (w *Wire) Close() error {
	err := errors.Join(w.front.Close(), w.back.Close())
	w.running.Wait()
	return err
}

// Address is where to send to.
func (w *Wire) Address() string { return w.front.LocalAddr().String() }

// Port is that of Address.
func (w *Wire) Port() int { return w.front.LocalAddr().(*net.UDPAddr).Port }

// Lose sets what share of the datagrams is lost from now on, either way.
func (w *Wire) Lose(share float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.loss = share
}

// Counts returns how many datagrams passed and how many were lost.
func (w *Wire) Counts() (passed, lost int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.passed, w.lost
}

// forth carries what comes from the client. A datagram that cannot be sent on is one that is lost,
// as on any network: nobody listens yet, or no more.
func (w *Wire) forth() {
	buffer := make([]byte, largestDatagram)
	for {
		n, from, err := w.front.ReadFromUDPAddrPort(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil && w.lets(from) {
			_, _ = w.back.Write(buffer[:n])
		}
	}
}

// home carries what comes back.
func (w *Wire) home() {
	buffer := make([]byte, largestDatagram)
	for {
		n, err := w.back.Read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(time.Millisecond) // refused: nobody listens at the moment
			continue
		}
		w.mu.Lock()
		client := w.client
		w.mu.Unlock()
		if client.IsValid() && w.lets(netip.AddrPort{}) {
			_, _ = w.front.WriteToUDPAddrPort(buffer[:n], client)
		}
	}
}

// lets decides about a datagram, from the client where its address is given.
func (w *Wire) lets(client netip.AddrPort) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if client.IsValid() {
		w.client = client
	}
	if w.random.Float64() < w.loss {
		w.lost++
		return false
	}
	w.passed++
	return true
}
