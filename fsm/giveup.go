package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// GiveUp frees a name of a session's identity that nobody is on: one in grace, or
// reserved. One that somebody is on is left by Release.
type GiveUp struct {
	Session id.Session
	Token   id.Token // of the name the session is on
	Key     string
}

// Kind implements Command.
func (GiveUp) Kind() Kind { return KindGiveUp }

func (c GiveUp) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(c.Key)
}

func decodeGiveUp(d *wire.Decoder) GiveUp {
	return GiveUp{decodeSession(d), id.Token(d.Uint()), d.String(lease.MaxNick)}
}

func (c GiveUp) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	n := t.lease.Name(c.Key)
	switch {
	case n.State == lease.Free || n.Owner != s.Identity:
		return refuse(NoSuchName)
	case n.State == lease.Held:
		return refuse(InUse)
	}
	at, _ := t.lease.Expel(t.Turn, c.Key, turn.Quit, "")
	return done(at)
}
