package fsm

import (
	"unicode/utf8"

	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/people"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Post says something in a room, or to the owner of a name in private, here or
// away. It is refused unless the session is live and Token is its name's: a node
// cut off from the rest cannot speak for a name that has moved on; and from somebody
// who is muted, or too fast for a slow room. A Line that the identity has sent before is
// answered as it was then.
type Post struct {
	Session id.Session
	Token   id.Token
	Room    string      // "#lobby"; or empty, and To is set
	To      string      // the key of a name
	Owner   id.Identity // whom To is meant for: nobody else will read it, though they have the name by then; empty: whoever has it
	Emote   bool
	Text    string
	Line    string // chosen by the sender, to be said once though sent twice; may be empty
}

// Kind implements Command.
func (Post) Kind() Kind { return KindPost }

func (c Post) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(c.Room)
	e.String(c.To)
	e.String(string(c.Owner))
	e.Bool(c.Emote)
	e.String(c.Text)
	e.String(c.Line)
}

func decodePost(d *wire.Decoder) Post {
	return Post{
		Session: decodeSession(d), Token: id.Token(d.Uint()), Room: d.String(maxRoom), To: d.String(lease.MaxNick), Owner: decodeIdentity(d),
		Emote: d.Bool(), Text: d.String(history.MaxText), Line: d.String(people.MaxLine),
	}
}

func (c Post) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if limit := t.setting.Get(setting.LimitText); int64(utf8.RuneCountInString(c.Text)) > limit {
		return Answer{Code: TooLong, Refusal: &Refusal{Limit: limit}}
	}
	if c.Text == "" || (c.Room == "") == (c.To == "") {
		return refuse(BadName)
	}
	if at, said := t.people.Said(s.Identity, c.Line); said && c.Line != "" {
		return done(at)
	}
	e := turn.Event{
		Kind: turn.Said, Emote: c.Emote, Identity: s.Identity, Session: s.ID, Token: c.Token,
		Key: s.Nick, Nick: t.lease.Name(s.Nick).Display, Text: c.Text,
	}
	if a, ok := t.address(&e, c); !ok {
		return a
	}
	if a, ok := t.maySpeak(s.Identity, c.Room); !ok {
		return a
	}
	t.lease.Touch(t.Turn, s)
	at := t.say(e, c.Line)
	if t.presence.Stir(t.Turn, s.ID) { // whoever speaks is there
		t.stirred(s.Identity, s.ID)
	}
	return done(at)
}

// address works out the place a post goes to.
func (t *tx) address(e *turn.Event, c Post) (Answer, bool) {
	if c.Room != "" {
		e.Place = c.Room
		if !t.rooms.In(c.Room, e.Identity) {
			return refuse(NotInRoom), false
		}
		return Answer{}, true
	}
	to := t.lease.Name(c.To)
	if to.State == lease.Free {
		return refuse(NoSuchName), false
	}
	if c.Owner != "" && c.Owner != to.Owner {
		return refuse(NotTheirs), false
	}
	e.To, e.ToNick, e.Place = to.Owner, to.Display, room.Conversation(e.Identity, to.Owner)
	return Answer{}, true
}

// say emits a message and keeps it. Conversations that the history has no room
// for any more are gone, and with them how far they were read.
func (t *tx) say(e turn.Event, line string) id.Event {
	at := t.Emit(e)
	emptied := t.history.Append(t.Turn, e.Place, history.Message{
		ID: at, Wall: t.Wall, From: e.Identity, Nick: e.Nick, To: e.To, ToNick: e.ToNick, Emote: e.Emote, Text: e.Text,
	}, t.historyLimits())
	for _, place := range emptied {
		if a, b, private := room.Partners(place); private {
			t.rooms.Forget(t.Turn, room.Seat{Place: place, Who: a})
			t.rooms.Forget(t.Turn, room.Seat{Place: place, Who: b})
		}
	}
	if a, b, private := room.Partners(e.Place); private {
		t.meet(a, e.Place, at)
		t.meet(b, e.Place, at)
	}
	if line != "" {
		t.people.Say(t.Turn, e.Identity, people.Line{ID: line, At: at})
	}
	return at
}

// meet gives somebody a read position in a new conversation, before what was just
// said: whoever is away finds it on coming back.
func (t *tx) meet(who id.Identity, place string, at id.Event) {
	seat := room.Seat{Place: place, Who: who}
	if t.rooms.ReadAt(seat) == (id.Event{}) {
		t.rooms.ReadTo(t.Turn, room.Read{Seat: seat, At: id.Event{Index: at.Index, Sub: at.Sub - 1}})
	}
}
