package model

// leave takes a session off its name. If it was the last, the name is free on its
// person's wish, else in grace.
func (w *world) leave(s uint8, free bool) {
	t := &w.Truth
	k := t.On[s]
	t.On[s] = 0
	if t.held(k) {
		w.tell("%s leaves %k", s, k)
		return
	}
	if free {
		w.Kept[k].Until = t.Now
	} else {
		w.Kept[k].Until = t.Now + w.grace(t)
	}
	if free || !w.on(GraceFirst) {
		t.Name[k] = Name{}
		w.tell("%s leaves %k, it is free", s, k)
		return
	}
	t.Name[k].Since, t.Name[k].Until = t.Now, t.Now+w.grace(t)
	w.tell("%s leaves %k, in grace until %d", s, k, t.Name[k].Until)
}

// mayHave reports whether an identity may be on a name.
func (w *world) mayHave(who, k uint8) bool {
	n := w.Truth.Name[k]
	switch {
	case n.Owner == 0:
		return true
	case n.Owner != who && w.on(RivalsRefused):
		w.tell("%k is %w's: refused", k, n.Owner)
		return false
	case n.Owner == who && w.Truth.held(k) && !w.on(OwnerJoins):
		w.tell("%k is in use: refused", k)
		w.breaks(lawReturns)
		return false
	}
	return true
}

// sit puts a session on a name, under a new token if it was free.
func (w *world) sit(s, k uint8) {
	t := &w.Truth
	who, n := w.Whose[s], t.Name[k]
	t.On[s] = k
	if n.Owner == who {
		t.Name[k].Until, w.Kept[k].Until = 0, none
		w.tell("%w is on %k again with %s, token %d", who, k, s, n.Token)
		return
	}
	token := t.Last + 1
	if !w.on(TokensGrow) {
		token = w.Kept[k].Token + 1
	}
	if kept := w.Kept[k]; kept.Owner != who && kept.Owner != 0 && t.Now < kept.Until && kept.Until != none {
		w.breaks(lawGrace)
	}
	if token <= t.Last {
		w.breaks(lawTokens)
	}
	t.Last = max(t.Last, token)
	t.Name[k] = Name{Owner: who, Token: token}
	w.Kept[k] = Name{Owner: who, Token: token, Until: none}
	w.tell("%k is granted to %w with %s under token %d", k, who, s, token)
}

func (w *world) runAttach(c Cmd) {
	if w.Truth.On[c.Sess] != 0 || !w.mayHave(w.Whose[c.Sess], c.Name) {
		return
	}
	w.makeWay(w.Whose[c.Sess])
	w.sit(c.Sess, c.Name)
}

// makeWay ends the sessions of an identity that were heard from longest ago until
// there is room for one more.
func (w *world) makeWay(who uint8) {
	t := &w.Truth
	for {
		count, worst := uint8(0), uint8(0)
		for s := uint8(1); s <= w.Sess; s++ {
			if t.On[s] == 0 || w.Whose[s] != who {
				continue
			}
			count++
			if worst == 0 || t.Inc[w.Under[s]].Renewed < t.Inc[w.Under[worst]].Renewed {
				worst = s
			}
		}
		if count < w.cfg.Limit || worst == 0 {
			return
		}
		w.tell("%s gives way", worst)
		w.leave(worst, false)
	}
}

func (w *world) runClaim(c Cmd) {
	t := &w.Truth
	if t.On[c.Sess] == 0 || t.On[c.Sess] == c.Name || !w.mayHave(w.Whose[c.Sess], c.Name) {
		return
	}
	w.leave(c.Sess, true)
	w.sit(c.Sess, c.Name)
}

func (w *world) runLeave(c Cmd) {
	on := w.Truth.On[c.Sess]
	switch {
	case on == 0:
		w.tell("%v of %s, which is not there", uint8(c.Verb), c.Sess)
	case on != c.Name && !w.on(LeaveNamesSession):
		w.tell("%v of %s from %k, but it is on %k: nothing is done", uint8(c.Verb), c.Sess, c.Name, on)
	default:
		w.leave(c.Sess, c.Verb == release)
	}
}

func (w *world) runPost(c Cmd) {
	t := &w.Truth
	on := t.On[c.Sess]
	fits := on != 0 && t.Name[on].Token == c.Token
	switch {
	case on == 0 && w.on(SessionChecked):
		w.tell("line %d of dead %s: refused", c.Post, c.Sess)
		return
	case on != 0 && !fits && w.on(TokenChecked):
		w.tell("line %d under token %d, %k has %d: refused", c.Post, c.Token, on, t.Name[on].Token)
		return
	case !fits:
		w.breaks(lawFenced)
	}
	w.tell("line %d is SAID", c.Post)
	l := &w.Lines[c.Post]
	if l.Times++; l.Times > 1 {
		w.breaks(lawOnce)
	}
}
