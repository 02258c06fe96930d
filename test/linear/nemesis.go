package linear

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"
)

// suffer lets a plan's faults begin and end, each at its time. All faults are begun
// and ended by the one goroutine that calls it.
func (w *world) suffer(p Plan) {
	type turn struct {
		at  time.Duration
		run func()
	}
	var due []turn
	add := func(at time.Duration, run func()) {
		due = append(due, turn{at, run})
		slices.SortStableFunc(due, func(a, b turn) int { return cmp.Compare(a.at, b.at) })
	}
	for _, s := range p.Steps {
		add(s.At, func() {
			did, end := faults()[s.Fault].begin(w, rand.New(rand.NewPCG(s.Seed, 1)), s.For)
			if did == "" {
				return
			}
			w.faults[s.Fault]++
			w.rec.note("%s", did)
			if end != nil {
				add(max(s.At+s.For, w.rec.now()), func() {
					end()
					w.rec.note("it is over that %s", did)
				})
			}
		})
	}
	for len(due) > 0 {
		next := due[0]
		due = due[1:]
		pause(next.at - w.rec.now())
		w.revive()
		next.run()
	}
	pause(p.Length - w.rec.now())
}

// revive notes processes that have ended by themselves: one whose disk hung for too
// long, say. They are started again in the end, or by the next fault's end.
func (w *world) revive() {
	for _, h := range w.all() {
		w.mu.Lock()
		died := h.node != nil && !h.Running()
		busy := h.busy
		w.mu.Unlock()
		if !died || busy {
			continue
		}
		w.rec.note("%s has stopped: %v", h.Name, h.Err)
		w.ends(h)
		w.restart(h)
	}
}
