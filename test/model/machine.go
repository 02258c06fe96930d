package model

// commit applies an entry to the truth. logTerm is the term in which raft has it.
func (w *world) commit(e Entry, logTerm uint8) {
	w.entry, w.ran = e, 0
	w.takeStamp(e, logTerm)
	if !w.on(ExpiryOnlyInTick) {
		w.expire()
	}
	if e.Tick && !w.on(TickLast) {
		w.tick()
	}
	for _, c := range e.Cmds[:e.N] {
		w.ran++
		w.run(c)
	}
	if e.Tick && w.on(TickLast) {
		w.tick()
	}
	w.checkTruth()
}

// takeStamp moves cluster time if the stamp counts.
func (w *world) takeStamp(e Entry, logTerm uint8) {
	t := &w.Truth
	switch {
	case w.on(StampOfItsTerm) && e.Term != logTerm:
		w.tell("its stamp is of term %d, raft has it in %d: not taken", e.Term, logTerm)
		return
	case e.Now < t.Now && w.on(LaterStampsOnly):
		w.tell("its stamp %d is earlier than %d: not taken", e.Now, t.Now)
		return
	case e.Now < t.Now:
		w.breaks(lawTime)
	}
	if t.Now != e.Now {
		w.tell("cluster time is %d", e.Now)
	}
	t.Now, w.Stamped = e.Now, w.Real
}

func (w *world) run(c Cmd) {
	switch c.Verb {
	case renew:
		w.runRenew(c)
	case register:
		w.runRegister(c)
	case leaderStart:
		w.runLeaderStart()
	case set:
		w.Truth.Set ^= 1
		w.tell("ttl is %d, grace %d now", w.ttl(&w.Truth), w.grace(&w.Truth))
	default:
		w.runNumbered(c)
	}
}

// runNumbered runs a command of a stream, if it is the next.
func (w *world) runNumbered(c Cmd) {
	inc := &w.Truth.Inc[c.Inc]
	if inc.Status != live {
		w.tell("%v of ended %i: refused", uint8(c.Verb), c.Inc)
		return
	}
	switch {
	case c.Num <= inc.Stream && w.on(OnceOnly):
		w.tell("%v number %d again: not executed", uint8(c.Verb), c.Num)
		return
	case c.Num > inc.Stream+1 && w.on(GapRefused):
		w.tell("%v number %d, one before it is missing: refused", uint8(c.Verb), c.Num)
		return
	}
	w.executed(c)
	inc.Stream = max(inc.Stream, c.Num)
	w.renewed(c, true)
	switch c.Verb {
	case attach:
		w.runAttach(c)
	case claim:
		w.runClaim(c)
	case post:
		w.runPost(c)
	default:
		w.runLeave(c)
	}
}

func (w *world) runRenew(c Cmd) {
	inc := &w.Truth.Inc[c.Inc]
	if inc.Status != live {
		if w.on(EndIsFinal) {
			w.tell("Renew of ended %i: refused", c.Inc)
			return
		}
		inc.Status = live
		w.breaks(lawFinal)
	}
	fresh := c.Num > inc.Counter
	if !fresh && w.on(RenewCounter) {
		w.tell("a late copy of %i's Renew %d: not taken", c.Inc, c.Num)
		return
	}
	inc.Counter = max(inc.Counter, c.Num)
	w.renewed(c, fresh)
}

// renewed moves the deadline of the command's incarnation.
func (w *world) renewed(c Cmd, fresh bool) {
	t := &w.Truth
	inc := &t.Inc[c.Inc]
	inc.Renewed, inc.Extended = t.Now, false
	to := t.Now + w.ttl(t)
	if w.on(NeverShortens) {
		to = max(to, inc.Deadline)
	}
	inc.Deadline = to
	w.tell("%i is renewed until %d", c.Inc, to)
	if fresh {
		w.vow(c)
	}
}

func (w *world) runRegister(c Cmd) {
	t := &w.Truth
	n := w.IncOf[c.Inc]
	have := t.Member[n]
	switch {
	case have == c.Inc && t.Inc[have].Status == live:
		return
	case have == c.Inc:
		w.tell("Register of ended %i: refused", c.Inc)
		return
	case have != c.Token && w.on(CompareAndSwap):
		w.tell("Register of %i would replace %i, but %n has %i: refused", c.Inc, c.Token, n, have)
		return
	}
	if t.Inc[have].Status == live {
		if w.Nodes[n].Alive && w.Nodes[n].Trying == have {
			w.breaks(lawReplaced)
		}
		w.end(have)
	}
	if t.Inc[c.Inc].Status == ended {
		w.breaks(lawFinal)
	}
	t.Member[n] = c.Inc
	t.Inc[c.Inc] = Incarnation{Status: live, Renewed: t.Now, Deadline: t.Now + w.ttl(t)}
	w.tell("%i is live until %d", c.Inc, t.Now+w.ttl(t))
	w.vow(c)
}

func (w *world) runLeaderStart() {
	t := &w.Truth
	for i := uint8(1); i <= w.Incs; i++ {
		inc := &t.Inc[i]
		if inc.Status != live || inc.Extended && w.on(OncePerRenewal) || !w.on(LeaderStartExtends) {
			continue
		}
		if !inc.Extended {
			w.Vows[i].Latest = max(w.Vows[i].Latest, t.Now+w.ttl(t)+1)
			w.Vows[i].Need = w.ttl(t)
		}
		inc.Extended = true
		inc.Deadline = max(inc.Deadline, t.Now+w.ttl(t))
		w.tell("%i is extended until %d", i, inc.Deadline)
	}
}

// expire ends node leases that are over at the truth's time, and checks what was
// promised to them.
func (w *world) expire() {
	t := &w.Truth
	for i := uint8(1); i <= w.Incs; i++ {
		if t.Inc[i].Status == live && w.deadline(t, i) <= t.Now {
			w.checkExpiry(i)
			w.end(i)
		}
	}
}

// tick ends what is over: node leases, then graces.
func (w *world) tick() {
	t := &w.Truth
	w.expire()
	for k := uint8(1); k <= w.cfg.Names; k++ {
		if t.Name[k].Owner == 0 || w.until(t, k) > t.Now || t.held(k) {
			continue
		}
		w.checkGrace(k)
		w.tell("the grace of %k is over: it is free", k)
		t.Name[k] = Name{}
	}
}

// end ends an incarnation. Its names are in grace from now; what cleans up later
// is not modelled.
func (w *world) end(i uint8) {
	t := &w.Truth
	t.Inc[i].Status = ended
	w.tell("%i ENDS", i)
	for s := uint8(1); s <= w.Sess; s++ {
		if w.Under[s] == i && t.On[s] != 0 {
			w.leave(s, false)
		}
	}
}
