package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// Join puts a session's identity in a room, which is made if there is none, and then is
// theirs to run. It is refused if they are banned there, if the room is private and
// they are not invited, or if it would be made and another looks like it.
type Join struct {
	Session   id.Session
	Token     id.Token
	Room      string
	Skeletons [2]string // which all names that look like the room's have, as those of a Nick
}

// Part takes a session's identity out of a room. One that nobody is in any more is
// gone, with what was said there; the lobby stays.
type Part visit

type visit struct {
	Session id.Session
	Token   id.Token
	Room    string
}

// Kind implements Command.
func (Join) Kind() Kind { return KindJoin }

// Kind implements Command.
func (Part) Kind() Kind { return KindPart }

func (c Join) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	room.EncodeSkeletons(e, c.Skeletons)
}

func decodeJoin(d *wire.Decoder) Join {
	v := decodeVisit(d)
	return Join{v.Session, v.Token, v.Room, room.DecodeSkeletons(d)}
}

func (c Part) encode(e *wire.Encoder) { visit(c).encode(e) }

func (c visit) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(c.Room)
}

func decodeVisit(d *wire.Decoder) visit {
	return visit{decodeSession(d), id.Token(d.Uint()), d.String(maxRoom)}
}

func (c Join) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if !room.Valid(c.Room) || c.Skeletons[0] == "" || c.Skeletons[1] == "" {
		return refuse(BadName)
	}
	if t.rooms.In(c.Room, s.Identity) {
		return Answer{Code: OK}
	}
	if limit := t.setting.Get(setting.LimitRooms); int64(len(t.rooms.Of(s.Identity))) >= limit {
		return tooMany(limit)
	}
	if a, ok := t.mayEnter(c.Room, s.Identity); !ok {
		return a
	}
	if _, exists := t.rooms.Room(c.Room); !exists {
		if other, alike := t.rooms.Alike(c.Skeletons); alike {
			return t.looksLike(other, s.Identity)
		}
		if limit := t.setting.Get(setting.LimitAllRooms); int64(t.rooms.Len()) >= limit {
			return tooMany(limit)
		}
	}
	return done(t.enterRoom(room.Seat{Place: c.Room, Who: s.Identity}, c.Skeletons, t.lease.Name(s.Nick).Display))
}

// looksLike refuses a room for another's sake, which is named to those who see it.
func (t *tx) looksLike(other string, who id.Identity) Answer {
	if !t.Sees(other, who) {
		other = ""
	}
	return Answer{Code: Alike, Refusal: &Refusal{Room: other}}
}

// enterRoom puts an identity in a room, which it has read up to now: what was said
// before it came is not news to it. The skeletons are for one that does not exist yet.
func (t *tx) enterRoom(seat room.Seat, skeletons [2]string, nick string) id.Event {
	at := t.rooms.Join(t.Turn, room.Member{Seat: seat}, skeletons, nick)
	t.rooms.ReadTo(t.Turn, room.Read{Seat: seat, At: at})
	return at
}

func (c Part) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if !t.rooms.In(c.Room, s.Identity) {
		return refuse(NotInRoom)
	}
	return done(t.leaveRoom(room.Departure{Seat: room.Seat{Place: c.Room, Who: s.Identity}, Nick: t.lease.Name(s.Nick).Display}))
}

// leaveRoom takes somebody out of a room. What belongs to one that is gone goes with it.
func (t *tx) leaveRoom(d room.Departure) id.Event {
	at, gone := t.rooms.Part(t.Turn, d)
	if gone {
		t.history.Drop(t.Turn, d.Place)
		t.bans.Drop(t.Turn, d.Place)
	}
	return at
}
