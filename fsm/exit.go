package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Exit ends an incarnation on purpose: the node is stopping. Its names go to grace
// now, not a ttl from now.
type Exit struct{ Incarnation id.Incarnation }

// Kind implements Command.
func (Exit) Kind() Kind { return KindExit }

func (c Exit) encode(e *wire.Encoder) { e.Fixed64(uint64(c.Incarnation)) }

func decodeExit(d *wire.Decoder) Exit { return Exit{id.Incarnation(d.Fixed64())} }

func (c Exit) run(t *tx) Answer {
	if !t.lease.Live(c.Incarnation) {
		return refuse(Stale)
	}
	t.lease.End(t.Turn, c.Incarnation, t.grace(), turn.NodeExited)
	return Answer{Code: OK}
}
