package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/setting"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// AddMember makes a node a member, at the price of a join token. The node that
// used a token may use it again: its first try may have been answered into the void.
type AddMember struct {
	Token string
	Node  id.Node
	Name  string
	Peer  string
	SSH   string
}

// Kind implements Command.
func (AddMember) Kind() Kind { return KindAddMember }

func (c AddMember) encode(e *wire.Encoder) {
	for _, s := range [...]string{c.Token, string(c.Node), c.Name, c.Peer, c.SSH} {
		e.String(s)
	}
}

func decodeAddMember(d *wire.Decoder) AddMember {
	return AddMember{
		Token: d.String(maxShort), Node: decodeNode(d), Name: d.String(member.MaxName),
		Peer: d.String(member.MaxAddr), SSH: d.String(member.MaxAddr),
	}
}

func (c AddMember) run(t *tx) Answer {
	if c.Node == "" || c.Name == "" || c.Peer == "" {
		return refuse(BadName)
	}
	k, ok := t.members.Token(c.Token)
	if !ok || k.Expires <= t.Now || k.Used != "" && k.Used != c.Node {
		return refuse(NoSuchToken)
	}
	m, known := t.members.Member(c.Node)
	if known && m.Role == member.Removed {
		return refuse(Denied)
	}
	if other, taken := t.members.Named(c.Name); taken && other.ID != c.Node {
		return refuse(Exists)
	}
	if known {
		return Answer{Code: OK}
	}
	if limit := t.setting.Get(setting.LimitMembers); int64(t.members.Len()) >= limit {
		return tooMany(limit)
	}
	k.Used = c.Node
	t.members.PutToken(t.Turn, k, turn.TokenSpent)
	return done(t.members.PutMember(t.Turn, member.Member{
		ID: c.Node, Name: c.Name, Peer: c.Peer, SSH: c.SSH, Role: k.Role, Wall: t.Wall,
	}, turn.MemberAdded))
}
