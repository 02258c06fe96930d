package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/people"
	"moniker/fsm/room"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// RoomKick takes somebody out of a room, if whoever says it runs the room, or takes back
// the invitation of somebody who is not in it. They may come back. Nobody does that to an operator of the cluster, nor in the lobby, which is where
// somebody is who would be in no room then.
type RoomKick struct {
	Session id.Session
	Token   id.Token
	Room    string
	Who     id.Identity
	Reason  string
}

// Kind implements Command.
func (RoomKick) Kind() Kind { return KindRoomKick }

func (c RoomKick) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.String(string(c.Who))
	e.String(c.Reason)
}

func decodeRoomKick(d *wire.Decoder) RoomKick {
	v := decodeVisit(d)
	return RoomKick{v.Session, v.Token, v.Room, decodeIdentity(d), d.String(ban.MaxReason)}
}

func (c RoomKick) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	seat := room.Seat{Place: c.Room, Who: c.Who}
	_, invited := t.rooms.Invitation(seat)
	switch {
	case !ok:
		return a
	case c.Room == room.Lobby:
		return refuse(BadName)
	case invited:
		return done(t.rooms.Withdraw(t.Turn, seat, t.nickOf(c.Who), by, c.Reason))
	case !t.rooms.In(c.Room, c.Who):
		return refuse(NotThere)
	case t.operator(c.Who):
		return refuse(IsOperator)
	}
	return done(t.putOut(c.Room, c.Who, turn.Kicked, by, c.Reason))
}

// putOut takes somebody out of a room by another's hand.
func (t *tx) putOut(name string, who id.Identity, why turn.Why, by room.Hand, reason string) id.Event {
	nick := t.nickOf(who)
	at := t.leaveRoom(room.Departure{
		Seat: room.Seat{Place: name, Who: who}, Nick: nick, Why: why, By: by.Who, ByNick: by.Nick, Reason: reason,
	})
	t.shelter(who, nick)
	t.befell(who, people.PutOut{Place: name, Barred: why == turn.Barred, By: by.Who, ByNick: by.Nick, Reason: reason})
	return at
}

// befell keeps what befalls somebody who is not here.
func (t *tx) befell(who id.Identity, p people.PutOut) {
	if p.Wall = t.Wall; len(t.lease.Of(who)) == 0 {
		t.people.Tell(t.Turn, who, p)
	}
}
