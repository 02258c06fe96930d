package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// SetIdle notes that nothing has been typed at a session for a while, or that
// something is again. A node proposes it when that changes and at no other time: who
// sits there and types, or does not, costs the log nothing. It speaks of a session and
// of no name, so it needs no token; like Detach it names a session of its proposer.
type SetIdle struct {
	Session id.Session
	Idle    bool
	For     id.Duration // for how long nothing was typed, by the node's clock
}

// Kind implements Command.
func (SetIdle) Kind() Kind { return KindSetIdle }

func (c SetIdle) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Bool(c.Idle)
	e.Int(int64(c.For))
}

func decodeSetIdle(d *wire.Decoder) SetIdle {
	return SetIdle{decodeSession(d), d.Bool(), id.Duration(d.Int())}
}

func (c SetIdle) run(t *tx) Answer {
	s, ok := t.seated(c.Session)
	if !ok {
		return refuse(NoSession)
	}
	changed := c.Idle && t.presence.Rest(t.Turn, s.ID, c.For) || !c.Idle && t.presence.Stir(t.Turn, s.ID)
	if !changed {
		return Answer{Code: OK}
	}
	return done(t.stirred(s.Identity, s.ID))
}

// stirred tells that a session is idle, or is not any more.
func (t *tx) stirred(who id.Identity, s id.Session) id.Event {
	return t.Emit(turn.Event{Kind: turn.PresenceChanged, Identity: who, Session: s})
}
