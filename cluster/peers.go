package cluster

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/wire"
	"moniker/transport"
)

const (
	peerProto = "moniker-node/1"
	sendAgain = 10 * time.Millisecond // after a bundle could not be sent
)

// Kinds of messages between nodes. Numbers are append-only.
const (
	msgStream byte = iota + 1 // one-way: proposals of a stream
	msgUrgent                 // one-way: a proposal outside of streams
	msgRead                   // call: the index to read at
	msgStatus                 // call: what the node is doing
	msgLead                   // call: have the node whose id it is lead; the answer is one byte
)

var errUnknownServer = errors.New("no address is known for this server")

// peers keeps a connection to every node that was talked to.
type peers struct {
	node  *Node
	mu    sync.Mutex
	open  map[peerKey]*transport.Peer
	over  bool                      // the node has stopped: nobody is talked to any more
	heard map[id.Node]time.Duration // boot clock of its last answer
}

type peerKey struct {
	id     id.Node
	addr   string
	urgent bool // renewals have a connection of their own: they wait behind nothing
}

func newPeers(n *Node) *peers {
	return &peers{node: n, open: map[peerKey]*transport.Peer{}, heard: map[id.Node]time.Duration{}}
}

// to returns the peer of a node at an address. One that has moved gets a new
// connection; the old one is closed.
func (p *peers) to(node id.Node, addr string, urgent bool) *transport.Peer {
	k := peerKey{node, addr, urgent}
	p.mu.Lock()
	defer p.mu.Unlock()
	if peer, ok := p.open[k]; ok {
		return peer
	}
	peer := transport.NewPeer(func(ctx context.Context) (*transport.Conn, error) {
		return p.node.dial(ctx, peerProto, addr, string(node))
	})
	if p.over {
		_ = peer.Close() // it has nothing to wait for
		return peer
	}
	for old, stale := range p.open {
		if old.id == node && old.addr != addr {
			delete(p.open, old)
			go stale.Close() // it waits for its goroutines; nobody here may
		}
	}
	p.open[k] = peer
	return peer
}

func (p *peers) close() {
	p.mu.Lock()
	open := p.open
	p.over = true
	p.open = map[peerKey]*transport.Peer{}
	p.mu.Unlock()
	for _, peer := range open {
		_ = peer.Close()
	}
}

func (p *peers) answered(node id.Node) {
	now := p.node.config.Clock.Boot()
	p.mu.Lock()
	p.heard[node] = now
	p.mu.Unlock()
}

// unheard returns how long ago each node that ever answered last did.
func (p *peers) unheard() map[id.Node]time.Duration {
	now := p.node.config.Clock.Boot()
	p.mu.Lock()
	defer p.mu.Unlock()
	ago := make(map[id.Node]time.Duration, len(p.heard))
	for node, at := range p.heard {
		ago[node] = now - at
	}
	return ago
}

// address returns where a node is reached: as the members' table has it, or as
// raft's configuration does while this node has not learnt the table.
func (n *Node) address(node id.Node) string {
	addr := ""
	n.View(func(s *fsm.State) {
		if m, ok := s.Members().Member(node); ok && m.Role != member.Removed {
			addr = m.Peer
		}
	})
	r := n.servers.Load()
	if addr != "" || r == nil {
		return addr
	}
	for _, s := range r.GetConfiguration().Configuration().Servers {
		if s.ID == raft.ServerID(node) {
			return string(s.Address)
		}
	}
	return ""
}

// leader returns the node that leads, as far as this one knows.
func (n *Node) leader() (node id.Node, self, ok bool) {
	r := n.servers.Load()
	if r == nil {
		return "", false, false
	}
	_, server := r.LeaderWithID()
	if server == "" {
		return "", false, false
	}
	return id.Node(server), id.Node(server) == n.config.Self, true
}

// leaderPeer returns the connection to the leader, if it is another node.
func (n *Node) leaderPeer(urgent bool) (*transport.Peer, id.Node, error) {
	node, _, ok := n.leader()
	if !ok {
		return nil, "", ErrNoLeader
	}
	addr := n.address(node)
	if addr == "" {
		return nil, "", ErrNoLeader
	}
	return n.peers.to(node, addr, urgent), node, nil
}

// send carries this node's stream to whoever leads, until ctx ends.
func (n *Node) send(ctx context.Context) {
	look := time.NewTicker(idleTurn)
	defer look.Stop()
	var last *transport.Peer
	var connects uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-n.outbox.wake:
		case <-look.C:
			n.outbox.rewindIfStuck()
			if last != nil && last.Connects() != connects {
				n.outbox.rewind() // what went over the old connection may be lost
				connects = last.Connects()
			}
		}
		for n.canSend() {
			bundle := n.outbox.take()
			if len(bundle) == 0 {
				break
			}
			peer, err := n.forward(ctx, msgStream, bundle)
			if err != nil {
				n.outbox.rewind()
				pause(ctx, sendAgain) // whatever failed may fail at once, again and again
				break
			}
			if peer != last && peer != nil {
				last, connects = peer, peer.Connects()
			}
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// canSend reports whether somebody is there to send to.
func (n *Node) canSend() bool {
	_, self, ok := n.leader()
	return ok && (!self || n.reign.Load() != nil)
}

// forward hands proposals to whoever leads: this node, or another.
func (n *Node) forward(ctx context.Context, kind byte, bundle [][]byte) (*transport.Peer, error) {
	_, self, ok := n.leader()
	if !ok {
		return nil, ErrNoLeader
	}
	if self {
		if !n.take(kind, bundle) {
			return nil, ErrNoLeader
		}
		return nil, nil
	}
	ctx, cancel := n.era.bound(ctx, progressTime) // before the look: whoever is seen to lead leads in this era or later
	defer cancel()
	peer, _, err := n.leaderPeer(kind == msgUrgent)
	if err != nil {
		return nil, err
	}
	var body []byte
	for _, p := range bundle {
		body = append(body, p...)
	}
	return peer, peer.Send(ctx, kind, body)
}

// take gives proposals to this node's reign, if it has one.
func (n *Node) take(kind byte, bundle [][]byte) bool {
	g := n.reign.Load()
	if g == nil {
		return false
	}
	renews := kind == msgUrgent && len(bundle) == 1 && fsm.Kind(bundle[0][0]) == fsm.KindRenew
	g.offer(bundle, kind == msgUrgent, renews)
	return true
}

// urge sends one command that stands outside of streams. It does not learn what
// came of it: whoever wants to know looks at the state.
func (n *Node) urge(ctx context.Context, from id.Incarnation, c fsm.Command) error {
	body := fsm.Proposal{From: from, Command: c}.Encode(nil)
	_, err := n.forward(ctx, msgUrgent, [][]byte{body})
	return err
}

// servePeer answers another node.
func (n *Node) servePeer(ctx context.Context, conn *transport.Conn) {
	_ = transport.Serve(ctx, conn, transport.Handler{Call: n.call, Oneway: n.oneway}, transport.Limits{})
}

// oneway takes proposals that another node forwards. They are checked before they
// come near an entry: a command that a replica cannot decode would stop it.
func (n *Node) oneway(_ context.Context, peer string, kind byte, payload []byte) {
	if kind != msgStream && kind != msgUrgent || n.isRemoved(id.Node(peer)) {
		return
	}
	var bundle [][]byte
	for len(payload) > 0 {
		d := wire.NewDecoder(payload)
		p := fsm.DecodeProposal(d)
		if d.Err() != nil || !n.mayPropose(id.Node(peer), p) || (p.Number == 0) != (kind == msgUrgent) {
			n.log.Warn("refused a proposal of another node", "node", peer, "why", d.Err())
			return
		}
		size := len(payload) - d.Left()
		bundle = append(bundle, payload[:size:size])
		payload = payload[size:]
	}
	n.take(kind, bundle)
}

// mayPropose reports whether a node may send p: only what is its own. Stamps,
// ticks and leader starts are the leader's to make.
func (n *Node) mayPropose(peer id.Node, p fsm.Proposal) bool {
	inc := p.From
	switch c := p.Command.(type) {
	case fsm.LeaderStart, fsm.Tick, fsm.Found:
		return false
	case fsm.Register:
		return c.Node == peer
	case fsm.Renew:
		inc = c.Incarnation
	case fsm.Exit:
		inc = c.Incarnation
	}
	own := true
	n.View(func(s *fsm.State) {
		if i, ok := s.Lease().Incarnation(inc); ok {
			own = i.Node == peer
		}
	})
	return own
}

// call answers another node's questions.
func (n *Node) call(ctx context.Context, peer string, kind byte, payload []byte) ([]byte, error) {
	if kind != msgStatus && n.isRemoved(id.Node(peer)) {
		return nil, errRemoved // its own voters may still need to know how it is
	}
	switch kind {
	case msgRead:
		ctx, cancel := context.WithTimeout(ctx, progressTime) // who asked waits no longer
		defer cancel()
		index, err := n.readIndex(ctx)
		if err != nil {
			return nil, err
		}
		return binary.BigEndian.AppendUint64(nil, uint64(index)), nil
	case msgStatus:
		return n.report().encode(), nil
	case msgLead:
		return []byte{n.serveLead(ctx, id.Node(payload))}, nil
	}
	return nil, fmt.Errorf("a message of kind %d, which this version does not know", kind)
}
