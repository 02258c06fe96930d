package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/wire"
)

// SetPrivate makes a room one that only those in it and those invited know of, or ends
// that, if whoever says it runs the room. The lobby is everybody's.
type SetPrivate struct {
	Session id.Session
	Token   id.Token
	Room    string
	On      bool
}

// Kind implements Command.
func (SetPrivate) Kind() Kind { return KindSetPrivate }

func (c SetPrivate) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.Bool(c.On)
}

func decodeSetPrivate(d *wire.Decoder) SetPrivate {
	v := decodeVisit(d)
	return SetPrivate{v.Session, v.Token, v.Room, d.Bool()}
}

func (c SetPrivate) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	if !ok {
		return a
	}
	if c.Room == room.Lobby {
		return refuse(BadName)
	}
	if r, _ := t.rooms.Room(c.Room); r.Private == c.On {
		return Answer{Code: OK}
	}
	return done(t.rooms.SetPrivate(t.Turn, c.Room, c.On, by))
}
