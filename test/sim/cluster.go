package sim

import (
	"cmp"
	"context"
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"moniker/cluster"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/member"
	"moniker/transport"
	"moniker/transport/memnet"
)

// Cluster is some nodes and the world between them. It must live inside a
// synctest bubble.
type Cluster struct {
	T         testing.TB
	Net       *memnet.Net
	Nodes     []*Node
	authority *transport.Authority
	tune      func(*raft.Config)
	logger    func(node string) hclog.Logger // nil: nobody listens
	started   uint64                         // processes so far: each seeds its own randomness
}

// Node is one node: what outlives a crash, and, while it runs, the process.
type Node struct {
	*cluster.Node
	Name    string // of its host, and its own unless it has a Label
	Label   string
	Clock   *Clock
	ID      id.Node
	Err     error // why it stopped, once it has
	c       *Cluster
	key     transport.NodeKey
	log     *raft.InmemStore
	snaps   *raft.InmemSnapshotStore
	disk    *disk // of the present process
	plug    *plug // likewise
	founder bool
	cancel  context.CancelFunc
	done    chan struct{}
}

// Clock is a node's clock: virtual time, with a wall clock that may be set wrong.
type Clock struct {
	start time.Time
	mu    sync.Mutex
	skew  time.Duration
}

// Skew sets the wall clock off by d.
func (c *Clock) Skew(d time.Duration) {
	c.mu.Lock()
	c.skew = d
	c.mu.Unlock()
}

// Now implements cluster.Clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.skew)
}

// Mono implements cluster.Clock.
func (c *Clock) Mono() time.Duration { return time.Since(c.start) }

// Boot implements cluster.Clock.
func (c *Clock) Boot() time.Duration { return time.Since(c.start) }

// New starts a cluster of n nodes, n1 first, and waits until all serve and all are voters.
func New(t testing.TB, n int) *Cluster { return NewTuned(t, n, nil) }

// NewTuned is New with raft's numbers changed.
func NewTuned(t testing.TB, n int, tune func(*raft.Config)) *Cluster {
	return NewLogged(t, n, tune, nil)
}

// NewLogged is NewTuned with somebody who listens to what the nodes log.
func NewLogged(t testing.TB, n int, tune func(*raft.Config), logger func(node string) hclog.Logger) *Cluster {
	c := &Cluster{T: t, Net: memnet.New(), tune: tune, logger: logger}
	t.Cleanup(c.Close) // a test that fails before its own Close would hide why behind a panic
	var err error
	c.authority, err = transport.NewAuthority("sim", crand.Reader)
	c.must(err)
	first := c.add("n1")
	first.founder = true
	first.Start()
	c.Await("n1 serves", first.Serves)
	for range n - 1 {
		c.Join(member.Voter)
	}
	c.AwaitVoters(n)
	return c
}

// Join makes one more node, lets n1 let it in, starts it and waits until it serves.
func (c *Cluster) Join(role member.Role) *Node {
	node := c.add(fmt.Sprintf("n%d", len(c.Nodes)+1))
	token, cmd, err := cluster.NewToken(role, time.Hour, "")
	c.must(err)
	c.must(c.Nodes[0].Do(cmd))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	_, err = cluster.Join(ctx, c.Net.Host(node.Name), c.Nodes[0].addr(), token, node.key,
		cluster.Applicant{Name: node.Name, Peer: node.addr(), SSH: node.Name + ":22"})
	c.must(err)
	node.Start()
	c.Await(node.Name+" serves", node.Serves)
	return node
}

// AwaitVoters waits until n nodes are voters and answer.
func (c *Cluster) AwaitVoters(n int) {
	c.T.Helper()
	c.Await(fmt.Sprintf("%d are voters", n), func() bool {
		voters := 0
		for _, ns := range c.Nodes[0].Status(context.Background()).Nodes {
			if ns.Voter && ns.Reachable {
				voters++
			}
		}
		return voters == n
	})
}

func (c *Cluster) must(err error) {
	c.T.Helper()
	if err != nil {
		c.T.Fatal(err)
	}
}

func (c *Cluster) add(name string) *Node {
	key, err := transport.NewNodeKey(crand.Reader)
	c.must(err)
	n := &Node{
		Name: name, c: c, key: key, ID: id.Node(key.ID()), Clock: &Clock{start: time.Now().Add(-time.Minute)},
		log: raft.NewInmemStore(), snaps: raft.NewInmemSnapshotStore(),
	}
	c.Nodes = append(c.Nodes, n)
	return n
}

func (n *Node) addr() string { return n.Name + ":7201" }

// Start starts the node's process on what its disk has.
func (n *Node) Start() { n.c.must(n.TryStart()) }

// TryStart is Start for a disk that may be refused.
func (n *Node) TryStart() error {
	cert, err := n.c.authority.Sign(n.key.Public(), n.Name)
	n.c.must(err)
	n.disk = &disk{InmemStore: n.log}
	n.plug = &plug{Host: n.c.Net.Host(n.Name)}
	n.Err = nil
	logger := hclog.NewNullLogger()
	if n.c.logger != nil {
		logger = n.c.logger(n.Name)
	}
	n.c.started++
	var seed sync.Mutex
	source := rand.NewPCG(1, n.c.started)
	random := func() uint64 {
		seed.Lock()
		defer seed.Unlock()
		return source.Uint64()
	}
	n.Node, err = cluster.New(cluster.Config{
		Name: cmp.Or(n.Label, n.Name), Cluster: "sim", Peer: n.addr(), SSH: n.Name + ":22", Found: n.founder,
		Port: func(denied func(string) bool) (*transport.Port, error) {
			return transport.NewPort(transport.Config{
				Network: n.plug, Addr: n.addr(), Denied: denied, Logger: logger,
				Credentials: transport.Credentials{Key: n.key, Cert: cert, CA: n.c.authority.Cert(), ClusterID: "sim"},
			})
		},
		Self: n.ID, Authority: n.c.authority,
		Stores: cluster.Stores{Log: n.disk, Stable: n.disk, Snapshots: n.snaps},
		Clock:  n.Clock, Random: random, Logger: logger,
		Tune: n.c.tune,
	})
	if err != nil {
		return err
	}
	var ctx context.Context
	ctx, n.cancel = context.WithCancel(context.Background())
	n.done = make(chan struct{})
	go func() {
		defer close(n.done)
		n.Err = n.Node.Run(ctx)
	}()
	return nil
}

// Stop stops the node on purpose and waits for it.
func (n *Node) Stop() {
	n.cancel()
	<-n.done
}

// Crash takes the node away: its connections are reset, and nothing it would still
// say or write reaches anybody or its disk. The process learns of it by its broken
// port, and says no goodbye.
func (n *Node) Crash() {
	n.plug.pull()
	n.c.Net.CrashHost(n.Name)
	n.disk.kill()
	<-n.done
	n.cancel()
}

// Running reports whether the node's process has not ended.
func (n *Node) Running() bool {
	if n.done == nil {
		return false
	}
	select {
	case <-n.done:
		return false
	default:
		return true
	}
}

// Close stops everything.
func (c *Cluster) Close() {
	c.Net.HealAll()
	for _, n := range c.Nodes {
		if n.done != nil {
			n.Crash()
		}
	}
}

// Isolate cuts a node off from all others, silently, both ways.
func (c *Cluster) Isolate(n *Node) {
	for _, o := range c.Nodes {
		if o != n {
			c.Net.Cut(n.Name, o.Name)
			c.Net.Cut(o.Name, n.Name)
		}
	}
}

// Others returns all nodes but these.
func (c *Cluster) Others(but ...*Node) []*Node {
	var others []*Node
	for _, n := range c.Nodes {
		if !slices.Contains(but, n) {
			others = append(others, n)
		}
	}
	return others
}

// Leader returns the node that leads and is with a majority, waiting for one.
func (c *Cluster) Leader() *Node {
	var leader *Node
	c.Await("somebody leads", func() bool {
		for _, n := range c.Nodes {
			if !n.Running() {
				continue
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			if st := n.Status(ctx); st.Leader == n.Name && st.Quorum && n.Health().Standing == cluster.Serving {
				leader = n
			}
			cancel()
		}
		return leader != nil
	})
	return leader
}

// Await waits, for at most two minutes of virtual time, until ok holds.
func (c *Cluster) Await(what string, ok func() bool) {
	c.T.Helper()
	for range 12000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond) // virtual: the bubble's clock, not the machine's
	}
	c.T.Fatalf("waited two minutes for: %s", what)
}

// Serves reports whether the node is with the others and may act for its people.
func (n *Node) Serves() bool { return n.Health().Standing == cluster.Serving }

// Do proposes a command through the node and returns an error unless it was OK.
func (n *Node) Do(cmd fsm.Command) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	a, err := n.Propose(ctx, cmd)
	if err == nil && a.Code != fsm.OK {
		err = fmt.Errorf("%T was refused with code %d", cmd, a.Code)
	}
	return err
}

// Name returns a plain nickname as the front end would work it out.
func Name(s string) lease.Nick {
	return lease.Nick{Display: s, Key: s, Skeletons: [2]string{s, s}}
}

// Of returns how a name stands, as this node knows it.
func (n *Node) Of(name string) lease.Status {
	var st lease.Status
	n.View(func(s *fsm.State) { st = s.Lease().Name(name) })
	return st
}

// Digest returns the node's applied index and the digest of its state.
func (n *Node) Digest() (at id.Index, digest [32]byte) {
	n.View(func(s *fsm.State) { at, digest = s.Applied(), s.Digest() })
	return at, digest
}
