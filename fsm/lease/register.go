package lease

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// Register has a name kept for its owner beyond grace, or, if on is false, no
// longer. One that was only reserved is free then. by is whose hand it was, where
// that is not the owner's. It reports false if nobody has the name.
func (t *Table) Register(tn *turn.Turn, key string, on bool, by id.Identity) (id.Event, bool) {
	r, ok := t.names.Get(key)
	n := r.Name
	if !ok || n.Registered == on {
		return id.Event{}, ok
	}
	e := turn.Event{Kind: turn.Registered, Identity: n.Owner, Key: key, Nick: n.Display, Token: n.Token, By: by}
	n.Registered = on
	switch {
	case on:
		t.putName(tn, n)
	case n.ReservedUntil > 0:
		e.Kind, e.Why = turn.Freed, turn.Unregistered
		t.deleteName(tn, n)
	default:
		e.Kind = turn.NotRegistered
		t.putName(tn, n)
	}
	return tn.Emit(e), true
}

// Reserve gives a name that nobody has to an identity, under a new token, without
// its being here: only it may take the name.
func (t *Table) Reserve(tn *turn.Turn, n Nick, owner id.Identity, keep Keep, by id.Identity) id.Event {
	row := t.grant(tn, Name{Nick: n, Owner: owner, Registered: true})
	row.GraceUntil, row.ReservedUntil = tn.Now, tn.Now.Add(keep.Reserved)
	t.putName(tn, row)
	return tn.Emit(turn.Event{
		Kind: turn.Reserved, Why: turn.ByOperator, Identity: owner, Key: n.Key, Nick: n.Display, Token: row.Token, By: by,
	})
}
