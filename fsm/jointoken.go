package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// MakeToken makes a one-time join token that Key256 proves and that expires ttl
// from now. The secret it was derived from is never here.
type MakeToken struct {
	ID     string
	Key256 [32]byte
	Role   member.Role
	TTL    id.Duration
	By     id.Identity
}

// Kind implements Command.
func (MakeToken) Kind() Kind { return KindMakeToken }

func (c MakeToken) encode(e *wire.Encoder) {
	e.String(c.ID)
	e.Raw(c.Key256[:])
	e.Byte(byte(c.Role))
	e.Int(int64(c.TTL))
	e.String(string(c.By))
}

func decodeMakeToken(d *wire.Decoder) MakeToken {
	c := MakeToken{ID: d.String(maxShort)}
	copy(c.Key256[:], d.Raw(32))
	c.Role, c.TTL, c.By = member.Role(d.Byte()), id.Duration(d.Int()), decodeIdentity(d)
	return c
}

func (c MakeToken) run(t *tx) Answer {
	if c.ID == "" || c.TTL <= 0 || c.TTL > 30*id.Day || (c.Role != member.Voter && c.Role != member.NonVoter) {
		return refuse(BadName)
	}
	if _, ok := t.members.Token(c.ID); ok {
		return refuse(Exists)
	}
	var unused int64
	var over []member.Token
	for _, k := range t.members.Tokens() {
		switch {
		case k.Expires <= t.Now:
			over = append(over, k)
		case k.Used == "":
			unused++
		}
	}
	if limit := t.setting.Get(setting.LimitTokens); unused >= limit {
		return tooMany(limit)
	}
	for _, k := range over {
		t.members.DropToken(t.Turn, k, false)
	}
	return done(t.members.PutToken(t.Turn, member.Token{
		ID: c.ID, Key256: c.Key256, Role: c.Role, Expires: t.Now.Add(c.TTL), By: c.By, Wall: t.Wall,
	}, turn.TokenMade))
}

// RevokeToken makes a join token useless. A node that has used it stays.
type RevokeToken struct{ ID string }

// Kind implements Command.
func (RevokeToken) Kind() Kind { return KindRevokeToken }

func (c RevokeToken) encode(e *wire.Encoder) { e.String(c.ID) }

func decodeRevokeToken(d *wire.Decoder) RevokeToken { return RevokeToken{d.String(maxShort)} }

func (c RevokeToken) run(t *tx) Answer {
	k, ok := t.members.Token(c.ID)
	if !ok {
		return refuse(NotThere)
	}
	return done(t.members.DropToken(t.Turn, k, true))
}
