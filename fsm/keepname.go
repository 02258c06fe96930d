package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// KeepName registers the name a session is on, for its owner: when nobody is on it
// any more, it is reserved after its grace, where others would be free. With Keep
// false it is so no longer. Done twice, it changes nothing the second time.
type KeepName struct {
	Session id.Session
	Token   id.Token
	Keep    bool
}

// Kind implements Command.
func (KeepName) Kind() Kind { return KindKeepName }

func (c KeepName) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.Bool(c.Keep)
}

func decodeKeepName(d *wire.Decoder) KeepName {
	return KeepName{decodeSession(d), id.Token(d.Uint()), d.Bool()}
}

func (c KeepName) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if s.Identity.Guest() {
		return refuse(NoKey)
	}
	at, _ := t.lease.Register(t.Turn, s.Nick, c.Keep, "")
	return done(at)
}
