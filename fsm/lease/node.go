package lease

import (
	"moniker/fsm/id"
	"moniker/fsm/table"
	"moniker/fsm/turn"
)

// Begin makes inc live on node until ttl from now. inc must be new.
func (t *Table) Begin(tn *turn.Turn, inc id.Incarnation, node id.Node, ttl id.Duration) {
	t.putIncarnation(tn, Incarnation{ID: inc, Node: node, Began: tn.Now, Renewed: tn.Now, Deadline: tn.Now.Add(ttl)})
	tn.Emit(turn.Event{Kind: turn.NodeUp, Node: node, Session: id.Session{Incarnation: inc}})
}

// Renew moves inc's deadline to ttl from now, if it is not later already. inc must be live. A renewal whose
// counter is not newer than one already taken is a late copy and changes nothing.
func (t *Table) Renew(tn *turn.Turn, inc id.Incarnation, counter uint64, ttl id.Duration) bool {
	i, _ := t.incarnations.Get(inc)
	if counter <= i.Counter {
		return false
	}
	i.Counter = counter
	t.renew(tn, i, ttl)
	return true
}

// Heard renews inc because a command of its stream was executed: that proves as
// much as a renewal, and cannot be a late copy.
func (t *Table) Heard(tn *turn.Turn, inc id.Incarnation, ttl id.Duration) {
	i, _ := t.incarnations.Get(inc)
	if i.Renewed == tn.Now && !i.Extended && i.Deadline >= tn.Now.Add(ttl) {
		return // another command of this entry has said so
	}
	t.renew(tn, i, ttl)
}

// renew never moves a deadline back, though the ttl was set shorter meanwhile: a
// node that is cut off now may not have heard of that, and believes what it was
// promised.
func (t *Table) renew(tn *turn.Turn, i Incarnation, ttl id.Duration) {
	i.Renewed, i.Extended = tn.Now, false
	i.Deadline = max(i.Deadline, tn.Now.Add(ttl))
	t.putIncarnation(tn, i)
}

// Extend gives every live incarnation ttl from now, because a new leader cannot
// know which renewals died with the last one: once per renewal, so that leaders
// that come and go cannot keep a dead node's names for ever.
func (t *Table) Extend(tn *turn.Turn, ttl id.Duration) {
	for _, i := range t.incarnations.Sorted() {
		if i.Ended || i.Extended {
			continue
		}
		i.Extended = true
		i.Deadline = max(i.Deadline, tn.Now.Add(ttl))
		t.putIncarnation(tn, i)
	}
}

// End ends inc for good: from now on its sessions hold nothing and its commands
// are refused. Its names are in grace from this moment, whenever Tick comes to
// clean up after it. Guests have no grace: their sessions end, and their names are
// free, here and now.
func (t *Table) End(tn *turn.Turn, inc id.Incarnation, grace id.Duration, why turn.Why) {
	i, ok := t.incarnations.Get(inc)
	if !ok || i.Ended {
		return
	}
	for _, sid := range t.ix.guestsAt(inc) {
		s, _ := t.sessions.Get(sid)
		t.Release(tn, s, Keep{}, why)
	}
	i.Ended, i.EndedAt, i.Grace, i.Why = true, tn.Now, grace, why
	tn.Emit(turn.Event{Kind: turn.NodeDown, Node: i.Node, Why: why, Session: id.Session{Incarnation: inc}})
	if t.Carried(inc) == 0 {
		t.forget(tn, inc)
		return
	}
	t.putIncarnation(tn, i)
	t.ix.addEnding(i)
}

// forget drops an ended incarnation that carries nothing any more.
func (t *Table) forget(tn *turn.Turn, inc id.Incarnation) {
	i, _ := t.incarnations.Get(inc)
	t.incarnations.Delete(inc)
	tn.Journal.Delete(table.Incarnations, string(i.Node))
}
