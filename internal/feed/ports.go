package feed

import (
	"context"
	"sync"
)

// ports keeps the servers of one protocol, each shared by the feeds on its address: opened by the
// first that needs it, closed after the last.
type ports[S any] struct {
	mu   sync.Mutex
	open map[string]*port[S]
}

type port[S any] struct {
	server S
	feeds  int
	close  func()
}

// take returns the server on an address. listen opens it; serve runs until its context ends. The
// caller must release what it took, once.
func (p *ports[S]) take(address string, listen func() (S, error), serve func(S, context.Context) error) (server S, release func(), err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shared := p.open[address]
	if shared == nil {
		opened, err := listen()
		if err != nil {
			return server, nil, err
		}
		ctx, cancel := context.WithCancel(context.Background())
		var serving sync.WaitGroup
		serving.Go(func() { _ = serve(opened, ctx) }) // ends with the context and says no more than that
		shared = &port[S]{server: opened, close: func() { cancel(); serving.Wait() }}
		if p.open == nil {
			p.open = map[string]*port[S]{}
		}
		p.open[address] = shared
	}
	shared.feeds++
	return shared.server, func() { p.release(address) }, nil
}

func (p *ports[S]) release(address string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	shared := p.open[address]
	if shared.feeds--; shared.feeds == 0 {
		shared.close()
		delete(p.open, address)
	}
}

// each visits every open port.
func (p *ports[S]) each(visit func(address string, server S)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for address, shared := range p.open {
		visit(address, shared.server)
	}
}
