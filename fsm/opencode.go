package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/keyring"
	"moniker/fsm/setting"
	"moniker/fsm/wire"
)

// OpenCode lets whoever knows a code add one key to a session's identity, once,
// within keyring.CodeLife. It takes the place of a code that the identity had open.
// The code itself is never here: Proof is derived from it.
type OpenCode struct {
	Session id.Session
	Token   id.Token
	Proof   keyring.Proof
}

// Kind implements Command.
func (OpenCode) Kind() Kind { return KindOpenCode }

func (c OpenCode) encode(e *wire.Encoder) {
	encodeSession(e, c.Session)
	e.Uint(uint64(c.Token))
	e.Raw(c.Proof[:])
}

func decodeOpenCode(d *wire.Decoder) OpenCode {
	return OpenCode{decodeSession(d), id.Token(d.Uint()), decodeProof(d)}
}

func decodeProof(d *wire.Decoder) (p keyring.Proof) {
	copy(p[:], d.Raw(len(p)))
	return p
}

func (c OpenCode) run(t *tx) Answer {
	s, a, ok := t.fenced(c.Session, c.Token)
	if !ok {
		return a
	}
	if s.Identity.Guest() {
		return refuse(NoKey)
	}
	if _, open := t.keys.Code(c.Proof, t.Now); open {
		return refuse(Exists)
	}
	if a, ok := t.roomForKey(s.Identity, t.keys.Codes()+1); !ok {
		return a
	}
	t.keys.Open(t.Turn, s.Identity, c.Proof)
	return Answer{Code: OK}
}

// roomForKey says whether an identity may have one key more, when there are so many
// codes open in all. Its first addition brings two rows: its first key has one then.
func (t *tx) roomForKey(who id.Identity, codes int) (Answer, bool) {
	if limit := t.setting.Get(setting.LimitKeys); int64(len(t.keys.Of(who))) >= limit {
		return tooMany(limit), false
	}
	if limit := t.setting.Get(setting.LimitAllKeys); int64(t.keys.Len()+codes+1) > limit {
		return tooMany(limit), false
	}
	return Answer{}, true
}
