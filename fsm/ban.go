package fsm

import (
	"moniker/fsm/ban"
	"moniker/fsm/id"
	"moniker/fsm/room"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Ban keeps an identity or a network out of the cluster, or an identity silent in all of
// it, by an operator's hand; one that is there already is replaced. The sessions of an
// identity that is kept out end at once. An operator is never banned: so that somebody
// is left who can undo it.
type Ban struct {
	What    ban.Kind
	Subject string      // an identity, or a network as ban.Network has it
	For     id.Duration // zero: until it is undone
	Reason  string
	By      id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (Ban) Kind() Kind { return KindBan }

func (c Ban) encode(e *wire.Encoder) {
	e.Byte(byte(c.What))
	e.String(c.Subject)
	e.Int(int64(c.For))
	e.String(c.Reason)
	e.String(string(c.By))
}

func decodeBan(d *wire.Decoder) Ban {
	return Ban{ban.Kind(d.Byte()), d.String(ban.MaxSubject), id.Duration(d.Int()), d.String(ban.MaxReason), decodeIdentity(d)}
}

func (c Ban) run(t *tx) Answer {
	who, network := id.Identity(c.Subject), ban.Network(c.Subject)
	if network && c.What != ban.Out || !network && !room.Sound(who) {
		return refuse(BadName)
	}
	if !network {
		is, a, ok := t.kept(who, c.What)
		if !ok {
			return a
		}
		who = is
	}
	b := ban.Ban{
		ID: ban.Key{Kind: c.What, Subject: string(who)}, Nick: t.nickOf(who), By: c.By, ByNick: t.nickOf(c.By), Reason: c.Reason,
	}
	_, a, ok := t.ban(b, c.For, setting.LimitBans)
	if ok && c.What == ban.Out && !network {
		t.endSessions(who, c.By)
	}
	return a
}

// kept returns whom an operator means to keep out or silent, by any of their keys. A
// guest can be silenced, but not kept out: the next time it is somebody else.
func (t *tx) kept(who id.Identity, what ban.Kind) (id.Identity, Answer, bool) {
	_, here := t.people.Get(who)
	switch {
	case who.Guest() && what == ban.Out:
		return "", refuse(NoKey), false
	case who.Guest() && !here:
		return "", refuse(NotThere), false
	case who.Guest():
		return who, Answer{}, true
	}
	who, a, ok := t.person(who)
	if ok && t.operator(who) {
		return "", refuse(IsOperator), false
	}
	return who, a, ok
}

// endSessions ends all sessions of somebody who is banned; their names are in grace.
func (t *tx) endSessions(who, by id.Identity) {
	for _, sid := range t.lease.Of(who) {
		s, _ := t.lease.Session(sid)
		t.lease.Kick(t.Turn, s, t.keep(), turn.Barred, by)
	}
}

// Unban undoes that, by whatever key of theirs.
type Unban struct {
	What    ban.Kind
	Subject string
	By      id.Identity // empty through a node's own socket
}

// Kind implements Command.
func (Unban) Kind() Kind { return KindUnban }

func (c Unban) encode(e *wire.Encoder) {
	e.Byte(byte(c.What))
	e.String(c.Subject)
	e.String(string(c.By))
}

func decodeUnban(d *wire.Decoder) Unban {
	return Unban{ban.Kind(d.Byte()), d.String(ban.MaxSubject), decodeIdentity(d)}
}

func (c Unban) run(t *tx) Answer {
	b, there := t.bans.Get(ban.Key{Kind: c.What, Subject: c.Subject})
	if !there {
		who, _, _ := t.person(id.Identity(c.Subject))
		b, there = t.bans.Get(ban.Key{Kind: c.What, Subject: string(who)})
	}
	if !there {
		return refuse(NotThere)
	}
	return done(t.bans.End(t.Turn, b, turn.ByOperator, c.By, t.nickOf(c.By)))
}
