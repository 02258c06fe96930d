package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
)

const (
	idleTurn     = 250 * time.Millisecond // how often an idle leader turns the clock
	restlessTime = time.Second            // how often it commits the time while it matters
	stallTime    = time.Second            // an entry unapplied for longer stops the clock
	maxInFlight  = 8                      // entries given to raft and not yet applied
	maxWaiting   = 8 << 20                // bytes of commands that may wait; more are dropped, and sent again
	maxUrgent    = 1 << 20                // bytes that stand outside of streams: no backlog may drop a renewal
	enqueueTime  = 2 * time.Second
	barrierTime  = 10 * time.Second
)

// reign is one term of this node as leader: the only place where stamps are made
// and entries are put together. It lives from a true on raft's LeaderCh until
// leadership, or the certainty of it, is lost.
type reign struct {
	raft    *raft.Raft
	machine *machine
	clock   Clock
	self    id.Node
	log     hclog.Logger
	term    uint64
	turner  turner

	mu      sync.Mutex
	urgent  [][]byte // outside of streams: go first
	queue   [][]byte
	hurry   int  // bytes in urgent
	bytes   int  // bytes in queue
	renews  bool // a Renew waits in urgent
	sent    uint64
	reaped  uint64
	changed chan struct{} // closed at the next reaping
	oldest  []time.Duration
	ticking bool // a Tick is under way
	lastAt  time.Duration
	opened  bool
	resting bool // nothing is given to raft for now
	over    error

	wake  chan struct{}
	slots chan struct{}
	reap  chan flight
}

type flight struct {
	future raft.ApplyFuture
	tick   bool
}

func newReign(r *raft.Raft, m *machine, c Clock, self id.Node, log hclog.Logger) *reign {
	return &reign{
		raft: r, machine: m, clock: c, self: self, log: log, term: r.CurrentTerm(),
		changed: make(chan struct{}), wake: make(chan struct{}, 1),
		slots: make(chan struct{}, maxInFlight), reap: make(chan flight, maxInFlight),
	}
}

// run reigns until ctx ends or the reign does, and says why.
func (g *reign) run(ctx context.Context) error {
	if err := g.start(ctx); err != nil {
		return g.end(err)
	}
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancelCause(ctx)
	wg.Go(func() {
		for f := range g.reap {
			if err := g.collect(f); err != nil {
				cancel(err)
			}
		}
	})
	err := g.batches(ctx)
	close(g.reap)
	wg.Wait()
	cancel(nil)
	return g.end(err)
}

// start takes the anchor: only after a barrier is the state's time the time of all
// that earlier leaders have stamped. Then the first entry of the reign says
// LeaderStart, and only when that is applied may others follow. Futures are waited
// for even if ctx ends: while raft runs they end with leadership at the latest, but
// one that raft.Shutdown finds on its way to the state machine never does.
func (g *reign) start(ctx context.Context) error {
	if err := g.raft.Barrier(barrierTime).Error(); err != nil {
		return fmt.Errorf("barrier: %w", err)
	}
	g.turner = turner{anchor: g.machine.summary().time, last: g.clock.Mono()}
	if g.raft.State() != raft.Leader || g.raft.CurrentTerm() != g.term {
		return fmt.Errorf("term %d is over", g.term)
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	start := fsm.Proposal{Command: fsm.LeaderStart{Node: g.self}}.Encode(nil)
	g.mu.Lock()
	g.countLocked()
	g.mu.Unlock()
	f := g.apply(1, start)
	err := f.Error()
	g.reapedOne(false)
	if err != nil {
		return fmt.Errorf("leader start: %w", err)
	}
	if res, ok := f.Response().(result); !ok || res.term != g.term {
		return fmt.Errorf("leader start was appended in another term than %d", g.term)
	}
	g.mu.Lock()
	g.opened = true
	g.mu.Unlock()
	return nil
}

// await waits for a future or for ctx.
func await(ctx context.Context, f raft.Future) error {
	done := make(chan error, 1)
	go func() { done <- f.Error() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// offer puts proposals on the next entries. Those that are urgent go first. What
// there is no room for is dropped: its stream sends it again.
func (g *reign) offer(bundle [][]byte, urgent, renews bool) {
	g.mu.Lock()
	into, bytes, limit := &g.queue, &g.bytes, maxWaiting
	if urgent {
		into, bytes, limit = &g.urgent, &g.hurry, maxUrgent
	}
	for _, p := range bundle {
		if *bytes+len(p) > limit || g.over != nil {
			break
		}
		*bytes += len(p)
		*into = append(*into, p)
		g.renews = g.renews || renews
	}
	g.mu.Unlock()
	poke(g.wake)
}

// batches puts entries together for as long as the reign lasts. There is no
// linger: an entry takes what is there, and while entries are in flight more gathers.
func (g *reign) batches(ctx context.Context) error {
	turn := time.NewTicker(idleTurn)
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-g.wake:
		case <-turn.C:
		}
		for {
			now := g.turner.turn(g.clock.Mono(), g.stalled())
			if !g.work(now) {
				break
			}
			select {
			case g.slots <- struct{}{}:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
			count, body, tick, ok := g.take(now)
			if !ok { // it was told to rest meanwhile
				<-g.slots
				break
			}
			g.reap <- flight{g.apply(count, body), tick}
		}
	}
}

// work reports whether there is a reason to commit an entry now.
func (g *reign) work(now id.Time) bool {
	sum := g.machine.summary()
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.resting:
		return false
	case len(g.queue)+len(g.urgent) > 0:
		return true
	case g.tickDue(sum, now):
		return true
	}
	return sum.restless && g.sent == g.reaped && g.clock.Mono()-g.lastAt >= restlessTime
}

// tickDue reports whether a Tick is to be proposed: something applied is over, no
// other Tick is under way, and nobody's Renew waits. The caller holds the lock.
func (g *reign) tickDue(sum summary, now id.Time) bool {
	return sum.hasDue && sum.due <= now && !g.ticking && !g.renews
}

// take fills an entry: what is urgent, what is queued, and a Tick last, so that
// whoever renews or comes back in the same entry is in time. The entry counts as
// given to raft from then on. While the reign rests there is none.
func (g *reign) take(now id.Time) (count int, body []byte, tick, ok bool) {
	sum := g.machine.summary()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.resting {
		return 0, nil, false, false
	}
	g.countLocked()
	fill := func(from [][]byte, bytes *int) [][]byte {
		for len(from) > 0 && count < fsm.MaxBatch-1 && (count == 0 || len(body)+len(from[0]) <= bundleBytes) {
			body = append(body, from[0]...)
			*bytes -= len(from[0])
			from[0] = nil
			from = from[1:]
			count++
		}
		return from
	}
	if g.urgent = fill(g.urgent, &g.hurry); len(g.urgent) == 0 {
		g.renews = false
		g.queue = fill(g.queue, &g.bytes)
	}
	if g.tickDue(sum, now) {
		body = fsm.Proposal{Command: fsm.Tick{}}.Encode(body)
		count++
		tick, g.ticking = true, true
	}
	return count, body, tick, true
}

func (g *reign) countLocked() {
	g.lastAt = g.clock.Mono()
	g.sent++
	g.oldest = append(g.oldest, g.lastAt)
}

// apply stamps an entry that has been counted and gives it to raft.
func (g *reign) apply(count int, body []byte) raft.ApplyFuture {
	stamp := fsm.Stamp{
		Term: g.term, Now: g.turner.turn(g.clock.Mono(), g.stalled()),
		Wall: id.Wall(g.clock.Now().UnixMicro()), Check: g.machine.summary().check,
	}
	return g.raft.Apply(fsm.EncodeEntry(nil, stamp, count, body), enqueueTime)
}

// collect waits for an entry to be applied here. Whatever the error is, the reign
// is over: not appended or outcome unknown, the streams send again.
func (g *reign) collect(f flight) error {
	err := f.future.Error()
	if err == nil {
		if res, ok := f.future.Response().(result); !ok || res.term != g.term {
			err = fmt.Errorf("an entry of term %d was appended in another", g.term)
		}
	}
	g.reapedOne(f.tick)
	<-g.slots
	return err
}

func (g *reign) reapedOne(tick bool) {
	g.mu.Lock()
	g.reaped++
	g.oldest = g.oldest[1:]
	if tick {
		g.ticking = false
	}
	close(g.changed)
	g.changed = make(chan struct{})
	g.mu.Unlock()
	poke(g.wake)
}

// stalled reports whether an entry has been unapplied for so long that time must
// not go on: the disk, the network or the majority is not keeping up.
func (g *reign) stalled() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.oldest) > 0 && g.clock.Mono()-g.oldest[0] > stallTime
}

func (g *reign) end(err error) error {
	g.mu.Lock()
	if g.over = err; err == nil {
		g.over = errors.New("ended")
	}
	g.urgent, g.queue = nil, nil
	close(g.changed)
	g.changed = make(chan struct{})
	g.mu.Unlock()
	return err
}
