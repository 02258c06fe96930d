package model

// Make makes a move in s, and returns the law that it broke, or "". If tale is not
// nil it gets what happened, in words.
func (c *Config) Make(s *State, m Move, tale *[]string) string {
	w := &world{State: s, cfg: c, tale: tale}
	if s.Left[m.Kind] != none {
		s.Left[m.Kind]--
	}
	switch {
	case m.Kind <= unstick, m.Kind == elect, m.Kind == lateAppend, m.Kind == stick, m.Kind == drift, m.Kind == change:
		w.makeLeaders(m)
	case m.Kind >= connect:
		w.makePeoples(m)
	default:
		w.makeNodes(m)
	}
	w.checkWorld()
	return w.broken
}

// makeLeaders makes a move of time, raft or the leader.
func (w *world) makeLeaders(m Move) {
	r := &w.Reign
	switch m.Kind {
	case passTime:
		w.pass()
	case barrier:
		w.barrier()
	case owed:
		w.give(Entry{N: 1, Cmds: [maxEntry]Cmd{{Verb: leaderStart}}})
	case propose:
		w.propose(false)
	case tickAlone:
		w.propose(true)
	case commit:
		w.committed()
	case unstick:
		w.Stuck = false
		for r.FlyN > 0 {
			w.committed()
		}
	case elect:
		w.elect(m.A, m.B)
	case lateAppend:
		e := w.Old
		w.Old, w.OldBy = Entry{}, 0
		w.commit(e, w.Term)
		w.spread()
	case stick:
		w.Stuck = true
	case drift:
		r.Clock++
		w.Gained++
		w.Chances++
	case change:
		w.arrive(Cmd{Verb: set})
	}
}

// makeNodes makes a move of a node or of the network.
func (w *world) makeNodes(m Move) {
	node := &w.Nodes[min(m.A, maxNodes-1)]
	switch m.Kind {
	case apply:
		w.look(m.A)
	case resume, wake:
		w.goOn(m.A)
	case restart:
		node.Alive = true
		node.Sees = w.Truth
		w.tryAnew(m.A)
		w.tell("as %i", node.Trying)
	case heal:
		node.Cut = false
		w.spread()
	case sendRenew:
		w.sendRenew(m.A)
	case sendOut:
		w.sendOut(m.A, m.B)
	case sendRegister:
		w.send(m.A, Cmd{Verb: register, Inc: node.Trying, Token: node.Replaces, At: w.Real})
	case deliver:
		w.arrive(w.Net[m.A])
		w.unsend(m.A)
	case repeat:
		w.arrive(w.Net[m.A])
	case lose:
		w.unsend(m.A)
	case stop:
		node.Stopped = true
	case sleep:
		node.Asleep = true
	case crash:
		w.crash(m.A)
	case cut:
		node.Cut = true
	case wall:
		node.Wall = w.cfg.TTL[0] + 1
	}
}

// goOn lets a process that stood still go on. If it leads, its clock turns.
func (w *world) goOn(n uint8) {
	node := &w.Nodes[n]
	node.Stopped, node.Asleep = false, false
	if r := &w.Reign; r.Node == n && r.Phase == open && w.mono(n) != r.Mark {
		w.Chances++ // a stall may burn a second
		w.turn()
	}
	w.spread()
}

// crash ends a process, and all it had in memory.
func (w *world) crash(n uint8) {
	node := &w.Nodes[n]
	for _, c := range node.Out[:node.OutN] {
		if c.Verb == post {
			w.Lines[c.Post].Fate = settled // nobody is there who would send it again
		}
	}
	w.Nodes[n] = Node{Wall: node.Wall, Slept: node.Slept}
	for i := range w.Seats {
		if w.Seats[i].Who != 0 && w.Seats[i].Node == n {
			w.Seats[i] = Seat{}
		}
	}
	if w.Reign.Node == n {
		w.Reign = Reign{Node: n, Fly: w.Reign.Fly, FlyN: w.Reign.FlyN}
	}
	if w.Old.Term != 0 && w.OldBy == n {
		w.Old, w.OldBy = Entry{}, 0
	}
}

// makePeoples makes a move of somebody at a terminal, or of a node towards them.
func (w *world) makePeoples(m Move) {
	switch m.Kind {
	case connect:
		w.connect(m.A, m.B, m.C)
	case hangUp:
		w.hangUp(m.A, false)
	case quit:
		w.hangUp(m.A, true)
	case nick:
		s := &w.Seats[m.A]
		s.Asking = true
		w.add(s.Node, Cmd{Verb: claim, Sess: s.Sess, Name: m.B})
	case say, sayAgain:
		w.say(m.A, m.B)
	case giveUp:
		w.giveUp(m.A)
	}
}
