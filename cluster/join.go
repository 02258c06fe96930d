package cluster

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/wire"
	"moniker/transport"
)

const (
	joinVersion = 1
	admitTime   = 10 * time.Second
	maxSecret   = 64 << 10
)

// Joined is what a node is given when it joins: all it needs to be a member. It
// passes over the proven join connection only, never through the log.
type Joined struct {
	Cluster   string
	CA        []byte // the cluster's certificate
	Cert      []byte // this node's
	Secrets   []byte // what every node has: the SSH host key
	Authority []byte // the CA with its key, for voters; empty for others
	Peers     []string
}

func (j Joined) encode() []byte {
	var e wire.Encoder
	e.Byte(joinVersion)
	e.String(j.Cluster)
	for _, b := range [][]byte{j.CA, j.Cert, j.Secrets, j.Authority} {
		e.Blob(b)
	}
	e.Uint(uint64(len(j.Peers)))
	for _, p := range j.Peers {
		e.String(p)
	}
	return e.Bytes()
}

func decodeJoined(b []byte) (Joined, error) {
	d := wire.NewDecoder(b)
	if v := d.Byte(); v != joinVersion {
		return Joined{}, fmt.Errorf("the cluster speaks version %d of joining, this moniker version %d", v, joinVersion)
	}
	j := Joined{Cluster: d.String(128)}
	for _, into := range []*[]byte{&j.CA, &j.Cert, &j.Secrets, &j.Authority} {
		*into = append([]byte(nil), d.Blob(maxSecret)...)
	}
	for range d.Count(1024, 1) {
		j.Peers = append(j.Peers, d.String(member.MaxAddr))
	}
	return j, d.Done()
}

// Applicant is what a node says of itself when it asks to join.
type Applicant struct{ Name, Peer, SSH string }

// Join asks the node at addr to let this one in, following it to another if it
// cannot. The same token may be used again by the same key.
func Join(ctx context.Context, network transport.Network, addr string, token transport.JoinToken, key transport.NodeKey, a Applicant) (Joined, error) {
	var e wire.Encoder
	e.Byte(joinVersion)
	e.String(a.Name)
	e.String(a.Peer)
	e.String(a.SSH)
	for range 3 {
		answer, _, err := transport.Join(ctx, network, addr, token, key, e.Bytes())
		var elsewhere *transport.RedirectError
		if errors.As(err, &elsewhere) {
			addr = elsewhere.Addr
			continue
		}
		if err != nil {
			return Joined{}, err
		}
		return decodeJoined(answer)
	}
	return Joined{}, fmt.Errorf("no node of the cluster would let this one in: each sent it on to another")
}

// NewToken makes a join token and the command that makes it known.
func NewToken(role member.Role, ttl time.Duration, by id.Identity) (transport.JoinToken, fsm.MakeToken, error) {
	t, err := transport.NewJoinToken(rand.Reader)
	if err != nil {
		return t, fsm.MakeToken{}, err
	}
	return t, fsm.MakeToken{
		ID: t.ID, Key256: t.Key(), Role: role, TTL: id.Duration(ttl / time.Microsecond), By: by,
	}, nil
}

// serveJoins lets nodes in.
func (n *Node) serveJoins() {
	n.port.HandleJoin(n.lookupToken, n.admit)
}

// lookupToken is asked by strangers, so it looks only at what is here.
func (n *Node) lookupToken(_ context.Context, tokenID string) (key [32]byte, ok bool) {
	n.View(func(s *fsm.State) {
		t, known := s.Members().Token(tokenID)
		key, ok = t.Key256, known && t.Expires > s.Time()
	})
	return key, ok
}

// admit makes a node with a proven token a member. Spending the token and adding
// the member are one command; whoever comes second with the same token is refused
// by the state.
func (n *Node) admit(ctx context.Context, r transport.JoinRequest) ([]byte, error) {
	d := wire.NewDecoder(r.Payload)
	if v := d.Byte(); v != joinVersion {
		return nil, fmt.Errorf("this node speaks version %d of joining, the new one version %d", joinVersion, v)
	}
	a := Applicant{d.String(member.MaxName), d.String(member.MaxAddr), d.String(member.MaxAddr)}
	if d.Done() != nil {
		return nil, errors.New("the request to join is malformed")
	}
	if n.config.Authority == nil {
		return nil, n.elsewhere()
	}
	ctx, cancel := context.WithTimeout(ctx, admitTime)
	defer cancel()
	answer, err := n.Propose(ctx, fsm.AddMember{
		Token: r.TokenID, Node: id.Node(r.PeerID), Name: a.Name, Peer: a.Peer, SSH: a.SSH,
	})
	if err != nil {
		return nil, fmt.Errorf("%w; try again", err)
	}
	if err := admitted(answer, a.Name); err != nil {
		return nil, err
	}
	n.log.Info("a node joined", "node", a.Name, "id", r.PeerID)
	return n.welcome(r, a)
}

func admitted(a fsm.Answer, name string) error {
	switch a.Code {
	case fsm.OK:
		return nil
	case fsm.NoSuchToken:
		return errors.New("the join token is used or expired; make a new one with: moniker admin token create")
	case fsm.Exists:
		return fmt.Errorf("the cluster has a node called %s already: choose another --name", name)
	case fsm.Denied:
		return errors.New("this node was removed from the cluster, for good: start with an empty folder")
	case fsm.TooMany:
		return fmt.Errorf("the cluster has %d nodes, its limit", a.Refusal.Limit)
	}
	return errors.New("the name or the address is not one a node can have")
}

// welcome puts together what the new node needs.
func (n *Node) welcome(r transport.JoinRequest, a Applicant) ([]byte, error) {
	cert, err := n.config.Authority.Sign(r.PeerPub, a.Name)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate: %w", err)
	}
	j := Joined{Cluster: n.config.Cluster, CA: n.config.Authority.Cert(), Cert: cert, Secrets: n.config.Secrets}
	voter := false
	n.View(func(s *fsm.State) {
		m, _ := s.Members().Member(id.Node(r.PeerID))
		voter = m.Role == member.Voter
		for _, m := range s.Members().Members() {
			if m.Role != member.Removed {
				j.Peers = append(j.Peers, m.Peer)
			}
		}
	})
	if voter {
		if j.Authority, err = n.config.Authority.MarshalPEM(); err != nil {
			return nil, fmt.Errorf("hand over the CA: %w", err)
		}
	}
	return j.encode(), nil
}

// elsewhere names a node that can let others in: the leader is a voter.
func (n *Node) elsewhere() error {
	node, self, ok := n.leader()
	if addr := n.address(node); ok && !self && addr != "" {
		return &transport.RedirectError{Addr: addr}
	}
	return ErrNoLeader
}
