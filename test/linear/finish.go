package linear

import (
	"context"
	"time"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
)

// recovery is how long a cluster may take, once everything is healed, until every node
// serves.
const recovery = 60 * time.Second

// heal ends all that is still wrong, and starts who does not run.
func (w *world) heal() {
	w.errands.Wait()
	w.c.Net.HealAll()
	w.rec.note("all is healed")
	for _, h := range w.all() {
		if h.Running() || w.gone(h) {
			continue
		}
		w.restart(h)
	}
	for _, h := range w.all() {
		if !w.soon(func() bool { return w.gone(h) || h.Running() && h.Serves() }) {
			w.breaks("%s/%d does not serve %v after all was healed: it runs: %v, %v; %+v", h.Name, h.process, recovery, h.Running(), h.Err, h.Health())
		}
	}
}

// gone reports whether a host was removed, as anybody who knows has it.
func (w *world) gone(h *host) (gone bool) {
	w.mu.Lock()
	removed := h.removed
	w.mu.Unlock()
	if !removed {
		return false
	}
	for _, o := range w.all() {
		if o.Node.Node == nil {
			continue
		}
		o.View(func(s *fsm.State) {
			m, ok := s.Members().Member(h.ID)
			gone = gone || ok && m.Role == member.Removed
		})
	}
	return gone
}

func (w *world) soon(ok func() bool) bool {
	for began := time.Now(); time.Since(began) < recovery; pause(10 * time.Millisecond) {
		if ok() {
			return true
		}
	}
	return false
}

// finish waits until nothing that is unknown can take effect any more and nobody can
// still be on a name, reads everything everywhere, and compares all replicas.
func (w *world) finish(h *History) {
	pause(2*ttl + grace + 5*time.Second)
	h.Settled, h.Quiet = w.rec.order.Add(1), w.rec.now()
	w.rec.note("all is quiet")
	var rest []*host
	for _, o := range w.all() {
		if !w.gone(o) {
			rest = append(rest, o)
		}
	}
	for _, o := range rest {
		w.read(-1, place{node: o.Node.Node, name: o.Name, process: o.process}, w.linearizable)
	}
	if !w.soon(func() bool { return same(rest) }) {
		w.breaks("%v after all was quiet, not all replicas have the same state", recovery)
	}
	for _, o := range rest {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		if err := o.Node.Node.Read(ctx); err != nil {
			w.breaks("%s cannot read when all is quiet: %v", o.Name, err)
		}
		cancel()
		o.View(func(s *fsm.State) {
			if err := s.Invariants(); err != nil {
				w.breaks("%s: %v", o.Name, err)
			}
			if left := s.Lease().Sessions(); len(left) > 0 {
				w.breaks("%s: everybody has left, and there are sessions: %v", o.Name, left)
			}
			if left := s.Lease().Names(); len(left) > 0 {
				w.breaks("%s: everybody has left, long ago, and there are names: %+v", o.Name, left)
			}
		})
	}
	rest[0].View(func(s *fsm.State) {
		for _, m := range s.History().Last(room, 1<<30) {
			h.Room = append(h.Room, lineOf(m))
		}
	})
}

// same reports whether all replicas have applied the same and have the same state.
func same(all []*host) bool {
	at, want := all[0].Digest()
	for _, h := range all[1:] {
		if i, d := h.Digest(); i != at || d != want {
			return false
		}
	}
	return true
}

// clock returns the newest cluster time that any process has ever applied: one that
// starts again takes a while to know what it knew.
func (w *world) clock() id.Time {
	for _, h := range w.all() {
		if h.Running() {
			h.View(func(s *fsm.State) { w.sees(s.Time()) })
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.newest
}

func (w *world) sees(now id.Time) {
	w.mu.Lock()
	w.newest = max(w.newest, now)
	w.mu.Unlock()
}

// leader returns the host that most of those who run believe to lead; nil if none.
func (w *world) leader() *host {
	votes := map[string]int{}
	var best *host
	for _, h := range w.all() {
		if h.Running() && h.Health().Standing != cluster.Starting {
			votes[h.Health().Leader]++
		}
	}
	for _, h := range w.all() {
		if n := votes[h.Name]; n > 0 && h.Running() && (best == nil || n > votes[best.Name]) {
			best = h
		}
	}
	return best
}
