package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// RoomOperator lets somebody in a room run it, or takes that away, if whoever says it
// runs the room. There is always one who does: the last is not taken away. The lobby has
// none of its own.
type RoomOperator struct {
	Session id.Session
	Token   id.Token
	Room    string
	Who     id.Identity
	On      bool
}

// Kind implements Command.
func (RoomOperator) Kind() Kind { return KindRoomOperator }

func (c RoomOperator) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.String(string(c.Who))
	e.Bool(c.On)
}

func decodeRoomOperator(d *wire.Decoder) RoomOperator {
	v := decodeVisit(d)
	return RoomOperator{v.Session, v.Token, v.Room, decodeIdentity(d), d.Bool()}
}

func (c RoomOperator) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	if !ok {
		return a
	}
	seat := room.Seat{Place: c.Room, Who: c.Who}
	operators := int64(len(t.rooms.Operators(c.Room)))
	switch limit := t.setting.Get(setting.LimitRoomOps); {
	case c.Room == room.Lobby:
		return refuse(BadName)
	case !t.rooms.In(c.Room, c.Who):
		return refuse(NotThere)
	case t.rooms.Runs(seat) == c.On:
		return Answer{Code: OK}
	case c.On && operators >= limit:
		return tooMany(limit)
	case !c.On && operators == 1:
		return refuse(LastOperator)
	}
	return done(t.rooms.SetOperator(t.Turn, seat, c.On, t.nickOf(c.Who), by))
}
