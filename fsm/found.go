package fsm

import (
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/turn"
	"moniker/fsm/wire"
)

// Found makes a new cluster of one node: its id, and the node as its first voter.
// Repeated, it changes nothing; another cluster's is refused.
type Found struct {
	Cluster string
	Node    id.Node
	Name    string
	Peer    string
	SSH     string
}

// Kind implements Command.
func (Found) Kind() Kind { return KindFound }

func (c Found) encode(e *wire.Encoder) {
	for _, s := range [...]string{c.Cluster, string(c.Node), c.Name, c.Peer, c.SSH} {
		e.String(s)
	}
}

func decodeFound(d *wire.Decoder) Found {
	return Found{
		Cluster: d.String(maxShort), Node: decodeNode(d), Name: d.String(member.MaxName),
		Peer: d.String(member.MaxAddr), SSH: d.String(member.MaxAddr),
	}
}

func (c Found) run(t *tx) Answer {
	if t.meta.cluster != "" {
		if t.meta.cluster == c.Cluster {
			return Answer{Code: OK}
		}
		return refuse(Exists)
	}
	if c.Cluster == "" || c.Node == "" || c.Name == "" {
		return refuse(BadName)
	}
	t.meta.cluster = c.Cluster
	return done(t.members.PutMember(t.Turn, member.Member{
		ID: c.Node, Name: c.Name, Peer: c.Peer, SSH: c.SSH, Role: member.Voter, Version: Version, Wall: t.Wall,
	}, turn.MemberAdded))
}
