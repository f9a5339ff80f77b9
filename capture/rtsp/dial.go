package rtsp

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
)

// dialer connects to one address and no other, wherever the server would send us.
type dialer struct {
	only string
	tls  *tls.Config

	mu    sync.Mutex
	dials int
	conn  net.Conn // the latest
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if address != d.only {
		return nil, fmt.Errorf("the server redirects to %s: make that the source of the feed, if it is meant", clip(address))
	}
	d.mu.Lock()
	d.dials++
	many := d.dials > maxDials
	d.mu.Unlock()
	if many {
		return nil, errors.New("the server redirects without end")
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	d.conn = conn
	d.mu.Unlock()
	return conn, nil
}

// dialTLS is dial with the handshake, which the library would leave without a limit of time.
func (d *dialer) dialTLS(ctx context.Context, network, address string) (net.Conn, error) {
	raw, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	config := d.tls.Clone() // nil stays nil
	if config == nil {
		config = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.ServerName == "" {
		config.ServerName, _, _ = net.SplitHostPort(address)
	}
	conn := tls.Client(raw, config)
	if err := conn.HandshakeContext(ctx); err != nil {
		_ = raw.Close()
		return nil, fmt.Errorf("TLS handshake: %w", err)
	}
	return conn, nil
}

// peer returns the address of the server.
func (d *dialer) peer() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn == nil {
		return ""
	}
	return d.conn.RemoteAddr().String()
}

// hangUp closes the connection, whatever waits on it.
func (d *dialer) hangUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.conn != nil {
		_ = d.conn.Close()
	}
}

// listenPacket opens a socket for media with as much room as there is.
func listenPacket(network, address string) (net.PacketConn, error) {
	conn, err := (&net.ListenConfig{}).ListenPacket(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	if udp, ok := conn.(*net.UDPConn); ok {
		_ = udp.SetReadBuffer(readBuffer) // less is no error, it only bears shorter bursts
	}
	return conn, nil
}
