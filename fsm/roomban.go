package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/people"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MaxBan bounds how long a ban or a mute lasts that ends by itself.
const MaxBan = 3650 * id.Day

// RoomBan keeps somebody out of a room, or silent there, if whoever says it runs the
// room; one that is there already is replaced. Whoever is in a room that they are banned
// from is taken out. Nobody does that to an operator of the cluster, nor to themselves;
// out of the lobby nobody is kept who may be in the cluster, nor a guest out of a room.
type RoomBan struct {
	Session id.Session
	Token   id.Token
	Room    string
	What    ban.Kind
	Who     id.Identity
	For     id.Duration // zero: until it is undone
	Reason  string
}

// Kind implements Command.
func (RoomBan) Kind() Kind { return KindRoomBan }

func (c RoomBan) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.Byte(byte(c.What))
	e.String(string(c.Who))
	e.Int(int64(c.For))
	e.String(c.Reason)
}

func decodeRoomBan(d *wire.Decoder) RoomBan {
	v := decodeVisit(d)
	return RoomBan{v.Session, v.Token, v.Room, ban.Kind(d.Byte()), decodeIdentity(d), id.Duration(d.Int()), d.String(ban.MaxReason)}
}

func (c RoomBan) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	if !ok {
		return a
	}
	if _, known := t.people.Get(c.Who); !known {
		return refuse(NoSuchName)
	}
	b := ban.Ban{
		ID: ban.Key{Place: c.Room, Kind: c.What, Subject: string(c.Who)}, Nick: t.nickOf(c.Who),
		By: by.Who, ByNick: by.Nick, Reason: c.Reason,
	}
	switch {
	case c.Who == by.Who || ban.Network(string(c.Who)) || c.Room == room.Lobby && c.What == ban.Out:
		return refuse(BadName)
	case c.Who.Guest() && c.What == ban.Out: // who comes next under its name is another
		return refuse(NoKey)
	case t.operator(c.Who):
		return refuse(IsOperator)
	}
	at, a, ok := t.ban(b, c.For, setting.LimitRoomBans)
	if !ok || c.What == ban.Mute {
		return a
	}
	seat := room.Seat{Place: c.Room, Who: c.Who}
	_, invited := t.rooms.Invitation(seat)
	t.rooms.Uninvite(t.Turn, seat)
	switch {
	case t.rooms.In(c.Room, c.Who):
		t.putOut(c.Room, c.Who, turn.Barred, by, c.Reason)
	case invited:
		t.befell(c.Who, people.PutOut{Place: c.Room, Barred: true, By: by.Who, ByNick: by.Nick, Reason: c.Reason})
	}
	return done(at)
}

// ban makes or replaces a row, within the limit of its place.
func (t *tx) ban(b ban.Ban, span id.Duration, limit setting.Name) (id.Event, Answer, bool) {
	if b.ID.Kind != ban.Out && b.ID.Kind != ban.Mute || span < 0 || span > MaxBan {
		return id.Event{}, refuse(BadName), false
	}
	if _, replaces := t.bans.Get(b.ID); !replaces && int64(t.bans.Size(b.ID.Place)) >= t.setting.Get(limit) {
		return id.Event{}, tooMany(t.setting.Get(limit)), false
	}
	if span > 0 {
		b.Until = t.Now.Add(span)
	}
	at := t.bans.Put(t.Turn, b)
	return at, done(at), true
}

// RoomUnban undoes that.
type RoomUnban struct {
	Session id.Session
	Token   id.Token
	Room    string
	What    ban.Kind
	Who     id.Identity
}

// Kind implements Command.
func (RoomUnban) Kind() Kind { return KindRoomUnban }

func (c RoomUnban) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.Byte(byte(c.What))
	e.String(string(c.Who))
}

func decodeRoomUnban(d *wire.Decoder) RoomUnban {
	v := decodeVisit(d)
	return RoomUnban{v.Session, v.Token, v.Room, ban.Kind(d.Byte()), decodeIdentity(d)}
}

func (c RoomUnban) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	if !ok {
		return a
	}
	b, there := t.bans.Get(ban.Key{Place: c.Room, Kind: c.What, Subject: string(c.Who)})
	if !there {
		return refuse(NotThere)
	}
	return done(t.bans.End(t.Turn, b, turn.ByOperator, by.Who, by.Nick))
}
