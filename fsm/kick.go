package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Kick ends a session by an operator's hand. Its name is in grace if this was the
// last: its owner may come back at once.
type Kick struct {
	Session id.Session
	By      id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (Kick) Kind() Kind { return KindKick }

func (c Kick) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.String(string(c.By))
}

func decodeKick(d *wire.Decoder) Kick { return Kick{decodeSession(d), decodeIdentity(d)} }

func (c Kick) run(t *tx) Answer {
	s, ok := t.lease.Session(c.Session)
	if !ok || !t.lease.Live(c.Session.Incarnation) {
		return refuse(NotThere)
	}
	return done(t.lease.Kick(t.Turn, s, t.keep(), turn.ByOperator, c.By))
}
