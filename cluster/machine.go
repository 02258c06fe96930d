package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
)

// machine is the state machine as raft drives it: it owns the lock that fsm.State
// does without, the feed, and who waits for what to be applied.
type machine struct {
	mu    sync.RWMutex
	state *fsm.State
	sum   summary
	alive alive

	feed    *Feed
	after   func(fsm.Outcome) // told of each entry, outside the lock; must not block
	jump    func()            // told that a snapshot replaced the state; must not block
	halt    func(error)       // told that this replica must stop
	servers func()            // told that raft's servers are others; must not block
	stuck   error             // why it has stopped: nothing is applied after that
	count   atomic.Int64      // entries applied
	images  atomic.Int64      // snapshots written

	boot  func() time.Duration
	moved time.Duration // boot clock when cluster time last moved here

	waitMu  sync.Mutex
	waiters chan struct{} // closed at the next entry
}

// summary is what the leader's loop wants to know after every batch.
type summary struct {
	applied  id.Index
	time     id.Time
	check    fsm.Check
	due      id.Time
	hasDue   bool
	restless bool
}

// result is what raft's future of an entry gives once it is applied: the term it
// was appended in.
type result struct{ term uint64 }

func newMachine(feed *Feed, clock Clock) *machine {
	return &machine{boot: clock.Boot, state: fsm.New(), alive: newAlive(), feed: feed, waiters: make(chan struct{}), servers: func() {}}
}

// View runs f with the state under a read lock. f must be short, copy what it
// wants, and neither block nor keep what it was given.
func (m *machine) View(f func(*fsm.State)) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f(m.state)
}

func (m *machine) summary() summary {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.sum
}

// Apply implements raft.FSM.
func (m *machine) Apply(l *raft.Log) any { return m.ApplyBatch([]*raft.Log{l})[0] }

// ApplyBatch implements raft.BatchingFSM. Configuration entries come here too and
// are not ours; no-ops and barriers never do, so the newest index here may lie
// below raft's for as long as nothing is proposed.
func (m *machine) ApplyBatch(logs []*raft.Log) []any {
	results := make([]any, len(logs))
	outcomes := make([]fsm.Outcome, 0, len(logs))
	others := false
	m.mu.Lock()
	for i, l := range logs {
		others = others || l.Type == raft.LogConfiguration
		if l.Type != raft.LogCommand || m.stuck != nil {
			continue // no result: a reign that waits for one ends
		}
		out, err := m.state.Apply(id.Index(l.Index), l.Term, l.Data)
		if err != nil {
			m.stuck = err
			break
		}
		results[i] = result{l.Term}
		m.feed.publish(out.Events)
		m.alive.note(out, m.state.Time())
		outcomes = append(outcomes, out)
	}
	m.summarise()
	stuck := m.stuck
	m.mu.Unlock()

	m.count.Add(int64(len(outcomes)))
	for _, out := range outcomes {
		m.after(out)
	}
	if others {
		m.servers()
	}
	m.feed.poke()
	m.wakeWaiters()
	if stuck != nil {
		m.halt(stuck)
	}
	return results
}

func (m *machine) summarise() {
	if m.state.Time() != m.sum.time {
		m.moved = m.boot()
	}
	m.sum = summary{applied: m.state.Applied(), time: m.state.Time(), check: m.state.Check(), restless: m.state.Restless()}
	m.sum.due, m.sum.hasDue = m.state.Due()
}

// stampedAt returns the boot clock of when cluster time last moved here.
func (m *machine) stampedAt() time.Duration {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.moved
}

func (m *machine) wakeWaiters() {
	m.waitMu.Lock()
	close(m.waiters)
	m.waiters = make(chan struct{})
	m.waitMu.Unlock()
}

// changed returns a channel that is closed after the next entries are applied.
// Take it before looking at the state, then wait.
func (m *machine) changed() <-chan struct{} {
	m.waitMu.Lock()
	defer m.waitMu.Unlock()
	return m.waiters
}

// reach waits until the entry at index is applied here.
func (m *machine) reach(ctx context.Context, index id.Index) error {
	for {
		changed := m.changed()
		if m.summary().applied >= index {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Snapshot implements raft.FSM: microseconds, because rows are shared.
func (m *machine) Snapshot() (raft.FSMSnapshot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stuck != nil {
		return nil, fmt.Errorf("no snapshot of a replica that has stopped: %w", m.stuck)
	}
	return &image{m.state.Image(), &m.images}, nil
}

// Restore implements raft.FSM. The snapshot says itself which index it is of:
// raft does not.
func (m *machine) Restore(rc io.ReadCloser) error {
	state, err := ReadSnapshot(rc)
	if err = errors.Join(err, rc.Close()); err != nil {
		return err
	}
	m.mu.Lock()
	if stuck := m.stuck; stuck != nil {
		m.mu.Unlock()
		return fmt.Errorf("no snapshot mends a replica that has stopped: %w", stuck)
	}
	m.state = state
	m.alive.learn(state)
	m.feed.skip()
	m.summarise()
	m.mu.Unlock()
	m.jump()
	m.feed.poke()
	m.wakeWaiters()
	return nil
}
