package cluster

import (
	"time"

	"moniker/fsm/id"
)

// NodeStatus is what is known of one node.
type NodeStatus struct {
	Name      string
	ID        id.Node
	Peer, SSH string
	Leader    bool
	Voter     bool
	Reachable bool          // it answered now, or is the node that was asked
	Unheard   time.Duration // while not Reachable: since it last answered this node, or renewed its lease in the log; negative if not known
	Applied   id.Index      // zero if it did not answer
	Sessions  int           // likewise
}

// Status is the cluster as one node sees it.
type Status struct {
	Self   string // the node that was asked
	Leader string // its name; empty if none is known
	Term   uint64
	Quorum bool // a majority of voters answers
	Time   id.Time
	Nodes  []NodeStatus // in the order of names
}

// Standing is how a node may act for its people, by its own judgement.
type Standing byte

// Standings.
const (
	Starting Standing = iota // its incarnation is not registered yet
	Serving                  // it is with the others
	Waiting                  // a proposal or renewal is over 2 s old, or no leader is known: what is typed waits
	ReadOnly                 // its lease may be over: it must not speak for its people
	Lost                     // grace may be over as well, or the node was removed (see Health.Removed): the names may be others'
)

// String returns the standing as the log has it.
func (s Standing) String() string {
	return [...]string{"starting", "serving", "waiting", "read-only", "lost"}[s]
}

// Health is a node's standing and since when.
type Health struct {
	Standing Standing
	For      time.Duration // since its standing became what it is
	Away     time.Duration // since it last was Serving, through however many standings; zero while it is; since the process began if it never was
	Removed  bool          // it is no member any more: Lost at once, its names in grace, its people let go
	Leader   string        // name of the leader it knows; empty if none
}
