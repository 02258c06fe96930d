// Package memnet is a network in memory for tests in virtual time: hosts with
// names, listeners, connections, links that can be cut, delayed and healed.
//
// It behaves as TCP where that matters to what runs over it. A cut link stalls
// bytes, ends of stream and new connections, and delivers them all, in order,
// after it heals. A crash resets connections. It differs in one thing on
// purpose: a write never blocks, because a writer that waits while holding a
// mutex would freeze the clock of a testing/synctest bubble.
//
// It has no sockets and no goroutines of its own; it knows nothing of what the
// bytes mean.
package memnet

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// Net is one network. All its methods may be called from any goroutine.
type Net struct {
	mu        sync.Mutex
	changed   chan struct{} // closed and replaced whenever a waiting Dial should look again
	links     map[direction]link
	listeners map[string]*listener // by address
	conns     map[*conn]struct{}
	crashes   map[string]int // how often a host has crashed, so that its dials under way end
	nextPort  int
}

type direction struct{ from, to string }

type link struct {
	cut     bool
	latency time.Duration
}

// New returns a network without hosts, on which nothing is cut.
func New() *Net {
	return &Net{
		changed:   make(chan struct{}),
		links:     make(map[direction]link),
		listeners: make(map[string]*listener),
		conns:     make(map[*conn]struct{}),
		crashes:   make(map[string]int),
		nextPort:  49152,
	}
}

// Host returns the host called name; it exists by being named. Addresses on it
// are "name:port".
func (n *Net) Host(name string) *Host { return &Host{net: n, name: name} }

// Cut stalls everything that travels from one host to another, in that
// direction only, until Heal or HealAll.
func (n *Net) Cut(from, to string) { n.setCut(from, to, true) }

// Heal ends a Cut and delivers what had stalled.
func (n *Net) Heal(from, to string) { n.setCut(from, to, false) }

// HealAll ends every Cut.
func (n *Net) HealAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for d, l := range n.links {
		l.cut = false
		n.links[d] = l
	}
	n.pumpAllLocked()
}

// SetLatency makes bytes sent from now on take d from one host to the other.
// They never overtake those sent before.
func (n *Net) SetLatency(from, to string, d time.Duration) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.links[direction{from, to}]
	l.latency = d
	n.links[direction{from, to}] = l
}

// CrashHost ends a host's process: its listeners close, its connections and its
// dials under way fail with ECONNRESET on its own side at once, and the other
// sides learn of it as soon as the link lets the reset through. The host can be
// used again straight away, as by a restarted process.
func (n *Net) CrashHost(name string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.crashes[name]++
	for _, l := range n.listeners {
		if l.host == name {
			l.closeLocked()
		}
	}
	for c := range n.conns {
		if c.in.to != name {
			continue
		}
		c.failLocked(syscall.ECONNRESET)
		c.out.sendLocked(packet{reset: true})
	}
	n.wakeLocked()
}

func (n *Net) setCut(from, to string, cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.links[direction{from, to}]
	l.cut = cut
	n.links[direction{from, to}] = l
	n.pumpAllLocked()
}

func (n *Net) pumpAllLocked() {
	for c := range n.conns {
		c.out.pumpLocked()
	}
	n.wakeLocked()
}

func (n *Net) wakeLocked() {
	close(n.changed)
	n.changed = make(chan struct{})
}

// Host is one machine's view of the network.
type Host struct {
	net  *Net
	name string
}

// Listen opens addr, which is "name:port" or ":port"; port 0 picks a free one.
// An address that is open already is refused with EADDRINUSE.
func (h *Host) Listen(addr string) (net.Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("memnet: listen on %q: %w", addr, err)
	}
	if host != "" && host != h.name {
		return nil, fmt.Errorf("memnet: %q is not an address of host %q: %w", addr, h.name, syscall.EADDRNOTAVAIL)
	}
	n := h.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if port == "0" {
		port = n.freePortLocked()
	}
	full := net.JoinHostPort(h.name, port)
	if n.listeners[full] != nil {
		return nil, &net.OpError{Op: "listen", Net: "memnet", Addr: Addr(full), Err: os.NewSyscallError("bind", syscall.EADDRINUSE)}
	}
	l := &listener{net: n, host: h.name, addr: Addr(full)}
	l.ready.L = &n.mu
	n.listeners[full] = l
	return l, nil
}

// Dial connects to addr. It hangs while either direction is cut, until the heal
// or the end of ctx; then nobody listening there is ECONNREFUSED.
func (h *Host) Dial(ctx context.Context, addr string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("memnet: dial %q: %w", addr, err)
	}
	if err := h.reach(ctx, host); err != nil {
		return nil, &net.OpError{Op: "dial", Net: "memnet", Addr: Addr(addr), Err: err}
	}
	n := h.net
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.listeners[addr]
	if l == nil {
		return nil, &net.OpError{Op: "dial", Net: "memnet", Addr: Addr(addr), Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}
	}
	local := Addr(net.JoinHostPort(h.name, n.freePortLocked()))
	near, far := n.pairLocked(direction{h.name, host}, local, Addr(addr))
	l.queue = append(l.queue, far)
	l.ready.Signal()
	return near, nil
}

// reach waits until a first packet could go to host and its answer come back.
func (h *Host) reach(ctx context.Context, host string) error {
	n := h.net
	n.mu.Lock()
	crashes := n.crashes[h.name]
	there, back := direction{h.name, host}, direction{host, h.name}
	roundTrip := n.links[there].latency + n.links[back].latency
	n.mu.Unlock()
	if roundTrip > 0 {
		timer := time.NewTimer(roundTrip)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	for {
		n.mu.Lock()
		open := !n.links[there].cut && !n.links[back].cut
		crashed := n.crashes[h.name] != crashes
		changed := n.changed
		n.mu.Unlock()
		switch {
		case crashed:
			return syscall.ECONNRESET
		case ctx.Err() != nil:
			return ctx.Err()
		case open:
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

func (n *Net) freePortLocked() string {
	n.nextPort++
	return strconv.Itoa(n.nextPort)
}

// Addr is "host:port".
type Addr string

// Network implements net.Addr.
func (Addr) Network() string  { return "memnet" }
func (a Addr) String() string { return string(a) }

type listener struct {
	net    *Net
	host   string
	addr   Addr
	ready  sync.Cond // L is the network's mutex
	queue  []*conn
	closed bool
}

func (l *listener) Accept() (net.Conn, error) {
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	for len(l.queue) == 0 && !l.closed {
		l.ready.Wait()
	}
	if l.closed {
		return nil, &net.OpError{Op: "accept", Net: "memnet", Addr: l.addr, Err: net.ErrClosed}
	}
	c := l.queue[0]
	l.queue = l.queue[1:]
	return c, nil
}

func (l *listener) Close() error {
	l.net.mu.Lock()
	defer l.net.mu.Unlock()
	if l.closed {
		return &net.OpError{Op: "close", Net: "memnet", Addr: l.addr, Err: net.ErrClosed}
	}
	l.closeLocked()
	return nil
}

func (l *listener) closeLocked() {
	l.closed = true
	if l.net.listeners[string(l.addr)] == l {
		delete(l.net.listeners, string(l.addr))
	}
	for _, c := range l.queue { // nobody will ever accept these
		c.failLocked(net.ErrClosed)
		c.out.sendLocked(packet{reset: true})
	}
	l.queue = nil
	l.ready.Broadcast()
}

func (l *listener) Addr() net.Addr { return l.addr }
