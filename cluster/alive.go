package cluster

import (
	"maps"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/stream"
	"moniker/fsm/turn"
)

// alive is when each node last gave a sign of life in the log: a renewal, or a command
// of its stream. The state knows that only of incarnations it still has a row of, and
// the row goes when an incarnation ends. What happened before the snapshot that this
// process began with is not known, but for those rows. The machine's lock guards it.
type alive struct {
	nodes map[id.Incarnation]id.Node // of live incarnations
	last  map[id.Node]id.Time        // of members
}

func newAlive() alive {
	return alive{nodes: map[id.Incarnation]id.Node{}, last: map[id.Node]id.Time{}}
}

// note takes note of an entry that was applied at that time.
func (a *alive) note(out fsm.Outcome, now id.Time) {
	var heard id.Incarnation // an entry has many commands of few nodes
	for _, r := range out.Answers {
		if r.From == heard || r.Verdict != stream.Next || r.Code == fsm.Stale {
			continue
		}
		if node, ok := a.nodes[r.From]; ok {
			heard, a.last[node] = r.From, now
		}
	}
	for _, e := range out.Events {
		switch e.Kind {
		case turn.NodeUp:
			a.nodes[e.Session.Incarnation], a.last[e.Node] = e.Node, now
		case turn.NodeDown:
			delete(a.nodes, e.Session.Incarnation)
		case turn.MemberRemoved:
			delete(a.last, e.Node)
		}
	}
}

// learn takes what a snapshot says. What is known already of nodes that it has no row
// of stays.
func (a *alive) learn(s *fsm.State) {
	clear(a.nodes)
	for _, i := range s.Lease().Incarnations() {
		if !i.Ended {
			a.nodes[i.ID] = i.Node
		}
		a.last[i.Node] = max(a.last[i.Node], i.Renewed)
	}
}

// ago returns how long ago, in cluster time, each node last gave a sign of life.
func (m *machine) ago() map[id.Node]id.Duration {
	m.mu.RLock()
	last, now := maps.Clone(m.alive.last), m.state.Time()
	m.mu.RUnlock()
	ago := make(map[id.Node]id.Duration, len(last))
	for node, at := range last {
		ago[node] = now.Sub(at)
	}
	return ago
}
