package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/wire"
)

const askTime = 800 * time.Millisecond

// report is what a node says of itself to others.
type report struct {
	applied  id.Index
	sessions uint64
	term     uint64
	leader   id.Node
}

func (r report) encode() []byte {
	var e wire.Encoder
	e.Uint(uint64(r.applied))
	e.Uint(r.sessions)
	e.Uint(r.term)
	e.String(string(r.leader))
	return e.Bytes()
}

func decodeReport(b []byte) (report, error) {
	d := wire.NewDecoder(b)
	r := report{id.Index(d.Uint()), d.Uint(), d.Uint(), id.Node(d.String(128))}
	return r, d.Done()
}

func (n *Node) report() report {
	leader, _, _ := n.leader()
	return report{n.machine.summary().applied, uint64(n.seats.count()), n.raft.CurrentTerm(), leader}
}

// ask asks another node, or this one, what it is doing.
func (n *Node) ask(ctx context.Context, node id.Node) (report, error) {
	if node == n.config.Self {
		return n.report(), nil
	}
	addr := n.address(node)
	if addr == "" {
		return report{}, errUnknownServer
	}
	answer, err := n.peers.to(node, addr, false).Call(ctx, msgStatus, nil)
	if err != nil {
		return report{}, err
	}
	n.peers.answered(node)
	r, err := decodeReport(answer)
	if err != nil {
		return report{}, fmt.Errorf("the report of %s: %w", node, err)
	}
	return r, nil
}

// Status asks every node what it is doing, for at most a second, and says what
// this one makes of it.
func (n *Node) Status(ctx context.Context) Status {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var members []member.Member
	st := Status{Self: n.config.Name, Term: n.raft.CurrentTerm()}
	n.View(func(s *fsm.State) {
		members = s.Members().Members()
		st.Time = s.Time()
	})
	voters := map[id.Node]bool{}
	for _, s := range n.raft.GetConfiguration().Configuration().Servers {
		voters[id.Node(s.ID)] = s.Suffrage == raft.Voter
	}
	// One that was removed and that raft still needs counts, and is not shown.
	members = slices.DeleteFunc(members, func(m member.Member) bool { return m.Role == member.Removed && !voters[m.ID] })
	slices.SortFunc(members, func(a, b member.Member) int { return strings.Compare(a.Name, b.Name) })
	reports := n.askAll(ctx, ids(members))
	unheard := n.unheard()
	leader, _, _ := n.leader()
	count, up := 0, 0
	for i, m := range members {
		r := reports[i]
		ns := NodeStatus{
			Name: m.Name, ID: m.ID, Peer: m.Peer, SSH: m.SSH, Voter: voters[m.ID],
			Reachable: r != nil, Unheard: -1,
		}
		if since, ok := unheard[m.ID]; ok {
			ns.Unheard = since
		}
		if r != nil {
			ns.Applied, ns.Sessions, ns.Unheard = r.applied, int(r.sessions), 0
		}
		if ns.Voter {
			count++
			if ns.Reachable {
				up++
			}
		}
		if m.ID == leader && ns.Reachable {
			ns.Leader, st.Leader = true, m.Name
		}
		if m.Role != member.Removed {
			st.Nodes = append(st.Nodes, ns)
		}
	}
	st.Quorum = count > 0 && up > count/2 && st.Leader != ""
	return st
}

func ids(members []member.Member) []id.Node {
	nodes := make([]id.Node, len(members))
	for i, m := range members {
		nodes[i] = m.ID
	}
	return nodes
}

// askAll asks nodes at once; nil is one that did not answer.
func (n *Node) askAll(ctx context.Context, nodes []id.Node) []*report {
	reports := make([]*report, len(nodes))
	var wg sync.WaitGroup
	for i, node := range nodes {
		wg.Go(func() {
			if r, err := n.ask(ctx, node); err == nil {
				reports[i] = &r
			}
		})
	}
	wg.Wait()
	return reports
}

// unheard returns for how long nodes have given no sign of life that this one knows
// of: an answer to it, or a renewal in the log, whichever is later, also if the
// incarnation has ended. A node that nothing is known of is not there. Cluster time stands still without a leader, so
// what has passed here since its last stamp was applied is added.
func (n *Node) unheard() map[id.Node]time.Duration {
	since := map[id.Node]time.Duration{}
	still := n.config.Clock.Boot() - n.machine.stampedAt()
	for node, ago := range n.machine.ago() {
		since[node] = span(ago) + still
	}
	for node, ago := range n.peers.unheard() {
		if have, ok := since[node]; !ok || ago < have {
			since[node] = ago
		}
	}
	return since
}
