package model

// mono is the node's monotonic clock: it stands still while the machine sleeps.
func (w *world) mono(n uint8) uint8 { return w.Real - w.Nodes[n].Slept }

// running reports whether the node's process can do something now.
func (w *world) running(n uint8) bool {
	node := &w.Nodes[n]
	return node.Alive && !node.Stopped && !node.Asleep
}

// leads reports whether there is a leader that has come so far and can act.
func (w *world) leads(phase Phase) bool {
	return w.Reign.Phase >= phase && w.running(w.Reign.Node)
}

// elect makes n the leader of a new term. The first of the last leader's entries
// had reached the others and survive.
func (w *world) elect(n, survive uint8) {
	last := w.Reign
	for _, e := range last.Fly[:survive] {
		w.tell("an entry of term %d survives", w.Term)
		w.commit(e, w.Term)
	}
	if survive < last.FlyN && w.Left[lateAppend] > 0 && w.Nodes[last.Node].Alive {
		w.Old, w.OldBy = last.Fly[survive], last.Node
	}
	w.Term++
	w.Stuck = false
	w.Reign = Reign{Node: n, Phase: elected}
	if !w.on(AnchorAfterBarrier) {
		w.Reign.Clock = w.anchor()
	}
	if !w.on(MarkAfterBarrier) {
		w.Reign.Mark = w.mono(n)
	}
	w.spread()
}

// anchor is where the new leader's clock begins, as far as it has applied the log.
func (w *world) anchor() uint8 {
	at := w.Nodes[w.Reign.Node].Sees.Now
	if !w.on(TimeStandsStill) {
		at += w.Real - w.Stamped
	}
	return at
}

// barrier lets the new leader apply all that is committed, anchor, and propose
// LeaderStart.
func (w *world) barrier() {
	r := &w.Reign
	w.look(r.Node)
	if w.on(AnchorAfterBarrier) {
		r.Clock = w.anchor()
	}
	if w.on(MarkAfterBarrier) {
		r.Mark = w.mono(r.Node)
	}
	w.tell("it anchors at %d", r.Clock)
	r.Phase = starting
	if !w.on(LeaderStartFirst) {
		r.Owes = true
		w.tell("LeaderStart is still to come")
		w.open(w.Chances)
		return
	}
	w.give(Entry{N: 1, Cmds: [maxEntry]Cmd{{Verb: leaderStart}}})
}

func (w *world) open(chances uint8) {
	w.Reign.Phase = open
	w.opened(chances)
	w.tell("%n is open", w.Reign.Node)
}

// turn turns the leader's clock.
func (w *world) turn() {
	r := &w.Reign
	mono := w.mono(r.Node)
	elapsed := mono - r.Mark
	r.Mark = mono
	stalled := r.FlyN > 0 && mono-r.Fly[0].At > 1
	switch {
	case !w.on(LeaderClock):
		r.Clock = w.Real + w.Nodes[r.Node].Wall
		return
	case stalled && w.on(StallAddsNothing):
		return
	case w.on(TurnCapped):
		elapsed = min(elapsed, 1)
	}
	r.Clock += elapsed
}

// give stamps an entry and gives it to raft, which commits it at once if nothing
// is in the way.
func (w *world) give(e Entry) {
	r := &w.Reign
	w.turn()
	e.Term, e.Now, e.At = w.Term, r.Clock, w.mono(r.Node)
	e.Chances, e.Gained = w.Chances, w.Gained
	r.Fly[r.FlyN] = e
	r.FlyN++
	if !w.Stuck && !w.cfg.Slow {
		w.committed()
	}
}

// committed commits the oldest entry under way.
func (w *world) committed() {
	r := &w.Reign
	e := r.Fly[0]
	copy(r.Fly[:], r.Fly[1:])
	r.FlyN--
	r.Fly[r.FlyN] = Entry{}
	w.commit(e, w.Term)
	if e.N > 0 && e.Cmds[0].Verb == leaderStart {
		if r.Owes {
			r.Owes = false
		} else {
			w.open(e.Chances)
			if w.mono(r.Node) != r.Mark {
				w.Chances++ // it took a while: up to a second of that may be burned
			}
		}
	}
	w.spread()
}

// tickDue reports whether the leader would propose a Tick: something is over, no
// other is under way, and no Renew waits.
func (w *world) tickDue() bool {
	r := &w.Reign
	for _, e := range r.Fly[:r.FlyN] {
		if e.Tick && w.on(OneTick) {
			return false
		}
	}
	if w.on(TickWaitsForRenew) && w.waiting() != 0 {
		return false
	}
	return w.due(&w.Nodes[r.Node].Sees, r.Clock)
}

// waiting returns whose Renew waits at the leader, a bit each.
func (w *world) waiting() (mask uint8) {
	r := &w.Reign
	for _, c := range r.Batch[:r.BatchN] {
		if c.Verb == renew && c.Num > w.Truth.Inc[c.Inc].Counter {
			mask |= 1 << c.Inc
		}
	}
	return mask
}

// stampDue reports whether the leader would commit an entry only for its stamp.
func (w *world) stampDue() bool {
	sees := &w.Nodes[w.Reign.Node].Sees
	return w.on(RestlessStamps) && w.Reign.FlyN == 0 && w.Reign.Clock > sees.Now && w.restless(sees)
}

// hasWork reports whether the batcher has a reason for an entry.
func (w *world) hasWork() bool {
	return w.Reign.BatchN > 0 || w.tickDue() || w.stampDue()
}

// propose puts an entry together from what waits, Renews first, and a Tick if one
// is due.
func (w *world) propose(tickOnly bool) {
	r := &w.Reign
	var e Entry
	for !tickOnly && e.N < maxEntry && r.BatchN > 0 {
		at := uint8(0)
		for i, c := range r.Batch[:r.BatchN] {
			if c.Verb == renew {
				at = uint8(i)
				break
			}
		}
		e.Cmds[e.N] = r.Batch[at]
		if w.tale != nil {
			w.tell(w.command(r.Batch[at]))
		}
		e.N++
		copy(r.Batch[at:], r.Batch[at+1:])
		r.BatchN--
		r.Batch[r.BatchN] = Cmd{}
	}
	e.Waiting = w.waiting()
	if e.Tick = tickOnly || w.tickDue(); e.Tick {
		w.tell("with a Tick")
	}
	w.give(e)
}

// arrive puts a command into the leader's batcher; false if there is none that
// would take it.
func (w *world) arrive(c Cmd) bool {
	r := &w.Reign
	if !w.leads(open) || r.BatchN == maxBatch {
		return false
	}
	r.Batch[r.BatchN] = c
	r.BatchN++
	return true
}

// pass lets a unit of real time go by.
func (w *world) pass() {
	r := &w.Reign
	turns := w.leads(open)
	works := turns && r.FlyN == 0
	young := turns && r.FlyN > 0 && w.mono(r.Node) == r.Fly[0].At
	w.Real++
	for n := range w.cfg.Nodes {
		if w.Nodes[n].Asleep {
			w.Nodes[n].Slept++
		}
	}
	if turns && w.on(IdleTurns) {
		w.turn()
	}
	if works {
		w.Served++
	}
	if works || young {
		w.Chances++ // what has been unapplied for up to a second may still cost that second
	}
}
