package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// Invite invites somebody to a room, who may then come in once though it is private.
// Anybody in a room may invite to it; if it is private, those who run it. It is refused
// for somebody who is there, or invited already, or banned, and from the muted.
type Invite struct {
	Session id.Session
	Token   id.Token
	Room    string
	Who     id.Identity
}

// Kind implements Command.
func (Invite) Kind() Kind { return KindInvite }

func (c Invite) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.String(string(c.Who))
}

func decodeInvite(d *wire.Decoder) Invite {
	v := decodeVisit(d)
	return Invite{v.Session, v.Token, v.Room, decodeIdentity(d)}
}

func (c Invite) run(t *tx) Answer {
	row, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	r, _ := t.rooms.Room(c.Room)
	runs := t.Runs(c.Room, row.Identity)
	switch {
	case !runs && !t.rooms.In(c.Room, row.Identity):
		return refuse(NotInRoom)
	case !runs && r.Private:
		return refuse(NotOperator)
	case t.muted(c.Room, row.Identity, &a):
		return a
	}
	if _, known := t.people.Get(c.Who); !known {
		return refuse(NoSuchName)
	}
	seat := room.Seat{Place: c.Room, Who: c.Who}
	if _, invited := t.rooms.Invitation(seat); invited || t.rooms.In(c.Room, c.Who) {
		return refuse(Exists)
	}
	if b, barred := t.Barred(c.Room, ban.Out, c.Who); barred {
		return Answer{Code: Barred, Refusal: &Refusal{Ban: b}}
	}
	if limit := t.setting.Get(setting.LimitInvitations); int64(len(t.rooms.Invited(c.Room))) >= limit {
		return tooMany(limit)
	}
	return done(t.rooms.Invite(t.Turn, seat, t.nickOf(c.Who), t.hand(row)))
}
