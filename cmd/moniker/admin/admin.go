// Package admin is the operators' command line: one tree of commands, built anew
// for each call and run on a node, whichever door the call came through. The
// local socket and SSH exec hand it the same words and get the same answer.
//
// What it promises is the contract that scripts rely on. Answers go to Stdout,
// errors, hints and the age of stale data to Stderr. A list that is read without
// --stale shows all that was acknowledged anywhere before the call. The exit
// status is one of package say's; NoLeader means that nothing was changed,
// Unknown that nobody can say.
//
// It does not know sockets, SSH, files or the time of day. Whoever comes through
// another door than the local socket must be an operator by the state's word.
package admin

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"moniker/cluster"
	"moniker/cmd/moniker/say"
	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/turn"
)

// Node is the node that a call is run on.
type Node interface {
	// View runs f under a short read lock; f copies out what it needs.
	View(f func(*fsm.State))
	// Read returns when View shows all that was acknowledged before Read was called.
	Read(ctx context.Context) error
	// Propose returns what came of c, or one of cluster's errors.
	Propose(ctx context.Context, c fsm.Command) (fsm.Answer, error)
}

// Cluster knows how the nodes are, and who of them leads.
type Cluster interface {
	// Status asks all of them, for about 1 s at most.
	Status(ctx context.Context) cluster.Status
	// Lead returns nil once target leads, or one of cluster's errors.
	Lead(ctx context.Context, target id.Node) error
}

// Feed is the events that the node has applied, in order, in a bounded ring.
type Feed interface {
	// Head returns the cursor of a reader that has seen all there is.
	Head() uint64
	// Next returns up to limit events after a cursor, which are not written to, and
	// the cursor behind them. skipped is how many the ring has lost meanwhile.
	Next(after uint64, limit int) (events []turn.Event, next uint64, skipped int)
	// Watch calls wake, which does not block, when there is more.
	Watch(wake func()) (stop func())
}

// Config is what the tree must be told.
type Config struct {
	Self     string               // this node's name
	Age      func() time.Duration // since this node last was sure to have the newest state
	Feed     Feed
	Stopping <-chan struct{} // closed when the node is about to stop; nil: never
	Patience time.Duration   // when a call is given up; 0 is 5 s
	Rand     io.Reader       // of join tokens; nil is the system's
}

// Validate says what is missing.
func (c Config) Validate() error {
	if c.Self == "" || c.Age == nil || c.Feed == nil {
		return errors.New("admin config: Self, Age or Feed is missing")
	}
	return nil
}

// Request is one call.
type Request struct {
	Args           []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	Who            id.Identity // whose key; empty through the local socket
	Width          int         // of the terminal; 0 is none: nothing is cut
	Color          bool
	Local          bool // through the local socket, which belongs to the node's own user
}

// New returns the tree as one function. It may be called from any number of
// goroutines. It panics if config is not valid.
func New(node Node, whole Cluster, config Config) func(ctx context.Context, r Request) (exit int) {
	if err := config.Validate(); err != nil {
		panic(err)
	}
	if config.Patience == 0 {
		config.Patience = 5 * time.Second
	}
	if config.Rand == nil {
		config.Rand = rand.Reader
	}
	watches := make(chan struct{}, maxWatches)
	return func(ctx context.Context, r Request) int {
		c := &call{Request: r, node: node, cluster: whole, config: config, watches: watches}
		return say.Print(r.Stderr, c.run(ctx))
	}
}

// Help runs the tree without a node, for those who only want to be told what
// there is: args end in --help, or are empty.
func Help(ctx context.Context, r Request) int {
	c := &call{Request: r}
	return say.Print(r.Stderr, c.run(ctx))
}

// call is one run of the tree.
type call struct {
	Request
	node    Node
	cluster Cluster
	config  Config
	watches chan struct{} // one for each that is running, of all calls

	output string
	json   bool
	stale  bool
}

// permitted refuses whoever is neither local nor an operator.
func (c *call) permitted() error {
	if c.Local {
		return nil
	}
	ok := false
	c.node.View(func(s *fsm.State) { _, ok = s.Members().Operator(c.Who) })
	if ok && c.Who != "" {
		return nil
	}
	return say.No("An operator can change that: moniker admin operator add "+string(c.Who), "this key may not use admin.")
}
