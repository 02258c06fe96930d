package linear

import (
	"math/rand/v2"
	"slices"
	"time"
)

// fault is something that goes wrong, or is done to the cluster, for a while. begin
// reports what it did, empty if nothing could be done, and how it ends; end may be nil.
type fault struct {
	weight int
	begin  func(w *world, r *rand.Rand, long time.Duration) (did string, end func())
}

// faults is all of them, by name.
func faults() map[string]fault {
	return map[string]fault{
		"halves":           {4, halves},
		"isolate":          {4, func(w *world, r *rand.Rand, _ time.Duration) (string, func()) { return w.isolate(w.some(r)) }},
		"isolate leader":   {4, func(w *world, _ *rand.Rand, _ time.Duration) (string, func()) { return w.isolate(w.leader()) }},
		"mute":             {2, mute},
		"deaf":             {2, deaf},
		"one way":          {2, oneWay},
		"flap":             {3, flap},
		"crash":            {4, func(w *world, r *rand.Rand, _ time.Duration) (string, func()) { return w.crash(w.some(r)) }},
		"crash leader":     {3, func(w *world, _ *rand.Rand, _ time.Duration) (string, func()) { return w.crash(w.leader()) }},
		"crash all":        {1, crashAll},
		"slow":             {3, slow},
		"hang leader":      {3, func(w *world, _ *rand.Rand, _ time.Duration) (string, func()) { return w.hang(w.leader()) }},
		"hang":             {2, func(w *world, r *rand.Rand, _ time.Duration) (string, func()) { return w.hang(w.some(r)) }},
		"freeze":           {3, freeze},
		"wall clocks":      {2, clocks},
		"stop":             {2, func(w *world, r *rand.Rand, _ time.Duration) (string, func()) { return w.stop(w.some(r)) }},
		"hand over":        {3, handOver},
		"join":             {2, join},
		"demote, promote":  {2, demote},
		"remove":           {2, remove},
		"replace a leader": {2, handOverAndCut},
	}
}

// some returns a host that runs and that no other fault is at work on; nil if none.
func (w *world) some(r *rand.Rand) *host {
	var free []*host
	for _, h := range w.all() {
		if w.idle(h) {
			free = append(free, h)
		}
	}
	if len(free) == 0 {
		return nil
	}
	return free[r.IntN(len(free))]
}

func (w *world) idle(h *host) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return h != nil && h.Running() && !h.busy && !h.removed && h.node != nil
}

func (w *world) others(h *host) []*host {
	return slices.DeleteFunc(w.all(), func(o *host) bool { return o == h })
}

// wire is one direction between two hosts.
type wire struct{ from, to string }

// cut stalls wires, and returns what heals them: those that nothing else has cut.
func (w *world) cut(wires []wire) (heal func()) {
	for _, x := range wires {
		w.cuts[x]++
		w.c.Net.Cut(x.from, x.to)
	}
	return func() {
		for _, x := range wires {
			if w.cuts[x]--; w.cuts[x] == 0 {
				w.c.Net.Heal(x.from, x.to)
			}
		}
	}
}

func (w *world) outOf(h *host) (out []wire) {
	for _, o := range w.others(h) {
		out = append(out, wire{h.Name, o.Name})
	}
	return out
}

func (w *world) into(h *host) (in []wire) {
	for _, o := range w.others(h) {
		in = append(in, wire{o.Name, h.Name})
	}
	return in
}

// silence notes that a host can say nothing from now on, and returns what notes that
// it can again.
func (w *world) silence(h *host) (over func()) {
	w.mu.Lock()
	i := len(w.silences)
	w.silences = append(w.silences, Silence{Node: h.Name, Process: h.process, From: w.rec.now(), To: never})
	w.mu.Unlock()
	clock := w.clock()
	w.mu.Lock()
	w.silences[i].Clock = clock
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		w.silences[i].To = w.rec.now()
		w.mu.Unlock()
	}
}

func (w *world) isolate(h *host) (string, func()) {
	if h == nil {
		return "", nil
	}
	heal := w.cut(append(w.outOf(h), w.into(h)...))
	heard := w.silence(h)
	return "nobody reaches " + h.Name + ", nor it anybody", func() { heard(); heal() }
}

func mute(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	h := w.some(r)
	if h == nil {
		return "", nil
	}
	heal := w.cut(w.outOf(h))
	heard := w.silence(h)
	return h.Name + " reaches nobody", func() { heard(); heal() }
}

func deaf(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	h := w.some(r)
	if h == nil {
		return "", nil
	}
	return "nobody reaches " + h.Name, w.cut(w.into(h))
}

func oneWay(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	all := w.all()
	i, j := r.IntN(len(all)), r.IntN(len(all)-1)
	if j >= i {
		j++
	}
	return all[i].Name + " does not reach " + all[j].Name, w.cut([]wire{{all[i].Name, all[j].Name}})
}

func halves(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	all := w.all()
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	some := 1 + r.IntN(len(all)-1)
	var wires []wire
	did := ""
	for _, a := range all[:some] {
		did += a.Name + " "
		for _, b := range all[some:] {
			wires = append(wires, wire{a.Name, b.Name}, wire{b.Name, a.Name})
		}
	}
	return did + "are cut off from the others", w.cut(wires)
}

// flap cuts a node off and lets it come back, again and again.
func flap(w *world, r *rand.Rand, long time.Duration) (string, func()) {
	h := w.leader()
	if r.IntN(2) == 0 {
		h = w.some(r)
	}
	if h == nil {
		return "", nil
	}
	var end func()
	for left := long; left > 0; {
		heal := w.cut(append(w.outOf(h), w.into(h)...))
		away := time.Duration(100+r.IntN(900)) * time.Millisecond
		back := time.Duration(100+r.IntN(1200)) * time.Millisecond
		pause(away)
		heal()
		pause(back)
		left -= away + back
	}
	return h.Name + " was cut off and came back, again and again", end
}

func slow(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	all := w.all()
	late := time.Duration(5+r.IntN(120)) * time.Millisecond
	set := func(d time.Duration) {
		for _, a := range all {
			for _, b := range all {
				w.c.Net.SetLatency(a.Name, b.Name, d)
			}
		}
	}
	if r.IntN(2) == 0 {
		all = []*host{all[r.IntN(len(all))], all[r.IntN(len(all))]}
	}
	set(late)
	return "links take " + late.String(), func() { set(delay) }
}

// hang stalls a host's disk: long enough, and its process ends.
func (w *world) hang(h *host) (string, func()) {
	if !w.idle(h) {
		return "", nil
	}
	release := h.HangDisk()
	return "the disk of " + h.Name + " hangs", release
}

// freeze stalls a host's disk and its network, which is as near as one comes to a
// process that is stopped and goes on.
func freeze(w *world, r *rand.Rand, _ time.Duration) (string, func()) {
	h := w.leader()
	if r.IntN(3) == 0 {
		h = w.some(r)
	}
	if !w.idle(h) {
		return "", nil
	}
	release := h.HangDisk()
	heal := w.cut(append(w.outOf(h), w.into(h)...))
	return h.Name + " is frozen", func() {
		if r.IntN(2) == 0 {
			release()
			heal()
			return
		}
		heal()
		release()
	}
}

// clocks sets wall clocks wrong: by hours, by a step back, or ever further.
func clocks(w *world, r *rand.Rand, long time.Duration) (string, func()) {
	all := w.all()
	for _, h := range all {
		switch r.IntN(3) {
		case 0:
			h.Clock.Skew(time.Duration(r.IntN(20)-10) * time.Hour)
		case 1:
			h.Clock.Skew(time.Duration(r.IntN(120)-60) * time.Second)
		}
	}
	drifting := all[r.IntN(len(all))]
	w.errands.Go(func() {
		skew := time.Duration(0)
		for range 1 + int(long/(100*time.Millisecond)) {
			skew += 40 * time.Millisecond
			drifting.Clock.Skew(skew)
			pause(100 * time.Millisecond)
		}
	})
	return "wall clocks go wrong", func() {
		for _, h := range all {
			h.Clock.Skew(0)
		}
	}
}
