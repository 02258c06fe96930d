package fsm

import (
	"moniker/fsm/history"
	"moniker/fsm/id"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// React puts a short word or sign of somebody's behind a message, or takes it away. It
// says which, so that saying it twice is saying it once. A message has so many kinds of
// them, and of each so many people's. Whoever is muted may only take theirs away.
type React struct {
	Session id.Session
	Token   id.Token
	Place   string // a room, or a conversation
	Of      id.Event
	Text    string
	On      bool
}

// Kind implements Command.
func (React) Kind() Kind { return KindReact }

func (c React) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(c.Place)
	encodeEvent(e, c.Of)
	e.String(c.Text)
	e.Bool(c.On)
}

func decodeReact(d *wire.Decoder) React {
	return React{decodeSession(d), id.Token(d.Uint()), d.String(maxPlace), decodeEvent(d), d.String(history.MaxReaction), d.Bool()}
}

func (c React) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if c.Text == "" {
		return refuse(BadName)
	}
	m, _, a, ok := t.message(c.Place, c.Of, s.Identity)
	if !ok || c.On && t.muted(c.Place, s.Identity, &a) {
		return a
	}
	changed, fits := false, true
	if m.Reactions, changed, fits = m.React(s.Identity, c.Text, c.On); !fits {
		return tooMany(history.MaxReactions)
	}
	if !changed {
		return Answer{Code: OK}
	}
	e := turn.Event{
		Kind: turn.Reacted, Session: s.ID, Token: c.Token, Key: s.Nick, Place: c.Place, Of: m.ID,
		Identity: s.Identity, Nick: t.lease.Name(s.Nick).Display, To: m.From, ToNick: m.Nick, Text: c.Text,
	}
	if !c.On {
		e.Kind = turn.Unreacted
	}
	t.lease.Touch(t.Turn, s)
	t.history.Replace(t.Turn, c.Place, m, t.historyLimits())
	return done(t.Emit(e))
}
