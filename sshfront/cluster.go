package sshfront

import (
	"context"
	"errors"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
	"moniker/fsm/turn"
)

// What a Seat may answer instead of an Answer. Whatever it returns is, by
// errors.Is, one of the two.
var (
	// ErrUnsent means that it has not been done and never will be.
	ErrUnsent = errors.New("it was not sent")
	// ErrUnknown means that nobody can say yet whether it was done.
	ErrUnknown = errors.New("it is not known whether it was done")
)

// Cluster is the node this front end stands on. Its methods are safe for
// concurrent use.
type Cluster interface {
	// Open gives an identity, which came by key, a seat, on no name yet. wake is called,
	// and must not block, when what Holds or Config.Health tells has changed.
	Open(who id.Identity, key id.Fingerprint, wake func()) Seat
	// Propose proposes what is not said by a seat, and waits for the commit as long as
	// ctx lets it.
	Propose(ctx context.Context, c fsm.Command) (fsm.Answer, error)
	// View runs f under a read lock: f copies out what it needs.
	View(f func(*fsm.State))
	// Feed gives the events this node has applied.
	Feed() Feed
}

// Standing says how the node may act for its people.
type Standing byte

// Standings, from best to worst.
const (
	Serving  Standing = iota + 1 // what is typed goes out
	Waiting                      // for the others: what is typed is held here, unsent
	ReadOnly                     // its lease may be over: it can look, and say nothing
	Lost                         // and names may have moved on: it lets its people go
	Starting                     // it has not served anybody yet
)

// Health is how the node is just now.
type Health struct {
	Standing Standing
	For      time.Duration // since when it has been so
	Away     time.Duration // since when it has not been Serving; zero while it is
	Removed  bool          // an operator took it out of the cluster: it is Lost
	Leader   string        // the name of the node that leads; empty while none is known
}

// Feed is events in order, in a bounded ring.
type Feed interface {
	// Head returns the cursor of a reader that has seen all there is. Called inside
	// View it fits what View shows.
	Head() uint64
	// Next returns up to limit events after a cursor, which are not written to, and
	// the cursor behind them. skipped is how many the ring has lost meanwhile.
	Next(after uint64, limit int) (events []turn.Event, next uint64, skipped int)
	// Watch calls wake, which does not block, when there is more; several events
	// may share a call.
	Watch(wake func()) (stop func())
}

// Seat is one connected person's place in the cluster: a session that is, or
// wants to be, on a name.
type Seat interface {
	// Take asks for a name: by Attach while the seat is on none, else by Claim. It
	// waits for the commit as long as ctx lets it.
	Take(ctx context.Context, n lease.Nick) (fsm.Answer, error)
	// Do proposes what build makes of the seat's session and token, in the order of
	// the calls. done is called once, here or on a goroutine of the node, and does
	// not block.
	Do(build func(s id.Session, token id.Token) fsm.Command, done func(fsm.Answer, error))
	// Leave gives the seat up: by Release (quit) or by Detach. It is proposed
	// whatever ctx says, if ever a name was asked for; ctx bounds the wait.
	Leave(ctx context.Context, quit bool) (fsm.Answer, error)
	// Holds returns what the seat has now.
	Holds() Holding
	// Read tells how far the person has read a place. It is cheap, and travels with
	// the next renewal or with Leave.
	Read(place string, at id.Event)
}

// Holding is what a seat has. A node that lost its incarnation attaches its seats
// again, each under another session; Refused is the answer if that was no, until
// a Take succeeds.
type Holding struct {
	Session  id.Session
	Token    id.Token
	Nick     lease.Nick
	Attached bool
	Refused  *fsm.Answer
}
