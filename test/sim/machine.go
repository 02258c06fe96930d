package sim

import (
	"context"
	"errors"
	"net"
	"slices"
	"sync"

	"github.com/hashicorp/raft"

	"moniker/transport/memnet"
)

// plug is one process's network: once pulled, it opens nothing any more.
type plug struct {
	*memnet.Host
	mu  sync.Mutex
	out bool
}

func (p *plug) pull() {
	p.mu.Lock()
	p.out = true
	p.mu.Unlock()
}

// Dial implements transport.Network.
func (p *plug) Dial(ctx context.Context, addr string) (net.Conn, error) {
	p.mu.Lock()
	out := p.out
	p.mu.Unlock()
	if out {
		return nil, errDead
	}
	return p.Host.Dial(ctx, addr)
}

// disk is what one process writes through: after kill nothing arrives.
type disk struct {
	*raft.InmemStore
	mu   sync.Mutex
	dead bool
	hung chan struct{}        // nil: it does not hang
	on   func(*raft.Log) bool // which entries it hangs on
}

var errDead = errors.New("the machine is off")

func (d *disk) kill() {
	d.mu.Lock()
	d.dead = true
	d.mu.Unlock()
}

// hang makes writes of such entries wait until release is called.
func (d *disk) hang(on func(*raft.Log) bool) (release func()) {
	hung := make(chan struct{})
	d.mu.Lock()
	d.hung, d.on = hung, on
	d.mu.Unlock()
	return func() {
		d.mu.Lock()
		d.hung = nil
		d.mu.Unlock()
		close(hung)
	}
}

func anything(*raft.Log) bool { return true }

func (d *disk) wait(ls []*raft.Log) {
	d.mu.Lock()
	hung, on := d.hung, d.on
	d.mu.Unlock()
	if hung != nil && slices.ContainsFunc(ls, on) {
		<-hung
	}
}

func (d *disk) alive() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		return errDead
	}
	return nil
}

// StoreLog implements raft.LogStore.
func (d *disk) StoreLog(l *raft.Log) error { return d.StoreLogs([]*raft.Log{l}) }

// StoreLogs implements raft.LogStore.
func (d *disk) StoreLogs(ls []*raft.Log) error {
	d.wait(ls)
	if err := d.alive(); err != nil {
		return err
	}
	return d.InmemStore.StoreLogs(ls)
}

// Set implements raft.StableStore. A dead one says nothing: raft would panic.
func (d *disk) Set(k, v []byte) error {
	if d.alive() != nil {
		return nil
	}
	return d.InmemStore.Set(k, v)
}

// SetUint64 implements raft.StableStore.
func (d *disk) SetUint64(k []byte, v uint64) error {
	if d.alive() != nil {
		return nil
	}
	return d.InmemStore.SetUint64(k, v)
}
