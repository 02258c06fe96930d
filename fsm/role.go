package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// SetRole makes a member a voter or a non-voter. Whoever leads brings raft in line.
type SetRole struct {
	Node id.Node
	Role member.Role
}

// Kind implements Command.
func (SetRole) Kind() Kind { return KindSetRole }

func (c SetRole) encode(e *wire.Encoder) {
	e.String(string(c.Node))
	e.Byte(byte(c.Role))
}

func decodeSetRole(d *wire.Decoder) SetRole { return SetRole{decodeNode(d), member.Role(d.Byte())} }

func (c SetRole) run(t *tx) Answer {
	m, ok := t.member(c.Node)
	switch {
	case !ok:
		return refuse(NoSuchNode)
	case c.Role != member.Voter && c.Role != member.NonVoter:
		return refuse(BadName)
	case m.Role == c.Role:
		return Answer{Code: OK}
	case c.Role == member.NonVoter && t.voters() == 1:
		return refuse(LastVoter)
	}
	m.Role = c.Role
	return done(t.members.PutMember(t.Turn, m, turn.MemberChanged))
}

func (t *tx) voters() int {
	n := 0
	for _, m := range t.members.Members() {
		if m.Role == member.Voter {
			n++
		}
	}
	return n
}

// RemoveMember takes a node out of the cluster for ever: its key is denied, its
// node lease ends, its names go to grace. Raft's own membership follows.
type RemoveMember struct{ Node id.Node }

// Kind implements Command.
func (RemoveMember) Kind() Kind { return KindRemoveMember }

func (c RemoveMember) encode(e *wire.Encoder) { e.String(string(c.Node)) }

func decodeRemoveMember(d *wire.Decoder) RemoveMember { return RemoveMember{decodeNode(d)} }

func (c RemoveMember) run(t *tx) Answer {
	m, ok := t.member(c.Node)
	switch {
	case !ok:
		return refuse(NoSuchNode)
	case m.Role == member.Voter && t.voters() == 1:
		return refuse(LastVoter)
	}
	t.lease.End(t.Turn, m.Incarnation, t.grace(), turn.NodeRemoved)
	m.Role = member.Removed
	return done(t.members.PutMember(t.Turn, m, turn.MemberRemoved))
}
