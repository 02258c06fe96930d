package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Register makes a node's new incarnation live, if Replaces is the one the state
// has for it (compare-and-swap). The one replaced ends at once: a process that
// started again knows that its predecessor is gone. It also tells where the node
// is reached now and which commands it knows.
type Register struct {
	Node        id.Node
	Incarnation id.Incarnation
	Replaces    id.Incarnation
	Peer        string
	SSH         string
	Version     uint64
}

// Kind implements Command.
func (Register) Kind() Kind { return KindRegister }

func (c Register) encode(e *wire.Encoder) {
	e.String(string(c.Node))
	e.Fixed64(uint64(c.Incarnation))
	e.Fixed64(uint64(c.Replaces))
	e.String(c.Peer)
	e.String(c.SSH)
	e.Uint(c.Version)
}

func decodeRegister(d *wire.Decoder) Register {
	return Register{
		Node: decodeNode(d), Incarnation: id.Incarnation(d.Fixed64()), Replaces: id.Incarnation(d.Fixed64()),
		Peer: d.String(member.MaxAddr), SSH: d.String(member.MaxAddr), Version: d.Uint(),
	}
}

func (c Register) run(t *tx) Answer {
	m, ok := t.member(c.Node)
	switch {
	case !ok:
		return refuse(Denied)
	case c.Incarnation == 0:
		return refuse(BadName)
	case m.Incarnation == c.Incarnation && t.lease.Live(c.Incarnation):
		return Answer{Code: OK} // a copy of the Register that began it
	case m.Incarnation == c.Incarnation:
		return refuse(Stale)
	case m.Incarnation != c.Replaces:
		return refuse(Superseded)
	}
	if _, used := t.lease.Incarnation(c.Incarnation); used {
		return refuse(Exists)
	}
	t.lease.End(t.Turn, c.Replaces, t.grace(), turn.NodeReplaced)
	t.lease.Begin(t.Turn, c.Incarnation, c.Node, t.ttl())
	t.streams.Open(t.Turn, c.Incarnation)
	m.Incarnation, m.Peer, m.SSH, m.Version = c.Incarnation, c.Peer, c.SSH, c.Version
	t.members.NoteIncarnation(t.Turn, m)
	return done(id.Event{Index: t.Index, Sub: uint32(len(t.Events))})
}
