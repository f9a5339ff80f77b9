package hls

import (
	"fmt"
	"net/netip"
	"sync"
	"syscall"
)

// guard keeps a server on the public network from leading us to addresses behind our own wall, by a
// redirect, by a URL in a playlist or by its name in DNS. A private address that the operator has
// configured is meant, and so is everything that it leads to.
type guard struct {
	mu      sync.Mutex
	decided bool
	public  bool // the server of the configured URL is
}

// shared are the addresses between us and our provider (RFC 6598), no more public than those that
// netip calls private.
var shared = netip.MustParsePrefix("100.64.0.0/10")

// control is a net.Dialer's Control: it sees the address that will be connected to. The first one is
// that of the configured URL.
func (g *guard) control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	inside := private(to.Addr())
	if !g.decided {
		g.decided, g.public = true, !inside
	}
	if g.public && inside {
		return refusal(fmt.Sprintf("a public server leads to the private address %s, which is refused: make that the source of the feed, if it is meant", to.Addr()))
	}
	return nil
}

func private(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsUnspecified() ||
		a.IsMulticast() || shared.Contains(a)
}
