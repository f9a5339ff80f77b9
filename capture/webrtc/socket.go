package webrtc

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"
)

// socketBuffer is how much the kernel holds for us: a third of a second at 100 Mbit/s.
const socketBuffer = 4 << 20

// udpSocket is the one UDP port of a server. It survives errors of single datagrams, and counts what
// the kernel had no room for: loss of our own making must not pass for the network's.
type udpSocket struct {
	*net.UDPConn
	overruns *atomic.Uint64
	control  []byte // of the one reader
	last     uint32
}

func newUDPSocket(conn *net.UDPConn, overruns *atomic.Uint64) *udpSocket {
	_ = conn.SetReadBuffer(socketBuffer) // as much as the system allows
	if raw, err := conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) {
			_ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RXQ_OVFL, 1)
		})
	}
	return &udpSocket{UDPConn: conn, overruns: overruns, control: make([]byte, 64)}
}

// ReadFromAddrPort reads one datagram. It is called from one goroutine.
func (u *udpSocket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, control, _, from, err := u.ReadMsgUDPAddrPort(b, u.control)
		if err == nil {
			u.overran(u.control[:control])
			return n, from, nil
		}
		if errors.Is(err, net.ErrClosed) {
			return 0, from, err
		}
		time.Sleep(time.Millisecond) // an error of one datagram, of ICMP most likely
	}
}

// WriteToAddrPort sends one datagram.
func (u *udpSocket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return u.WriteToUDPAddrPort(b, to)
}

// overran reads the drop counter that comes with a datagram, a 32-bit count since the socket opened
// (socket(7), SO_RXQ_OVFL).
func (u *udpSocket) overran(control []byte) {
	const head = syscall.SizeofCmsghdr
	if len(control) < head+4 ||
		binary.NativeEndian.Uint32(control[8:]) != syscall.SOL_SOCKET || binary.NativeEndian.Uint32(control[12:]) != syscall.SO_RXQ_OVFL {
		return
	}
	now := binary.NativeEndian.Uint32(control[head:])
	u.overruns.Add(uint64(now - u.last))
	u.last = now
}
