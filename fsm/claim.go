package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/wire"
)

// Claim moves a session to another name and out of the one it has: both or
// neither. If this was its last session, the old name is free, or reserved if it is
// registered; other sessions of the identity stay on it.
type Claim struct {
	Session id.Session
	Nick    lease.Nick
}

// Kind implements Command.
func (Claim) Kind() Kind { return KindClaim }

func (c Claim) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	c.Nick.Encode(e)
}

func decodeClaim(d *wire.Decoder) Claim { return Claim{decodeSession(d), lease.DecodeNick(d)} }

func (c Claim) run(t *tx) Answer {
	s, ok := t.seated(c.Session)
	if !ok {
		return refuse(NoSession)
	}
	if !c.Nick.Whole() {
		return refuse(BadName)
	}
	leaving := ""
	if old := t.lease.Name(s.Nick); len(old.Live) == 1 && !old.Registered && s.Nick != c.Nick.Key {
		leaving = s.Nick
	}
	if a, ok := t.mayHave(s.Identity, c.Nick, leaving); !ok {
		return a
	}
	token, at := t.lease.Move(t.Turn, s, c.Nick, t.keep())
	t.people.See(t.Turn, s.Identity, c.Nick.Display)
	return Answer{Code: OK, Event: at, Token: token}
}
