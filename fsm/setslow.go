package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// MaxSlow bounds the span between two messages of one person in a slow room.
const MaxSlow = id.Day

// SetSlow makes a span pass between two messages of one person in a room, or ends that
// (zero), if whoever says it runs the room. Those who run it are not held to it.
type SetSlow struct {
	Session id.Session
	Token   id.Token
	Room    string
	Span    id.Duration
}

// Kind implements Command.
func (SetSlow) Kind() Kind { return KindSetSlow }

func (c SetSlow) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.Int(int64(c.Span))
}

func decodeSetSlow(d *wire.Decoder) SetSlow {
	v := decodeVisit(d)
	return SetSlow{v.Session, v.Token, v.Room, id.Duration(d.Int())}
}

func (c SetSlow) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	if !ok {
		return a
	}
	if c.Span < 0 || c.Span > MaxSlow {
		return refuse(BadName)
	}
	if r, _ := t.rooms.Room(c.Room); r.Slow == c.Span {
		return Answer{Code: OK}
	}
	return done(t.rooms.SetSlow(t.Turn, c.Room, c.Span, by))
}
