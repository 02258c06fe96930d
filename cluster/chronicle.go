package cluster

import (
	"context"
	"time"

	"github.com/hashicorp/go-hclog"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// chronicle tells the log, for people, which nodes came and went, from the moment
// this one serves: what it applies before is the past. It reads the feed like a
// session, so that whoever applies writes no log.
func (n *Node) chronicle(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-n.ready:
	}
	wake := make(chan struct{}, 1)
	at := n.feed.Head()
	defer n.feed.Watch(func() { poke(wake) })()
	gone := map[id.Incarnation]*departure{}
	for {
		var events []turn.Event
		for events, at, _ = n.feed.Next(at, 1000); len(events) > 0; events, at, _ = n.feed.Next(at, 1000) {
			for _, e := range events {
				n.note(gone, e)
			}
		}
		n.tellGone(gone, at)
		select {
		case <-ctx.Done():
			return
		case <-wake:
		}
	}
}

// departure is a node whose incarnation has ended and whose names are being put in
// grace.
type departure struct {
	node  id.Node
	why   turn.Why
	names int
}

// note takes note of an event that tells of a node that is going.
func (n *Node) note(gone map[id.Incarnation]*departure, e turn.Event) {
	switch e.Kind {
	case turn.NodeDown:
		gone[e.Session.Incarnation] = &departure{node: e.Node, why: e.Why}
	case turn.Graced:
		for _, d := range gone {
			if d.node == e.Node && d.why == e.Why {
				d.names++
			}
		}
	}
}

// tellGone tells of the nodes that have gone once all their names are in grace, and all
// that happened until then has been noted, which was read up to at.
func (n *Node) tellGone(gone map[id.Incarnation]*departure, at uint64) {
	for inc, d := range gone {
		over := false
		n.View(func(s *fsm.State) { over = s.Lease().Carried(inc) == 0 && n.feed.Head() == at })
		if !over {
			continue
		}
		delete(gone, inc)
		level, what := hclog.Info, n.nameOf(d.node)+" is gone: "
		if d.node == n.config.Self {
			what = "this node's incarnation has ended: "
			if !n.ending() {
				level = hclog.Warn
			}
		}
		n.log.Log(level, what+whyGone(d.why), "names_in_grace", d.names)
	}
}

func whyGone(why turn.Why) string {
	switch why {
	case turn.NodeExpired:
		return "its lease is over"
	case turn.NodeReplaced:
		return "it has started anew"
	case turn.NodeExited:
		return "it was stopped on purpose"
	case turn.NodeRemoved:
		return "it was removed from the cluster"
	}
	return "its incarnation has ended"
}

// leaderOf is who led in a term, as was last told.
type leaderOf struct {
	node id.Node
	term uint64
}

// tellLeader tells the log who leads now, if that is news after what was told, and
// returns what has been told then.
func (n *Node) tellLeader(told leaderOf) leaderOf {
	leader, _, ok := n.leader()
	now := leaderOf{leader, n.raft.CurrentTerm()}
	switch {
	case now == told, !ok && told.node == "", ok && n.nameOf(leader) == string(leader):
		return told // a node that has learnt nothing yet does not know what they are called
	case !ok:
		n.log.Info("nobody leads", "before", n.nameOf(told.node), "term", now.term)
		return now
	}
	n.counts.leaders.Add(1)
	n.log.Info(n.nameOf(leader)+" leads", "term", now.term)
	return now
}

// passing is for how long people's lines may wait without a word in the log: an
// election is over sooner.
const passing = 1500 * time.Millisecond

// standingTold is what the log was told of the node's standing.
type standingTold struct {
	seen   Standing      // the last that was looked at
	told   Standing      // the last trouble that was told, or Serving
	served time.Duration // boot clock when the node last was Serving before the trouble
}

// tellStanding tells the log of the node's standing, if that is news after what was
// told, and returns what has been told then.
func (n *Node) tellStanding(t standingTold, now verdict) standingTold {
	leader := now.leader
	if leader == "" {
		leader = "nobody known"
	}
	if now.standing != t.seen {
		n.log.Debug("standing", "is", now.standing.String(), "was", t.seen.String(), "leader", leader)
		t.seen = now.standing
	}
	if now.standing != Serving {
		t.served = now.served
	}
	if now.standing == t.told || now.standing == Starting || now.standing == Waiting && now.at-now.since < passing {
		return t
	}
	switch now.standing {
	case Waiting:
		n.log.Warn("no answer from the others: what people type waits", "leader", leader)
	case ReadOnly:
		n.log.Warn("read-only: this node's lease may be over, it must not speak for its people", "leader", leader)
	case Lost:
		if !now.removed { // depart says that
			n.log.Warn("lost: its people's names may be others' by now", "leader", leader)
		}
	case Serving:
		if t.told != Starting {
			n.log.Info("with the others again", "after", (now.since - t.served).Round(100*time.Millisecond), "leader", leader)
		}
	}
	t.told = now.standing
	return t
}

// tellJump tells the log that a snapshot has replaced the state.
func (n *Node) tellJump() {
	if n.servers.Load() == nil {
		n.log.Info("began with the newest snapshot of its own", "index", n.machine.summary().applied)
		return
	}
	n.counts.installed.Add(1)
	n.log.Info("a snapshot of the leader has replaced this node's state: it was too far behind", "index", n.machine.summary().applied)
}
