package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// SetIgnored has a person ignore another identity, whatever names that has by now or
// will have, or no longer. Nothing of what the other may do changes: it is for readers
// to leave out what comes from there.
type SetIgnored struct {
	Session id.Session
	Token   id.Token
	Who     id.Identity
	On      bool
}

// Kind implements Command.
func (SetIgnored) Kind() Kind { return KindSetIgnored }

func (c SetIgnored) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(string(c.Who))
	e.Bool(c.On)
}

func decodeSetIgnored(d *wire.Decoder) SetIgnored {
	return SetIgnored{decodeSession(d), id.Token(d.Uint()), decodeIdentity(d), d.Bool()}
}

func (c SetIgnored) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if !room.Sound(c.Who) || c.Who == s.Identity {
		return refuse(BadName)
	}
	if _, here := t.people.Get(c.Who); c.Who.Guest() && !here {
		return refuse(NoSuchName)
	}
	mine := t.profiles.Of(s.Identity)
	if limit := t.setting.Get(setting.LimitIgnored); c.On && !mine.Ignoring(c.Who) && int64(len(mine.Ignores)) >= limit {
		return tooMany(limit)
	}
	if !t.profiles.Ignore(t.Turn, s.Identity, c.Who, c.On) {
		return Answer{Code: OK}
	}
	return done(t.Emit(turn.Event{Kind: turn.IgnoresChanged, Identity: s.Identity, Session: s.ID, Token: c.Token, To: c.Who}))
}
