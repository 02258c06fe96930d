package sshfront

import (
	"context"
	"sync"
	"time"

	"moniker/fsm"
	"moniker/fsm/setting"
)

// door runs a gate: it brings the settings, the time and the lock. Its methods are
// safe for concurrent use.
type door struct {
	cluster Cluster

	mu     sync.Mutex
	gate   *gate
	bounds bounds // as they were when the last connection came
}

func newDoor(c Cluster) *door { return &door{cluster: c, gate: newGate()} }

// arrive lets a connection in, or says why not, and which bounds are in force.
// giveWay is called when the visitor is to leave for another; it must not block.
func (d *door) arrive(from source, giveWay func()) (*visitor, refusal, bounds) {
	v := &visitor{granted: make(chan struct{}, 1), giveWay: giveWay}
	var b bounds
	d.cluster.View(func(st *fsm.State) {
		get := func(name setting.Name) int { return int(st.Settings().Get(name)) }
		b = bounds{
			all: get(setting.LimitConnections), address: get(setting.LimitAddress),
			turns: get(setting.LimitHandshakes), addressesTurn: get(setting.LimitKnocks),
		}
	})
	d.mu.Lock()
	d.bounds = b
	why, out := d.gate.arrive(b, from, v, time.Now())
	d.grantLocked()
	d.mu.Unlock()
	if out != nil {
		out.giveWay()
	}
	return v, why, b
}

// turn waits for v's turn; false if ctx ends first.
func (d *door) turn(ctx context.Context, v *visitor) bool {
	d.mu.Lock()
	d.gate.ask(v)
	d.grantLocked()
	d.mu.Unlock()
	select {
	case <-v.granted:
		return true
	case <-ctx.Done():
		return false
	}
}

// rest gives v's turn back, if it has one.
func (d *door) rest(v *visitor) { d.change(func(g *gate) { g.rest(v) }) }

// move notes that v's handshake goes on.
func (d *door) move(v *visitor) { d.change(func(g *gate) { g.move(v, time.Now()) }) }

// prove notes that v has said who it is. It reports false for one that has given way
// to another already, and only has not been told yet: nobody counts it any more.
func (d *door) prove(v *visitor) (inside bool) {
	d.change(func(g *gate) {
		g.prove(v)
		inside = !v.gone
	})
	return inside
}

// leave notes that v's connection is over.
func (d *door) leave(v *visitor) { d.change(func(g *gate) { g.leave(v) }) }

func (d *door) change(f func(*gate)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f(d.gate)
	d.grantLocked()
}

// grantLocked hands out the turns there are. No channel is full: who has a turn
// does not wait for one.
func (d *door) grantLocked() {
	for v := d.gate.next(d.bounds); v != nil; v = d.gate.next(d.bounds) {
		v.granted <- struct{}{}
	}
}

// inside is how many connections there are, and how many of them have not said who
// they are.
func (d *door) inside() (open, unproven int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gate.open, d.gate.room
}
