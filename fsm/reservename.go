package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/room"
	"moniker/fsm/wire"
)

// ReserveName registers a name for an identity by an operator's hand, whether that
// has ever been here or not. It is refused if the name, or one that looks like it,
// is another's, or if the identity has as many names as it may.
type ReserveName struct {
	Nick  lease.Nick
	Owner id.Identity
	By    id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (ReserveName) Kind() Kind { return KindReserveName }

func (c ReserveName) encode(e *wire.Encoder) {
	c.Nick.Encode(e)
	e.String(string(c.Owner))
	e.String(string(c.By))
}

func decodeReserveName(d *wire.Decoder) ReserveName {
	return ReserveName{lease.DecodeNick(d), decodeIdentity(d), decodeIdentity(d)}
}

func (c ReserveName) run(t *tx) Answer {
	if !room.Sound(c.Owner) || !c.Nick.Whole() {
		return refuse(BadName)
	}
	owner, a, ok := t.person(c.Owner)
	if !ok {
		return a
	}
	c.Owner = owner
	if a, ok := t.mayHave(c.Owner, c.Nick, ""); !ok {
		return a
	}
	if t.lease.Name(c.Nick.Key).State != lease.Free { // its own already
		at, _ := t.lease.Register(t.Turn, c.Nick.Key, true, c.By)
		return done(at)
	}
	if a, ok := t.remember(c.Owner); !ok {
		return a
	}
	t.people.See(t.Turn, c.Owner, c.Nick.Display)
	return done(t.lease.Reserve(t.Turn, c.Nick, c.Owner, t.keep(), c.By))
}
