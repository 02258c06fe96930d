package cluster

import (
	"context"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
)

const (
	tidyEvery   = time.Second
	knockEvery  = 5 * time.Second
	changeTime  = 5 * time.Second
	closeBehind = 256 // entries a non-voter may lack and be made a voter
)

// change is one step that brings raft's servers in line with the members' table.
type change struct {
	kind changeKind
	id   id.Node
	addr string
}

type changeKind byte

const (
	noChange changeKind = iota
	addNonVoter
	promote
	demote
	remove
	readdress // as what it is
)

// plan decides the next step, one at a time: gather, then compute. AddVoter has no
// catch-up of its own, so a node comes in as a non-voter and is promoted when
// caughtUp says so. Removals come first: raft refuses two servers with one address,
// and a node that comes in a removed one's place has its address. While the other
// is still there, the newcomer waits, and holds up nobody behind it. A voter goes
// only while a majority of those that would be left is up, see spare: raft counts by
// the new servers at once, and would wait for the dead among them for ever.
func plan(members []member.Member, servers []raft.Server, caughtUp, spare func(id.Node) bool) change {
	have := map[id.Node]raft.Server{}
	at := map[string]id.Node{}
	for _, s := range servers {
		have[id.Node(s.ID)] = s
		at[string(s.Address)] = id.Node(s.ID)
	}
	for _, m := range members {
		s, in := have[m.ID]
		if in && m.Role == member.Removed && (s.Suffrage != raft.Voter || spare(m.ID)) {
			return change{remove, m.ID, ""}
		}
	}
	for _, m := range members {
		s, in := have[m.ID]
		voter := in && s.Suffrage == raft.Voter
		other, occupied := at[m.Peer]
		occupied = occupied && other != m.ID
		switch {
		case m.Role == member.Removed:
		case !in && !occupied:
			return change{addNonVoter, m.ID, m.Peer}
		case !in:
		case string(s.Address) != m.Peer && !occupied:
			return change{readdress, m.ID, m.Peer}
		case m.Role == member.Voter && !voter && caughtUp(m.ID):
			return change{promote, m.ID, m.Peer}
		case m.Role == member.NonVoter && voter && spare(m.ID):
			return change{demote, m.ID, ""}
		}
	}
	return change{}
}

// reconcile brings raft's servers in line with the members' table while this node
// leads, until ctx ends.
func (n *Node) reconcile(ctx context.Context) {
	look := time.NewTicker(tidyEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.tidy:
		case <-look.C:
		}
		for n.raft.State() == raft.Leader && n.reign.Load() != nil && n.tidyOnce(ctx) {
		}
	}
}

// tidyOnce takes one step and reports whether another may follow at once.
func (n *Node) tidyOnce(ctx context.Context) bool {
	if n.isRemoved(n.config.Self) && n.yield(ctx) == nil {
		return false
	}
	var members []member.Member
	n.View(func(s *fsm.State) { members = s.Members().Members() })
	f := n.raft.GetConfiguration()
	if f.Error() != nil {
		return false
	}
	servers := f.Configuration().Servers
	c := plan(members, servers,
		func(node id.Node) bool { return n.caughtUp(ctx, node) },
		func(node id.Node) bool { return n.spare(ctx, node, servers) })
	if c.kind == noChange {
		return false
	}
	if c.kind == demote && c.id == n.config.Self && n.yield(ctx) == nil {
		return false // whoever leads now does it, and nobody waits for an election
	}
	err := n.carryOut(c).Error() // not bounded by ctx, see reign.start
	if err != nil {
		n.log.Warn("a change of membership failed", "node", n.nameOf(c.id), "why", err)
		return false
	}
	n.log.Info("membership changed", "node", n.nameOf(c.id), "change", c.kind.String())
	return true
}

func (k changeKind) String() string {
	return [...]string{"none", "added as non-voter", "promoted to voter", "made a non-voter", "removed", "address changed"}[k]
}

func (n *Node) carryOut(c change) raft.Future {
	server, addr := raft.ServerID(c.id), raft.ServerAddress(c.addr)
	switch c.kind {
	case addNonVoter:
		return n.raft.AddNonvoter(server, addr, 0, changeTime)
	case promote:
		return n.raft.AddVoter(server, addr, 0, changeTime)
	case demote:
		return n.raft.DemoteVoter(server, 0, changeTime)
	case remove:
		return n.raft.RemoveServer(server, 0, changeTime)
	}
	for _, s := range n.raft.GetConfiguration().Configuration().Servers {
		if s.ID == server && s.Suffrage == raft.Voter {
			return n.raft.AddVoter(server, addr, 0, changeTime)
		}
	}
	return n.raft.AddNonvoter(server, addr, 0, changeTime)
}

// knock asks the other servers how they are while nobody leads, until ctx ends. A
// node that was removed may have its removal as raft's newest configuration, and then
// raft waits in silence for ever; at another's door it is told, see depart.
func (n *Node) knock(ctx context.Context) {
	look := time.NewTicker(knockEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if _, _, known := n.leader(); known {
			continue
		}
		n.askAround(ctx)
	}
}

// caughtUp asks a node how far it has applied.
func (n *Node) caughtUp(ctx context.Context, node id.Node) bool {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	r, err := n.ask(ctx, node)
	return err == nil && r.applied+closeBehind >= n.machine.summary().applied
}
