package mpegts

import (
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"syscall"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

// receiveBuffer is asked of the kernel: more than a second of 50 Mb/s, so that a busy machine loses
// nothing. Without privilege net.core.rmem_max bounds it.
const receiveBuffer = 8 << 20

// socket is where datagrams arrive.
type socket struct {
	conn   *net.UDPConn
	buffer int    // what the kernel granted
	oob    []byte // of the datagram that was read last
	drops  uint32 // SO_RXQ_OVFL, as of the last datagram
}

// listen opens the socket of an address and joins its group.
func listen(ctx context.Context, a Address, buffer int) (*socket, error) {
	network, host := "udp", ""
	if a.Host.IsValid() {
		host = a.Host.String()
		// A socket on the group's own address hears no other group of the port.
		if network = "udp6"; a.Host.Is4() {
			network = "udp4"
		}
	}
	s := &socket{oob: make([]byte, 64)}
	var failed error
	config := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		if err := raw.Control(func(fd uintptr) { failed = s.prepare(int(fd), a, buffer) }); err != nil {
			return err
		}
		return failed
	}}
	pc, err := config.ListenPacket(ctx, network, net.JoinHostPort(host, fmt.Sprint(a.Port)))
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", a, err)
	}
	s.conn = pc.(*net.UDPConn)
	if a.Host.IsMulticast() {
		if err := join(s.conn, a); err != nil {
			s.conn.Close()
			return nil, err
		}
	}
	return s, nil
}

// prepare sets what must be set before the socket is bound.
func (s *socket) prepare(fd int, a Address, buffer int) error {
	if a.Host.IsMulticast() {
		// Other programs of this machine may listen to the group too; what they join is not ours.
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_REUSEADDR, 1); err != nil {
			return fmt.Errorf("share the port: %w", err)
		}
		if a.Host.Is4() {
			_ = unix.SetsockoptInt(fd, unix.IPPROTO_IP, unix.IP_MULTICAST_ALL, 0)
		} else {
			_ = unix.SetsockoptInt(fd, unix.IPPROTO_IPV6, unix.IPV6_MULTICAST_ALL, 0) // since Linux 4.20
		}
	}
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer) != nil {
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, buffer); err != nil {
			return fmt.Errorf("set the receive buffer: %w", err)
		}
	}
	granted, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF)
	if err != nil {
		return fmt.Errorf("ask for the receive buffer: %w", err)
	}
	s.buffer = granted / 2 // the kernel counts its own overhead too
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RXQ_OVFL, 1); err != nil {
		return fmt.Errorf("have the kernel count drops: %w", err)
	}
	return nil
}

// join makes the socket a member of the group, for its sources alone where the address names some.
func join(conn *net.UDPConn, a Address) error {
	var on *net.Interface
	if a.Interface != "" {
		var err error
		if on, err = findInterface(a.Interface); err != nil {
			return err
		}
	}
	var group interface {
		JoinGroup(*net.Interface, net.Addr) error
		JoinSourceSpecificGroup(*net.Interface, net.Addr, net.Addr) error
	} = ipv4.NewPacketConn(conn)
	if !a.Host.Is4() {
		group = ipv6.NewPacketConn(conn)
	}
	to := &net.UDPAddr{IP: a.Host.AsSlice()}
	if len(a.Senders) == 0 {
		if err := group.JoinGroup(on, to); err != nil {
			return fmt.Errorf("join the group of %s: %w", a, joinHelp(err))
		}
		return nil
	}
	for _, from := range a.Senders {
		if err := group.JoinSourceSpecificGroup(on, to, &net.UDPAddr{IP: from.AsSlice()}); err != nil {
			return fmt.Errorf("join the group of %s from %s: %w", a, from, joinHelp(err))
		}
	}
	return nil
}

// joinHelp adds what to do where the system has no route for a group.
func joinHelp(err error) error {
	return fmt.Errorf("%w: name the interface that it arrives on, as in ?interface=eth1", err)
}

// findInterface finds an interface by its name or by one of its addresses.
func findInterface(name string) (*net.Interface, error) {
	at, err := netip.ParseAddr(name)
	if err != nil {
		found, err := net.InterfaceByName(name)
		if err != nil {
			return nil, fmt.Errorf("find interface %s: %w", name, err)
		}
		return found, nil
	}
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list the interfaces: %w", err)
	}
	for _, one := range all {
		addresses, _ := one.Addrs()
		for _, has := range addresses {
			if prefix, err := netip.ParsePrefix(has.String()); err == nil && prefix.Addr() == at {
				return &one, nil
			}
		}
	}
	return nil, fmt.Errorf("no interface has the address %s", name)
}

// read returns the next datagram, and how many the kernel dropped before it for want of room.
func (s *socket) read(b []byte) (n, dropped int, from netip.AddrPort, err error) {
	n, oobn, _, from, err := s.conn.ReadMsgUDPAddrPort(b, s.oob)
	if err != nil {
		return 0, 0, from, err
	}
	from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
	if oobn == 0 { // nothing was ever dropped
		return n, 0, from, nil
	}
	header, data, _, err := unix.ParseOneSocketControlMessage(s.oob[:oobn])
	if err == nil && header.Level == unix.SOL_SOCKET && header.Type == unix.SO_RXQ_OVFL && len(data) >= 4 {
		total := binary.NativeEndian.Uint32(data)
		dropped = int(total - s.drops)
		s.drops = total
	}
	return n, dropped, from, nil
}
