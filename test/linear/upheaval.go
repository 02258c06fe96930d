package linear

import (
	"context"
	"math/rand/v2"
	"time"

	"moniker/fsm"
	"moniker/fsm/member"
)

func (w *world) crash(h *host) (string, func()) {
	if !w.idle(h) {
		return "", nil
	}
	clean := true
	for _, x := range w.outOf(h) {
		clean = clean && w.cuts[x] == 0
	}
	w.ends(h)
	h.Crash()
	if clean {
		w.silence(h)
	}
	return h.Name + " crashes", func() { w.restart(h) }
}

func crashAll(w *world, _ *rand.Rand, _ time.Duration) (string, func()) {
	w.clock() // nobody will know for a while
	var down []*host
	for _, h := range w.all() {
		if w.idle(h) {
			w.ends(h)
			h.Crash()
			down = append(down, h)
		}
	}
	return "all crash", func() {
		for _, h := range down {
			w.restart(h)
		}
	}
}

// restart starts a host's next process on what its disk has, unless it runs.
func (w *world) restart(h *host) {
	if h.Running() || w.gone(h) {
		return
	}
	w.ends(h)
	w.ending(h, "it started again")
	h.Crash() // if it ended by itself, its disk may still have something of it to write
	h.Start()
	w.began(h)
	w.rec.note("%s starts", h.Name)
}

func (w *world) ending(h *host, why string) {
	w.mu.Lock()
	w.endings = append(w.endings, Ending{h.Name, h.process, w.rec.now(), why})
	w.mu.Unlock()
}

// stop stops a host on purpose: it hands over, and ends its incarnation.
func (w *world) stop(h *host) (string, func()) {
	if !w.idle(h) {
		return "", nil
	}
	w.ending(h, "it was stopped")
	w.mu.Lock()
	h.busy = true
	w.mu.Unlock()
	stopped := make(chan struct{})
	w.errands.Go(func() {
		h.Stop()
		w.ends(h)
		close(stopped)
	})
	return h.Name + " is stopped", func() {
		<-stopped
		w.mu.Lock()
		h.busy = false
		w.mu.Unlock()
		w.restart(h)
	}
}

// handOver has somebody lead.
func handOver(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	on, to := w.some(r), w.some(r)
	if on == nil {
		return "", nil
	}
	node := on.node
	w.errands.Go(func() {
		err := node.Lead(context.Background(), to.ID)
		w.rec.note("%s was to have %s lead: %v", on.Name, to.Name, err)
	})
	return on.Name + " is to have " + to.Name + " lead", nil
}

// handOverAndCut cuts the old leader off while it hands over.
func handOverAndCut(w *world, r *rand.Rand, long time.Duration) (string, func()) {
	old := w.leader()
	did, _ := handOver(w, r, long)
	if did == "" || old == nil {
		return did, nil
	}
	pause(time.Duration(r.IntN(20)) * time.Millisecond)
	also, end := w.isolate(old)
	return did + ", and " + also, end
}

// join lets one more node in, as a voter or not.
func join(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	through := w.some(r)
	if through == nil || len(w.all()) >= 7 {
		return "", nil
	}
	role := member.NonVoter
	if r.IntN(2) == 0 {
		role = member.Voter
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	n, err := w.c.Admit(ctx, through.Node, role)
	if err != nil {
		return through.Name + " was to let in " + n.Name + ": " + err.Error(), nil
	}
	for _, o := range w.all() {
		w.c.Net.SetLatency(n.Name, o.Name, delay)
		w.c.Net.SetLatency(o.Name, n.Name, delay)
	}
	w.adopt(n)
	return through.Name + " lets in " + n.Name, nil
}

// demote makes a voter that does not lead a non-voter for a while.
func demote(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	h, on := w.some(r), w.some(r)
	if h == nil || h == w.leader() {
		return "", nil
	}
	w.do(on, fsm.SetRole{Node: h.ID, Role: member.NonVoter}, nil)
	return h.Name + " is to be a non-voter", func() {
		if on := w.some(r); on != nil {
			w.do(on, fsm.SetRole{Node: h.ID, Role: member.Voter}, nil)
		}
	}
}

// remove takes a node that does not lead out for ever, if three are left.
func remove(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	h, on := w.some(r), w.some(r)
	left := 0
	for _, o := range w.all() {
		if w.idle(o) {
			left++
		}
	}
	if h == nil || h == on || h == w.leader() || left < 4 {
		return "", nil
	}
	w.mu.Lock()
	h.removed = true
	w.mu.Unlock()
	w.ending(h, "it was removed")
	w.do(on, fsm.RemoveMember{Node: h.ID}, nil)
	return h.Name + " is to be removed", nil
}
