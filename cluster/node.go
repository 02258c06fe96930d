package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/stream"
	"moniker/fsm/turn"
	"moniker/transport"
)

// Config is what a node is made of. Everything that touches the world is handed in.
type Config struct {
	Name      string
	Version   string // of the program, for the log; empty if it is not known
	Cluster   string // the cluster's id
	Peer, SSH string // where other nodes, and people, reach this one
	Found     bool   // this node makes the cluster: on an empty store it is the first voter

	Port      func(denied func(nodeID string) bool) (*transport.Port, error)
	Self      id.Node
	Authority *transport.Authority // nil on a node that cannot let others in
	Secrets   []byte               // what every node gets on joining, beside its certificate: the SSH host key

	Stores Stores
	Clock  Clock
	Random func() uint64 // for incarnations
	Logger hclog.Logger
	Tune   func(*raft.Config) // may be nil; tests take snapshots more often
}

// Validate says what is missing.
func (c Config) Validate() error {
	switch {
	case c.Name == "" || c.Cluster == "" || c.Self == "":
		return errors.New("cluster: a node needs a name, a cluster and an id")
	case c.Peer == "":
		return errors.New("cluster: a node needs an address for other nodes")
	case c.Port == nil || c.Clock == nil || c.Random == nil || c.Logger == nil:
		return errors.New("cluster: a node needs a port, a clock, randomness and a logger")
	case c.Stores.Log == nil || c.Stores.Stable == nil || c.Stores.Snapshots == nil:
		return errors.New("cluster: a node needs its stores")
	}
	return nil
}

// shutTime is how long Run waits for its parts to end.
const shutTime = 5 * time.Second

// Node is one node of a cluster. Its methods are safe for concurrent use.
type Node struct {
	config  Config
	log     hclog.Logger
	port    *transport.Port
	raft    *raft.Raft
	trans   *raftTransport
	machine *machine
	feed    *Feed
	outbox  *outbox
	era     *era
	reign   atomic.Pointer[reign]
	peers   *peers
	seats   *seats
	keeper  *keeper
	health  *health
	counts  tally
	removal removal
	handing handing
	asked   atomic.Int64              // boot clock when a node last wanted this one's vote
	servers atomic.Pointer[raft.Raft] // raft, for its own goroutines, which run before New has it
	tidy    chan struct{}             // membership may differ from raft's
	ready   chan struct{}
	stop    context.CancelCauseFunc
	stopped context.Context
	once    sync.Once
}

// New opens the port and starts raft on the stores. The node does nothing for
// anybody until Run.
func New(c Config) (*Node, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	n := &Node{
		config: c, log: c.Logger, feed: newFeed(), outbox: newOutbox(c.Clock), era: newEra(),
		tidy: make(chan struct{}, 1), ready: make(chan struct{}), removal: removal{known: make(chan struct{})},
		handing: handing{slot: make(chan struct{}, 1)},
	}
	n.stopped, n.stop = context.WithCancelCause(context.Background())
	n.seats, n.keeper, n.health = newSeats(n), newKeeper(n), newHealth(n)
	n.machine = newMachine(n.feed, n.config.Clock)
	n.machine.after, n.machine.jump, n.machine.halt, n.machine.servers = n.observe, n.jumped, n.halt, n.deny
	n.config.Stores.guard(n.halt)

	about := []any{"name", c.Name, "id", c.Self}
	if c.Version != "" {
		about = append(about, "version", c.Version)
	}
	n.log.Info("starting", about...)
	var err error
	if n.port, err = c.Port(n.shutOut); err != nil {
		return nil, err
	}
	n.peers = newPeers(n)
	n.serveJoins()
	n.port.Handle(peerProto, n.servePeer)
	n.trans = newRaftTransport(n.stopped, n.dial, n.port, c.Peer, hush{newThinLog(n.log.Named("raft-net"), c.Clock), n.ending}, n.address)
	if err := n.startRaft(); err != nil {
		return nil, errors.Join(err, n.trans.Close(), n.port.Close())
	}
	return n, nil
}

func (n *Node) startRaft() error {
	rc := raftConfig(n.config.Self, newThinLog(n.log.Named("raft"), n.config.Clock))
	if n.config.Tune != nil {
		n.config.Tune(rc)
	}
	s := n.config.Stores
	if n.config.Found {
		has, err := raft.HasExistingState(s.Log, s.Stable, s.Snapshots)
		if err != nil {
			return fmt.Errorf("read the store: %w", err)
		}
		if !has {
			first := raft.Configuration{Servers: []raft.Server{{
				Suffrage: raft.Voter, ID: raft.ServerID(n.config.Self), Address: raft.ServerAddress(n.config.Peer),
			}}}
			if err := raft.BootstrapCluster(rc, s.Log, s.Stable, s.Snapshots, n.trans, first); err != nil {
				return fmt.Errorf("make the cluster: %w", err)
			}
		}
	}
	if err := s.whole(); err != nil {
		return err
	}
	cache, err := raft.NewLogCache(logCache, s.Log)
	if err != nil {
		return err
	}
	n.raft, err = raft.NewRaft(rc, n.machine, cache, s.Stable, s.Snapshots, n.trans)
	if err != nil {
		return startError(n.config.Stores.path, err)
	}
	n.servers.Store(n.raft)
	n.deny() // what a snapshot says, now that raft's servers are known as well
	return nil
}

// Run serves until ctx ends or the node must stop, and returns after all its
// goroutines have: nil for the first, why for the second. Ended by ctx it hands
// leadership over and ends its incarnation, so that nobody waits for a time-out. A
// disk that hangs may hold goroutines for ever: those are not waited for, and the
// process has to end.
func (n *Node) Run(ctx context.Context) error {
	defer n.log.Info("stopped")
	work, cancel := context.WithCancel(context.Background())
	defer cancel()
	var wg sync.WaitGroup
	for _, part := range []func(context.Context){
		func(ctx context.Context) {
			if err := n.port.Run(ctx); err != nil {
				n.halt(fmt.Errorf("the port for other nodes broke: %w", err))
			}
		},
		n.feed.run, n.lead, n.send, n.keeper.run, n.health.run, n.reconcile, n.knock, n.depart, n.observeRaft, n.chronicle,
		n.config.Stores.watch,
	} {
		wg.Go(func() { part(work) })
	}
	select {
	case <-ctx.Done():
		n.log.Info("stopping")
		n.leave()
		n.stop(context.Canceled)
	case <-n.stopped.Done():
	}
	cancel()
	ended := make(chan error, 1)
	go func() { ended <- n.end(&wg) }()
	late := time.NewTimer(shutTime)
	defer late.Stop()
	var err error
	select {
	case err = <-ended:
	case <-late.C:
		err = errors.New("parts of this node hang: its disk, most likely")
	}
	n.outbox.close(n.outbox.incarnation(), ErrUnknown) // a leader may have what was sent
	if cause := context.Cause(n.stopped); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// end waits for the parts of Run and ends what they stood on. Raft comes after those
// who wait for its futures: the ones that its Shutdown finds between the log and the
// state machine are never answered. Without its port a leader steps down, which
// answers them all.
func (n *Node) end(parts *sync.WaitGroup) error {
	parts.Wait()
	n.trans.CloseStreams() // pooled connections outlive Close otherwise
	err := n.raft.Shutdown().Error()
	n.peers.close()
	return errors.Join(err, n.trans.Close(), n.config.Stores.Close())
}

// halt makes Run return why. The first reason counts.
func (n *Node) halt(why error) {
	n.once.Do(func() {
		n.log.Error("this node stops: " + why.Error())
		n.stop(why)
	})
}

// leave ends the incarnation and hands leadership over, bounded in time: a
// leadership transfer can wedge a node (hashicorp/raft#696), so it is tried only
// here, where the process ends anyway, and not waited for long.
func (n *Node) leave() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	n.keeper.exit(ctx)
	if n.raft.State() == raft.Leader {
		_ = await(ctx, n.raft.LeadershipTransfer())
	}
}

// ending reports whether the node is on its way out, on purpose or because it must be.
func (n *Node) ending() bool { return n.stopped.Err() != nil || n.keeper.isLeaving() }

// Ready is closed when the node serves: its own incarnation is registered, and so
// it has caught up to the commit of that moment.
func (n *Node) Ready() <-chan struct{} { return n.ready }

// Name returns the node's own.
func (n *Node) Name() string { return n.config.Name }

// View runs f with this node's state under a read lock. f must be short, copy what
// it wants, and neither block nor keep what it was given.
func (n *Node) View(f func(*fsm.State)) { n.machine.View(f) }

// Feed gives the events this node has applied.
func (n *Node) Feed() *Feed { return n.feed }

// observe is told of every entry this node has applied, by the goroutine that
// applies: it wakes others and returns.
func (n *Node) observe(out fsm.Outcome) {
	inc := n.outbox.incarnation()
	for _, a := range out.Answers {
		if inc != 0 && a.From == inc && a.Number != 0 {
			if first, ok := n.outbox.applied(a); ok {
				n.keeper.confirm(first)
			}
		}
	}
	for _, e := range out.Events {
		switch e.Kind {
		case turn.LeaderStarted:
			n.outbox.rewind()
			n.keeper.poke()
		case turn.NodeUp, turn.NodeDown:
			n.keeper.poke()
			if e.Kind == turn.NodeDown && e.Session.Incarnation == inc && inc != 0 {
				if e.Why != turn.NodeExited {
					n.counts.lost.Add(1)
				}
				n.ended(inc, ErrUnsent)
			}
		case turn.Detached:
			if e.Session.Incarnation == inc {
				n.seats.taken(e.Session, e.Why)
			}
		case turn.Renamed:
			if e.Why == turn.Moved && e.Session.Incarnation == inc {
				n.seats.moved(e.Session)
			}
		case turn.MemberAdded, turn.MemberChanged:
			poke(n.tidy)
		case turn.MemberRemoved:
			n.deny()
			n.health.poke()
			poke(n.tidy)
		}
	}
	n.keeper.look()
}

// jumped is told that a snapshot replaced the state.
func (n *Node) jumped() {
	n.tellJump()
	n.deny()
	poke(n.tidy)
	inc := n.outbox.incarnation()
	if inc == 0 {
		return
	}
	var last uint64
	var live bool
	n.View(func(s *fsm.State) { last, live = s.Streams().Last(inc) })
	n.outbox.jumped(last, func(number uint64) (a stream.Answer, ok bool) {
		n.View(func(s *fsm.State) { a, ok = s.Streams().Answer(inc, number) })
		return a, ok
	})
	if live {
		n.seats.check(inc)
	} else {
		n.counts.lost.Add(1)
		n.log.Warn("this node's incarnation has ended, in what the snapshot jumped over")
		n.ended(inc, ErrUnknown) // what was executed before the end is forgotten with the stream
	}
	n.keeper.poke()
}

// ended is told, by the goroutine that applies, that the state has ended this node's
// incarnation: for good. sent is what became of commands that a leader may have.
func (n *Node) ended(inc id.Incarnation, sent error) {
	n.outbox.close(inc, sent)
	n.seats.unseat(inc)
	n.keeper.poke()
	n.health.poke()
}
