package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/wire"
)

// RenameName moves everybody who is on a name to another, by an operator's hand, and
// frees the old one; if it was registered, the new one is instead. It is refused if
// nobody is on the name, or if the new one, or one that looks like it, is another's.
type RenameName struct {
	Key string
	To  lease.Nick
	By  id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (RenameName) Kind() Kind { return KindRenameName }

func (c RenameName) encode(e *wire.Encoder) {
	e.String(c.Key)
	c.To.Encode(e)
	e.String(string(c.By))
}

func decodeRenameName(d *wire.Decoder) RenameName {
	return RenameName{d.String(lease.MaxNick), lease.DecodeNick(d), decodeIdentity(d)}
}

func (c RenameName) run(t *tx) Answer {
	was := t.lease.Name(c.Key)
	switch {
	case !c.To.Whole():
		return refuse(BadName)
	case was.State == lease.Free:
		return refuse(NoSuchName)
	case was.State != lease.Held:
		return refuse(NotThere)
	}
	if a, ok := t.mayHave(was.Owner, c.To, c.Key); !ok {
		return a
	}
	token, at := t.lease.Rename(t.Turn, was, c.To, t.keep(), c.By)
	t.people.See(t.Turn, was.Owner, c.To.Display)
	return Answer{Code: OK, Event: at, Token: token}
}
