package fsm

import (
	"unicode/utf8"

	"moniker/fsm/id"
	"moniker/fsm/presence"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// SetAway notes that a person is away from all their terminals, and why; or back. It
// stands until they say that they are back, or have left for good: with the last name
// of theirs that is held or in grace, it is gone.
type SetAway struct {
	Session id.Session
	Token   id.Token
	Away    bool
	Text    string // why; may be empty
}

// Kind implements Command.
func (SetAway) Kind() Kind { return KindSetAway }

func (c SetAway) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.Bool(c.Away)
	e.String(c.Text)
}

func decodeSetAway(d *wire.Decoder) SetAway {
	return SetAway{decodeSession(d), id.Token(d.Uint()), d.Bool(), d.String(presence.MaxBytes)}
}

func (c SetAway) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if utf8.RuneCountInString(c.Text) > presence.MaxText {
		return Answer{Code: TooLong, Refusal: &Refusal{Limit: presence.MaxText}}
	}
	if !c.Away && !t.presence.Return(t.Turn, s.Identity) {
		return Answer{Code: OK}
	}
	if c.Away {
		t.presence.Leave(t.Turn, s.Identity, c.Text)
	}
	return done(t.Emit(turn.Event{Kind: turn.PresenceChanged, Identity: s.Identity, Session: s.ID, Token: c.Token, Text: c.Text}))
}
