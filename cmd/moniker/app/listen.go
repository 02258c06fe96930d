package app

import (
	"context"
	"errors"
	"net"
	"sync"
	"syscall"

	"moniker/cmd/moniker/say"
	"moniker/transport"
)

// listen opens an address, or says who has it.
func listen(network transport.Network, addr, flag string) (net.Listener, error) {
	l, err := network.Listen(addr)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, say.No("Another address: "+flag+" HOST:PORT", "%s is taken by another program.", addr)
	}
	if err != nil {
		return nil, say.No("Another address: "+flag+" HOST:PORT", "%s cannot be listened on: %s.", addr, reason(err))
	}
	return l, nil
}

// reason is what the system said, without the addresses that the sentence has.
func reason(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &dns):
		return "there is no host " + dns.Name
	}
	return err.Error()
}

// bound is a network whose one listener was opened before all else, so that a
// port in use is told at once.
type bound struct {
	transport.Network
	mu sync.Mutex
	l  net.Listener
}

// Listen hands over the listener, once.
func (b *bound) Listen(string) (net.Listener, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.l == nil {
		return nil, net.ErrClosed
	}
	l := b.l
	b.l = nil
	return l, nil
}

// Close closes a listener that nobody took.
func (b *bound) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.l != nil {
		b.l.Close()
	}
}

// Dial is the network's own.
func (b *bound) Dial(ctx context.Context, addr string) (net.Conn, error) {
	return b.Network.Dial(ctx, addr)
}
