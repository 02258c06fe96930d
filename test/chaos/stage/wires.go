package stage

import (
	"math/rand/v2"
	"sync"
	"time"
)

// way is from one machine to another.
type way struct{ from, to string }

// link is what happens to bytes on a way. The zero link is a sound one.
type link struct {
	cut           bool
	delay, jitter time.Duration
	loss          int // of a hundred packets; proxies lose nothing
	rate          int // bytes a second; 0: as many as there are
}

func (l link) and(m link) link {
	l.cut = l.cut || m.cut
	l.delay += m.delay
	l.jitter += m.jitter
	l.loss = max(l.loss, m.loss)
	if l.rate == 0 || m.rate > 0 && m.rate < l.rate {
		l.rate = m.rate
	}
	return l
}

// wires are all links as the faults in force have them: each fault is a layer.
type wires struct {
	mu     sync.RWMutex
	layers map[int]map[way]link
	next   int
}

func newWires() *wires { return &wires{layers: map[int]map[way]link{}} }

// add puts a layer on; undo takes it off.
func (w *wires) add(layer map[way]link) (undo func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := w.next
	w.next++
	w.layers[n] = layer
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.layers, n)
	}
}

// of is what a way is like now.
func (w *wires) of(from, to string) (l link) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	for _, layer := range w.layers {
		l = l.and(layer[way{from, to}])
	}
	return l
}

// pace says when bytes that enter a way leave it, in their order.
type pace struct{ free, last time.Time }

func (p *pace) due(now time.Time, l link, size int) time.Time {
	at := now
	if l.rate > 0 {
		if p.free.Before(now) {
			p.free = now
		}
		p.free = p.free.Add(time.Duration(size) * time.Second / time.Duration(l.rate))
		at = p.free
	}
	at = at.Add(l.delay)
	if l.jitter > 0 {
		at = at.Add(rand.N(l.jitter))
	}
	if at.Before(p.last) {
		at = p.last
	}
	p.last = at
	return at
}

// parcel is bytes on a way.
type parcel struct {
	data []byte
	due  time.Time
}

// both is a layer that treats the ways between two machines alike.
func both(layer map[way]link, a, b string, l link) {
	layer[way{a, b}], layer[way{b, a}] = l, l
}
