// Package switchboard is a network of which links can be cut at a word, without
// any right over the machine. What is dialled through a Board to an address that is
// cut stalls both ways, as if every packet were lost: nothing is refused or reset,
// and after the cut is healed what was under way arrives.
//
// A Board decides about what was dialled through it, not about what it accepts. A
// pair of nodes is cut when each has the other's address cut on its own Board. It
// knows nothing of nodes, nor who gives the word.
package switchboard

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"sync"

	"moniker/transport"
)

// Board is a transport.Network. Its methods may be called from any goroutine.
type Board struct {
	network transport.Network

	mu      sync.Mutex
	cut     map[string]bool
	changed chan struct{}         // closed, and replaced, with every change
	parting map[string][]net.Conn // closed by their users while cut: the other side hears of it later
}

// New returns a board on which nothing is cut.
func New(network transport.Network) *Board {
	return &Board{network: network, changed: make(chan struct{})}
}

// Listen is the network's own.
func (b *Board) Listen(addr string) (net.Listener, error) { return b.network.Listen(addr) }

// Dial connects to addr. While addr is cut it waits, for the healing or for ctx.
func (b *Board) Dial(ctx context.Context, addr string) (net.Conn, error) {
	for {
		cut, changed := b.look(addr)
		if !cut {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
		}
	}
	raw, err := b.network.Dial(ctx, addr)
	if err != nil {
		return nil, err
	}
	return newConn(raw, b, addr), nil
}

// Cut makes the links to these addresses, and no others, the ones that are cut.
func (b *Board) Cut(addrs ...string) {
	b.mu.Lock()
	b.cut = map[string]bool{}
	for _, a := range addrs {
		b.cut[a] = true
	}
	var over []net.Conn
	for a, conns := range b.parting {
		if !b.cut[a] {
			over = append(over, conns...)
			delete(b.parting, a)
		}
	}
	close(b.changed)
	b.changed = make(chan struct{})
	b.mu.Unlock()
	for _, c := range over {
		c.Close()
	}
}

// Follow does what r says, line by line, until it ends: "cut ADDR ADDR ..." cuts
// these and no others, "heal" none. After each line it calls done. A line of
// another kind changes nothing.
func (b *Board) Follow(r io.Reader, done func()) {
	for lines := bufio.NewScanner(r); lines.Scan(); done() {
		switch words := strings.Fields(lines.Text()); {
		case len(words) > 0 && words[0] == "cut":
			b.Cut(words[1:]...)
		case len(words) == 1 && words[0] == "heal":
			b.Cut()
		}
	}
}

// look says whether addr is cut, and has a channel that closes when that may have
// changed.
func (b *Board) look(addr string) (cut bool, changed <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cut[addr], b.changed
}

// part takes over a connection whose user has closed it, if addr is cut.
func (b *Board) part(addr string, raw net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.cut[addr] {
		return false
	}
	if b.parting == nil {
		b.parting = map[string][]net.Conn{}
	}
	b.parting[addr] = append(b.parting[addr], raw)
	return true
}
