package webrtc

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// port divides the connections of one TCP port between HTTP and ICE: over TCP each message of ICE is
// behind its length of two bytes (RFC 4571), the first of which is at most 5 in a first message, while
// HTTP begins with a letter and TLS with 22. So one number opens all that a firewall has to let in.
type port struct {
	net.Listener
	http, ice *branch
	most      int
	refused   func()

	mu    sync.Mutex
	conns map[net.Conn]netip.Addr // and who holds them
	wg    sync.WaitGroup
}

// firstByte is how long a connection may say nothing.
const firstByte = 5 * time.Second

func newPort(l net.Listener, secure *tls.Config, most int, refused func()) *port {
	return &port{
		Listener: l, most: most, refused: refused, conns: map[net.Conn]netip.Addr{},
		http: newBranch(l.Addr(), secure), ice: newBranch(l.Addr(), nil),
	}
}

// serve accepts connections until the listener is closed, then closes all.
func (p *port) serve(ctx context.Context) error {
	defer p.wg.Wait()
	defer p.shut()
	for {
		conn, err := p.Accept()
		switch {
		case err == nil:
			p.admit(conn)
		case ctx.Err() != nil || errors.Is(err, net.ErrClosed):
			return ctx.Err()
		default: // out of files, most likely
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
}

func (p *port) admit(raw net.Conn) {
	if !p.enter(raw) {
		p.refused()
		_ = raw.Close()
		return
	}
	conn := &portConn{Conn: raw, reader: bufio.NewReaderSize(raw, 4<<10)}
	conn.closed = sync.OnceFunc(func() {
		p.mu.Lock()
		delete(p.conns, raw)
		p.mu.Unlock()
	})
	p.wg.Go(func() {
		_ = raw.SetDeadline(time.Now().Add(firstByte))
		first, err := conn.reader.Peek(1)
		if err != nil {
			_ = conn.Close()
			return
		}
		_ = raw.SetDeadline(time.Time{})
		to := p.http
		if first[0] < 6 {
			to = p.ice
		}
		to.offer(conn)
	})
}

// enter counts a connection in, unless there are too many, or too many of one address: no one may
// keep the others out.
func (p *port) enter(raw net.Conn) bool {
	host := hostOf(raw.RemoteAddr().String())
	p.mu.Lock()
	defer p.mu.Unlock()
	same := 0
	for _, other := range p.conns {
		if other == host {
			same++
		}
	}
	if len(p.conns) >= p.most || same >= max(p.most/4, 1) {
		return false
	}
	p.conns[raw] = host
	return true
}

func (p *port) shut() {
	_ = p.http.Close()
	_ = p.ice.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		_ = c.Close()
	}
}

// portConn is a connection of which the beginning has been read.
type portConn struct {
	net.Conn
	reader *bufio.Reader
	closed func()
}

func (c *portConn) Read(b []byte) (int, error) { return c.reader.Read(b) }

func (c *portConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// branch is a listener that is handed its connections.
type branch struct {
	addr   net.Addr
	secure *tls.Config
	conns  chan net.Conn
	done   chan struct{}
	once   sync.Once
}

func newBranch(addr net.Addr, secure *tls.Config) *branch {
	return &branch{addr: addr, secure: secure, conns: make(chan net.Conn), done: make(chan struct{})}
}

func (b *branch) offer(c net.Conn) {
	if b.secure != nil {
		c = tls.Server(c, b.secure)
	}
	select {
	case b.conns <- c:
	case <-b.done:
		_ = c.Close()
	}
}

func (b *branch) Accept() (net.Conn, error) {
	select {
	case c := <-b.conns:
		return c, nil
	case <-b.done:
		return nil, net.ErrClosed
	}
}

func (b *branch) Close() error {
	b.once.Do(func() { close(b.done) })
	return nil
}

func (b *branch) Addr() net.Addr { return b.addr }
