package cluster

import (
	"context"
	"sync"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/member"
	"moniker/fsm/setting"
)

const (
	registerAgain = 250 * time.Millisecond // before a Register is sent again
	maxUnsure     = 64                     // renewals on their way whose sending is remembered
	sweepEvery    = 20                     // steps between two looks for sessions that nobody has
)

// keeper keeps this node's incarnation: registers it, renews its lease, and begins
// the next when the state has ended it.
type keeper struct {
	node *Node
	wake chan struct{}

	mu        sync.Mutex
	trying    id.Incarnation // being registered
	replaces  id.Incarnation // what that would replace
	firstTry  time.Duration  // when its Register was first sent
	triedAt   time.Duration  // and last
	live      bool
	counter   uint64
	sentAt    map[uint64]time.Duration // boot clock when an unconfirmed renewal was first sent
	confirmed time.Duration            // boot clock when the newest confirmed sign of life was first sent
	renewedAt time.Duration            // when a renewal was last sent
	leaving   bool
	steps     int // these two: the keeper's own goroutine
	strays    int // how often in a row there were sessions too many
}

func newKeeper(n *Node) *keeper {
	return &keeper{node: n, wake: make(chan struct{}, 1), sentAt: map[uint64]time.Duration{}}
}

func (k *keeper) poke() { poke(k.wake) }

// isLeaving reports whether the incarnation is being ended on purpose.
func (k *keeper) isLeaving() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.leaving
}

// run keeps the incarnation until ctx ends.
func (k *keeper) run(ctx context.Context) {
	timer := time.NewTicker(100 * time.Millisecond)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-k.wake:
		case <-timer.C:
		}
		k.step(ctx)
	}
}

// facts is what the state says of this node.
type facts struct {
	member  bool
	removed bool
	newest  id.Incarnation // the newest it registered
	live    bool
	counter uint64
	ttl     time.Duration // as it is set now
	lease   time.Duration // what the newest renewal applied here is worth; zero if none is live
	grace   time.Duration
	carried int
}

func (k *keeper) facts() facts {
	var f facts
	k.node.View(func(s *fsm.State) {
		m, ok := s.Members().Member(k.node.config.Self)
		f.removed = ok && m.Role == member.Removed
		f.member = ok && !f.removed
		f.newest, f.live = m.Incarnation, s.Lease().Live(m.Incarnation)
		i, _ := s.Lease().Incarnation(m.Incarnation)
		f.counter = i.Counter
		if f.live {
			f.lease = span(i.Deadline.Sub(i.Renewed))
		}
		f.carried = s.Lease().Carried(m.Incarnation)
		f.ttl = span(s.Settings().Span(setting.LeaseTTL))
		f.grace = span(s.Settings().Span(setting.LeaseGrace))
	})
	select {
	case <-k.node.removal.known: // maybe not by the state
		f.member, f.removed = false, true
	default:
	}
	return f
}

func span(d id.Duration) time.Duration { return time.Duration(d) * time.Microsecond }

// step looks at the state and does what is next.
func (k *keeper) step(ctx context.Context) {
	f := k.facts()
	now := k.node.config.Clock.Boot()
	k.mu.Lock()
	if k.leaving {
		k.mu.Unlock()
		return
	}
	switch {
	case f.live && f.newest == k.trying && !k.live:
		k.begin(now)
		k.mu.Unlock()
		k.node.began(f.newest)
		return
	case f.live && f.newest == k.trying:
		k.mu.Unlock()
		k.renew(ctx, f, now)
		return
	}
	k.live = false
	switch {
	case k.trying == 0, f.newest != k.replaces:
		// The first, or the last try cannot succeed any more: it did and has ended,
		// or somebody else was registered. A number is never used twice.
		k.trying = id.Incarnation(k.node.config.Random() | 1) // never zero
		k.replaces, k.firstTry = f.newest, now
	case now-k.triedAt < registerAgain:
		k.mu.Unlock()
		return
	}
	k.triedAt = now
	register := fsm.Register{
		Node: k.node.config.Self, Incarnation: k.trying, Replaces: k.replaces,
		Peer: k.node.config.Peer, SSH: k.node.config.SSH, Version: fsm.Version,
	}
	k.mu.Unlock()
	switch {
	case f.member:
		_ = k.node.urge(ctx, 0, register) // tried again soon, whatever came of it
	case k.node.config.Found && !f.removed:
		_ = k.node.urge(ctx, 0, fsm.Found{
			Cluster: k.node.config.Cluster, Node: k.node.config.Self, Name: k.node.config.Name,
			Peer: k.node.config.Peer, SSH: k.node.config.SSH,
		})
	}
}

// begin notes that the incarnation is live. The caller holds the lock.
func (k *keeper) begin(now time.Duration) {
	k.live = true
	k.counter = 0
	clear(k.sentAt)
	k.confirmed = k.firstTry
	k.renewedAt = now
}

// began is told that this node's incarnation is registered: its stream opens, and
// the sessions that are still there are attached again. The stream opens under the
// view that shows the incarnation live. Its end can only be applied after that, and
// the goroutine that applies it closes the stream, after it has told every caller
// before the end what became of theirs. So nobody else may close it.
func (n *Node) began(inc id.Incarnation) {
	live := false
	n.View(func(s *fsm.State) {
		if live = s.Lease().Live(inc); live {
			n.outbox.open(inc)
		}
	})
	if !live {
		return
	}
	n.machine.wakeWaiters() // for those who wait for an incarnation
	n.health.poke()
	n.log.Info("serving", "incarnation", inc)
	n.seats.reseat(inc)
	select {
	case <-n.ready:
	default:
		close(n.ready)
	}
}

// renew sends a renewal when one is due: a third of the ttl after the last, and
// again every second while the newest is not confirmed.
func (k *keeper) renew(ctx context.Context, f facts, now time.Duration) {
	k.sweep(f)
	k.mu.Lock()
	every := f.ttl / 3
	if k.counter > f.counter {
		every = min(every, progressTime)
	}
	if now-k.renewedAt < every {
		k.mu.Unlock()
		return
	}
	k.counter++
	c := fsm.Renew{Incarnation: f.newest, Counter: k.counter}
	if len(k.sentAt) >= maxUnsure {
		delete(k.sentAt, k.counter-1) // the oldest says since when there is no answer
	}
	k.sentAt[k.counter] = now
	k.renewedAt = now
	k.mu.Unlock()
	c.Reads = k.node.seats.positions(f.newest)
	if k.node.urge(ctx, f.newest, c) != nil {
		k.node.seats.putBack(f.newest, c.Reads)
	}
}

// look takes note of renewals that this node has applied.
func (k *keeper) look() {
	k.mu.Lock()
	waiting := len(k.sentAt) > 0
	k.mu.Unlock()
	if !waiting {
		return
	}
	counter := k.facts().counter
	k.mu.Lock()
	for c, at := range k.sentAt {
		if c <= counter {
			k.confirmed = max(k.confirmed, at)
			delete(k.sentAt, c)
		}
	}
	k.mu.Unlock()
}

// confirm takes note that a command first sent at that time was applied: as good
// as a renewal.
func (k *keeper) confirm(first time.Duration) {
	k.mu.Lock()
	k.confirmed = max(k.confirmed, first)
	k.mu.Unlock()
}

// sweep detaches sessions that the state lists under this incarnation and that
// nobody here has: there should be none, and a ghost would stand for ever.
func (k *keeper) sweep(f facts) {
	if k.steps++; k.steps%sweepEvery != 0 {
		return
	}
	if f.carried <= k.node.seats.seated(f.newest)+k.node.seats.underWay() {
		k.strays = 0
		return
	}
	if k.strays++; k.strays < 2 {
		return // commands of sessions that come and go are under way
	}
	k.strays = 0
	k.node.seats.sweep(f.newest)
}

// exit ends the incarnation on purpose and waits until the state has, or ctx ends.
func (k *keeper) exit(ctx context.Context) {
	k.mu.Lock()
	k.leaving = true
	inc := k.trying
	k.mu.Unlock()
	for {
		changed := k.node.machine.changed()
		if f := k.facts(); !f.live || f.newest != inc {
			return
		}
		_ = k.node.urge(ctx, inc, fsm.Exit{Incarnation: inc})
		select {
		case <-ctx.Done():
			return
		case <-changed:
		case <-time.After(registerAgain):
		}
	}
}
