package lease

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// Due returns the earliest moment at which Tick has something to do; false if
// nothing is waiting to end. A leader proposes a Tick when it has passed.
func (t *Table) Due() (id.Time, bool) {
	if len(t.ix.ended) > 0 {
		return 0, true
	}
	var due id.Time
	found := false
	t.incarnations.Any(func(i Incarnation) bool {
		if !found || i.Deadline < due {
			due, found = i.Deadline, true
		}
		return false
	})
	if len(t.ix.graces) > 0 && (!found || t.ix.graces[0].until < due) {
		due, found = t.ix.graces[0].until, true
	}
	return due, found
}

// Tick is the only place where anything ends because time has passed. It ends
// every incarnation whose deadline has come, then cleans up at most budget items
// in the order of (deadline, name): sessions of ended incarnations first, which
// puts their names in grace, then names whose grace or reservation is over. It returns
// what is left of the budget.
func (t *Table) Tick(tn *turn.Turn, keep Keep, budget int) int {
	for _, i := range t.incarnations.Sorted() {
		if !i.Ended && i.Deadline <= tn.Now {
			t.End(tn, i.ID, keep.Grace, turn.NodeExpired)
		}
	}
	budget = t.sweepSessions(tn, budget)
	return t.sweepGraces(tn, keep, budget)
}

func (t *Table) sweepSessions(tn *turn.Turn, budget int) int {
	for len(t.ix.ended) > 0 {
		e := &t.ix.ended[0]
		inc, _ := t.incarnations.Get(e.inc)
		for ; len(e.queue) > 0; e.queue = e.queue[1:] {
			s, ok := t.sessions.Get(id.Session{Incarnation: e.inc, Number: e.queue[0]})
			if !ok {
				continue // its owner came back and it was dropped then: a restored queue does not have it
			}
			if budget == 0 {
				return 0
			}
			t.deleteSession(tn, s)
			t.stand(tn, s, standing{keep: Keep{Grace: inc.Grace}, from: inc.EndedAt, why: inc.Why})
			budget--
		}
		t.forget(tn, e.inc)
		t.ix.ended = t.ix.ended[1:]
	}
	return budget
}

// sweepGraces frees the names whose time is over; a registered one is reserved first.
func (t *Table) sweepGraces(tn *turn.Turn, keep Keep, budget int) int {
	for budget > 0 && len(t.ix.graces) > 0 && t.ix.graces[0].until <= tn.Now {
		g := t.ix.graces[0]
		r, _ := t.names.Get(g.key)
		e := turn.Event{Kind: turn.Freed, Why: turn.GraceOver, Identity: r.Owner, Key: g.key, Nick: r.Display, Token: r.Token}
		if r.ReservedUntil > 0 {
			e.Why = turn.Unused
		}
		if n := r.Name; n.Registered && n.ReservedUntil == 0 {
			e.Kind = turn.Reserved
			n.ReservedUntil = tn.Now.Add(keep.Reserved)
			t.putName(tn, n)
		} else {
			t.deleteName(tn, n)
		}
		tn.Emit(e)
		budget--
	}
	return budget
}
