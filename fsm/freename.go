package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// FreeName takes a name from whoever has it, by an operator's hand: its sessions
// end, and anybody may take it from now on, registered or not.
type FreeName struct {
	Key string
	By  id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (FreeName) Kind() Kind { return KindFreeName }

func (c FreeName) encode(e *wire.Encoder) {
	e.String(c.Key)
	e.String(string(c.By))
}

func decodeFreeName(d *wire.Decoder) FreeName {
	return FreeName{d.String(lease.MaxNick), decodeIdentity(d)}
}

func (c FreeName) run(t *tx) Answer {
	at, ok := t.lease.Expel(t.Turn, c.Key, turn.ByOperator, c.By)
	if !ok {
		return refuse(NoSuchName)
	}
	return done(at)
}
