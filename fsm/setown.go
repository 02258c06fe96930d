package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/profile"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// SetOwn gives a person one of the values of their profile, for all their terminals
// and for those to come. An empty one takes it back to the usual. That what is said is
// fit to be seen, and that a zone is one, its proposer has judged.
type SetOwn struct {
	Session id.Session
	Token   id.Token
	Name    profile.Name
	Value   string
}

// Kind implements Command.
func (SetOwn) Kind() Kind { return KindSetOwn }

func (c SetOwn) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(string(c.Name))
	e.String(c.Value)
}

func decodeSetOwn(d *wire.Decoder) SetOwn {
	return SetOwn{decodeSession(d), id.Token(d.Uint()), profile.Name(d.String(maxShort)), d.String(profile.MaxValue)}
}

func (c SetOwn) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	d, known := profile.Define(c.Name)
	switch {
	case !known:
		return Answer{Code: BadValue, Refusal: &Refusal{Why: "nothing of this name can be set"}}
	case !d.Fits(c.Value):
		return Answer{Code: TooLong, Refusal: &Refusal{Limit: d.Most}}
	case !d.Allows(c.Value):
		return Answer{Code: BadValue, Refusal: &Refusal{Why: string(c.Name) + " cannot be this"}}
	}
	if !t.profiles.Set(t.Turn, s.Identity, profile.Value{Name: c.Name, Text: c.Value}) {
		return Answer{Code: OK}
	}
	return done(t.Emit(turn.Event{
		Kind: turn.ProfileChanged, Identity: s.Identity, Session: s.ID, Token: c.Token, Key: string(c.Name), Text: c.Value,
	}))
}
