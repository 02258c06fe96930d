package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// RemoveKey takes a key away from the identity of a session, which keeps another:
// sessions that came by it end, on every node, and it is let in no more until the
// identity adds it again. The identity stays what it is, though it was its first.
type RemoveKey struct {
	Session id.Session
	Token   id.Token
	Key     id.Fingerprint
}

// Kind implements Command.
func (RemoveKey) Kind() Kind { return KindRemoveKey }

func (c RemoveKey) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.String(string(c.Key))
}

func decodeRemoveKey(d *wire.Decoder) RemoveKey {
	return RemoveKey{decodeSession(d), id.Token(d.Uint()), decodePrint(d)}
}

func (c RemoveKey) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if is, admitted := t.keys.Who(c.Key); !admitted || is != s.Identity {
		return refuse(NotThere)
	}
	if len(t.keys.Of(s.Identity)) == 1 {
		return refuse(LastKey)
	}
	k, _ := t.keys.Key(c.Key)
	at := t.keys.Remove(t.Turn, k, int(t.setting.Get(setting.LimitKeys)), c.Session)
	t.lease.Drop(t.Turn, s.Identity, c.Key, t.keep())
	return done(at)
}
