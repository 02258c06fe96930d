package fsm

import (
	"unicode/utf8"

	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// SetTopic says what a room is about, if whoever says it runs the room. An empty text
// takes the topic away.
type SetTopic struct {
	Session id.Session
	Token   id.Token
	Room    string
	Text    string
}

// Kind implements Command.
func (SetTopic) Kind() Kind { return KindSetTopic }

func (c SetTopic) encode(e *wire.Encoder) {
	visit{c.Session, c.Token, c.Room}.encode(e)
	e.String(c.Text)
}

func decodeSetTopic(d *wire.Decoder) SetTopic {
	v := decodeVisit(d)
	return SetTopic{v.Session, v.Token, v.Room, d.String(room.MaxTopic)}
}

func (c SetTopic) run(t *tx) Answer {
	by, a, ok := t.ruler(c.Session, c.Token, c.Room)
	if !ok {
		return a
	}
	if limit := t.setting.Get(setting.LimitTopic); int64(utf8.RuneCountInString(c.Text)) > limit {
		return Answer{Code: TooLong, Refusal: &Refusal{Limit: limit}}
	}
	if r, _ := t.rooms.Room(c.Room); r.Topic.Text == c.Text {
		return Answer{Code: OK}
	}
	return done(t.rooms.SetTopic(t.Turn, c.Room, c.Text, by))
}
