package cluster

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/hashicorp/raft"
)

var errWedged = errors.New("raft leads and refuses everything, for the sake of a handover that is long over (hashicorp/raft#696): only a new start helps")

// lead begins a reign whenever raft makes this node leader. LeaderCh is read here
// and nowhere else; NotifyCh would block raft's main goroutine. It has room for one
// value and keeps the newest, so a false between two trues may be lost: every true
// is a new term.
func (n *Node) lead(ctx context.Context) {
	var done chan struct{} // closed when the present reign has ended
	cancel := func() {}
	stop := func() {
		cancel()
		if done != nil {
			<-done
		}
		done = nil
	}
	defer func() { stop() }()
	var transfer wedge
	var last error  // what ended the newest reign
	var opened bool // it had got so far as to do something
	for {
		again := false
		select {
		case <-ctx.Done():
			return
		case leading := <-n.raft.LeaderCh():
			stop()
			if !leading {
				continue
			}
		case <-done:
			stop()
			if n.raft.State() != raft.Leader {
				continue
			}
			if transfer.stuck(last, opened, n.config.Clock.Boot()) {
				n.halt(errWedged)
				return
			}
			// The reign gave up and raft did not: a disk that stalled, say. Begin anew.
			again = true
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return
			}
		}
		reign, end := context.WithCancel(ctx)
		ended := make(chan struct{})
		cancel, done = end, ended
		go func() {
			defer close(ended)
			defer end()
			opened, last = n.rule(reign, again)
		}()
	}
}

// rule is one reign, from its first barrier to its end. again says that it follows
// another in the same term: of a new one tellLeader tells the log. opened says whether
// it came to do anything, and err why it ended.
func (n *Node) rule(ctx context.Context, again bool) (opened bool, err error) {
	g := newReign(n.raft, n.machine, n.config.Clock, n.config.Self, n.log)
	n.reign.Store(g)
	defer n.reign.CompareAndSwap(g, nil)
	n.counts.timesLeading.Add(1)
	if again {
		n.log.Info("this node leads again", "term", g.term)
	}
	poke(n.tidy)
	poke(n.outbox.wake)
	n.keeper.poke()
	err = g.run(ctx)
	if ctx.Err() == nil && !n.ending() && !errors.Is(err, raft.ErrLeadershipLost) && !errors.Is(err, raft.ErrNotLeader) {
		n.log.Warn("the reign ended", "term", g.term, "why", err)
	}
	n.log.Info("this node no longer leads", "term", g.term)
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.opened, err
}

// observeRaft takes note of what raft tells: of another leader, upon which everything
// unapplied is sent again, and of those who want this node's vote.
func (n *Node) observeRaft(ctx context.Context) {
	ch := make(chan raft.Observation, 16)
	o := raft.NewObserver(ch, false, func(o *raft.Observation) bool {
		switch o.Data.(type) {
		case raft.RequestVoteRequest, raft.RequestPreVoteRequest:
			n.asked.Store(int64(n.config.Clock.Boot()))
		case raft.LeaderObservation:
			return true
		}
		return false
	})
	n.raft.RegisterObserver(o)
	defer n.raft.DeregisterObserver(o)
	for {
		select {
		case <-ctx.Done():
			return
		case <-ch:
			n.era.next()
			n.outbox.rewind()
			n.keeper.poke()
			n.health.poke()
		}
	}
}

// era is the time between two changes of leader: what waits for a connection to
// the leader of one must not wait on into the next.
type era struct {
	mu     sync.Mutex
	ctx    context.Context
	cancel context.CancelFunc
}

func newEra() *era {
	e := &era{}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e
}

// next ends the present era.
func (e *era) next() {
	e.mu.Lock()
	e.cancel()
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.mu.Unlock()
}

// bound returns ctx, ended by the era's end or after limit as well.
func (e *era) bound(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	e.mu.Lock()
	stop := context.AfterFunc(e.ctx, cancel)
	e.mu.Unlock()
	return ctx, func() { stop(); cancel() }
}
