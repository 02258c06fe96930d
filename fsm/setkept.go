package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/wire"
)

// SetKept registers a name for whoever has it, or ends that, by an operator's hand.
type SetKept struct {
	Key  string
	Keep bool
	By   id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (SetKept) Kind() Kind { return KindSetKept }

func (c SetKept) encode(e *wire.Encoder) {
	e.String(c.Key)
	e.Bool(c.Keep)
	e.String(string(c.By))
}

func decodeSetKept(d *wire.Decoder) SetKept {
	return SetKept{d.String(lease.MaxNick), d.Bool(), decodeIdentity(d)}
}

func (c SetKept) run(t *tx) Answer {
	if c.Keep && t.lease.Name(c.Key).Owner.Guest() {
		return refuse(NoKey)
	}
	at, ok := t.lease.Register(t.Turn, c.Key, c.Keep, c.By)
	if !ok {
		return refuse(NoSuchName)
	}
	return done(at)
}
