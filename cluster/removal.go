package cluster

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/transport"
)

const (
	departEvery = 500 * time.Millisecond
	warnEvery   = 30 * time.Second
	unwanted    = 2 * time.Second // nobody has wanted a removed node's part in raft for so long
)

var errRemoved = errors.New("this node was removed from the cluster; its folder is of no use any more")

// removal is what a node does when it is no member any more. It serves nobody from
// the moment it has applied that: its incarnation has ended, and it is Lost. But as
// long as raft counts it for the majority, the others may need it to decide anything,
// its own removal from raft included: of two voters, the one that is left could do
// nothing without the other. So it stays with raft until the others shut it out, which
// they do once raft's servers are without it.
type removal struct {
	known chan struct{} // closed once this node knows that it is no member any more
	once  sync.Once

	mu     sync.Mutex
	shut   bool          // a member has shut its door on this node: raft's servers are without it there
	warned time.Duration // boot clock when it was last said that a voter cannot go; zero if never
}

func (r *removal) learn() { r.once.Do(func() { close(r.known) }) }

// isRemoved reports whether a node is known here to be no member any more.
func (n *Node) isRemoved(node id.Node) (removed bool) {
	n.View(func(s *fsm.State) {
		m, ok := s.Members().Member(node)
		removed = ok && m.Role == member.Removed
	})
	return removed
}

// shutOut reports whether a node gets no connection at all: it was removed, and is
// not among raft's servers, as this node has them. One that was removed and still is
// may say and hear what raft has to, and how it is; proposals are refused at once,
// see oneway.
func (n *Node) shutOut(peer string) bool {
	r := n.servers.Load()
	if r == nil || !n.isRemoved(id.Node(peer)) {
		return false
	}
	for _, s := range r.GetConfiguration().Configuration().Servers {
		if s.ID == raft.ServerID(peer) {
			return false
		}
	}
	return true
}

// deny cuts the connections of nodes that are shut out. It is called, by the
// goroutine that applies, when that may have changed.
func (n *Node) deny() {
	var removed []string
	n.View(func(s *fsm.State) {
		for _, m := range s.Members().Members() {
			if m.Role == member.Removed {
				removed = append(removed, string(m.ID))
			}
		}
	})
	for _, peer := range removed {
		if peer == string(n.config.Self) {
			n.removal.learn()
		} else if n.shutOut(peer) {
			n.port.Drop(peer)
		}
	}
}

// dial connects to another node. One that says that this node was removed is
// believed: it has proven to be a member, and a removed node may learn of it by
// nothing else, because nobody sends it the entry that says so.
func (n *Node) dial(ctx context.Context, proto, addr, want string) (*transport.Conn, error) {
	conn, err := n.port.Dial(ctx, proto, addr, want)
	if errors.Is(err, transport.ErrRemoved) {
		n.removal.mu.Lock()
		n.removal.shut = true
		n.removal.mu.Unlock()
		n.removal.learn()
	}
	return conn, err
}

// depart ends a node that was removed, once a member has shut it out and nobody has
// sent it entries or wanted its vote for 2 s: then no majority needs it.
func (n *Node) depart(ctx context.Context) {
	select {
	case <-n.removal.known:
	case <-ctx.Done():
		return
	}
	n.log.Warn("this node was removed from the cluster: it serves nobody any more, and stops when the others can decide without it")
	n.health.poke()
	poke(n.tidy)
	look := time.NewTicker(departEvery)
	defer look.Stop()
	for {
		n.askAround(ctx)
		n.removal.mu.Lock()
		shut := n.removal.shut
		n.removal.mu.Unlock()
		wanted := n.config.Clock.Boot() - time.Duration(n.asked.Load())
		if shut && n.raft.State() != raft.Leader && wanted > unwanted && time.Since(n.raft.LastContact()) > unwanted {
			n.halt(errRemoved)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// askAround asks the other servers how they are, one after the other: what their
// doors say is what matters, see dial.
func (n *Node) askAround(ctx context.Context) {
	for _, s := range n.raft.GetConfiguration().Configuration().Servers {
		asking, cancel := context.WithTimeout(ctx, askTime)
		_, _ = n.ask(asking, id.Node(s.ID))
		cancel()
	}
}

// spare reports whether raft's voters without one could decide now: a majority of
// them has applied what this node has. One that only answers will not do: raft may
// have given up on it for many seconds while it was away, and decide nothing until then.
func (n *Node) spare(ctx context.Context, without id.Node, servers []raft.Server) bool {
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	var voters []id.Node
	for _, s := range servers {
		if s.Suffrage == raft.Voter && id.Node(s.ID) != without {
			voters = append(voters, id.Node(s.ID))
		}
	}
	applied := n.machine.summary().applied
	var with atomic.Int64
	var asking sync.WaitGroup
	for _, v := range voters {
		asking.Go(func() {
			if n.soon(ctx, askTime, func(ctx context.Context) bool {
				r, err := n.ask(ctx, v)
				return err == nil && r.applied >= applied
			}) {
				with.Add(1)
			}
		})
	}
	asking.Wait()
	up := int(with.Load())
	if up > len(voters)/2 {
		return true
	}
	n.removal.mu.Lock()
	now := n.config.Clock.Boot()
	again := n.removal.warned == 0 || now-n.removal.warned > warnEvery
	if again {
		n.removal.warned = now
	}
	n.removal.mu.Unlock()
	if again {
		n.log.Warn("a voter cannot go yet: too few of the others could go on without it", "node", n.nameOf(without), "up_to_date", up, "of", len(voters))
	}
	return false
}
