package cluster

import (
	"bytes"
	"context"
	"slices"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/raft"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/lease"
)

// stand is a node without raft, network and disk: a state and who works on it.
type stand struct {
	*Node
	clock *handClock
	index uint64
	now   id.Time
}

func standIn(t *testing.T) *stand {
	t.Helper()
	clock := newHandClock()
	n := &Node{
		config: Config{Self: "me", Name: "me", Clock: clock}, log: hclog.NewNullLogger(),
		feed: newFeed(), outbox: newOutbox(clock), era: newEra(),
		tidy: make(chan struct{}, 1), ready: make(chan struct{}), removal: removal{known: make(chan struct{})},
	}
	n.stopped, n.stop = context.WithCancelCause(context.Background())
	n.machine = newMachine(n.feed, n.config.Clock)
	n.seats, n.keeper, n.health = newSeats(n), newKeeper(n), newHealth(n)
	n.machine.after, n.machine.jump, n.machine.halt = n.observe, n.jumped, n.halt
	s := &stand{Node: n, clock: clock}
	s.apply(t, 0, fsm.Found{Cluster: "c", Node: "me", Name: "me"})
	return s
}

func entry(now id.Time, body []byte, count int) []byte {
	return fsm.EncodeEntry(nil, fsm.Stamp{Term: 1, Now: now}, count, body)
}

// entryOf makes the next log entry.
func (s *stand) entryOf(typ raft.LogType, data []byte) *raft.Log {
	s.index++
	return &raft.Log{Index: s.index, Term: 1, Type: typ, Data: data}
}

// apply applies commands as one entry: the next ones of a stream, or, with from
// zero, some that stand outside of streams.
func (s *stand) apply(t *testing.T, from id.Incarnation, cs ...fsm.Command) {
	t.Helper()
	var body []byte
	var last uint64
	s.View(func(st *fsm.State) { last, _ = st.Streams().Last(from) })
	for i, c := range cs {
		p := fsm.Proposal{From: from, Command: c}
		if from != 0 {
			p.Number = last + 1 + uint64(i)
		}
		body = p.Encode(body)
	}
	s.machine.ApplyBatch([]*raft.Log{s.entryOf(raft.LogCommand, entry(s.now, body, len(cs)))})
}

// drain applies what the node's stream wants to send.
func (s *stand) drain() {
	for bundle := s.outbox.take(); len(bundle) > 0; bundle = s.outbox.take() {
		for some := range slices.Chunk(bundle, fsm.MaxBatch) {
			s.machine.ApplyBatch([]*raft.Log{s.entryOf(raft.LogCommand, entry(s.now, bytes.Join(some, nil), len(some)))})
		}
	}
}

// serve makes inc the node's live incarnation, and another node's one of a member.
func (s *stand) serve(t *testing.T, inc id.Incarnation) { s.register(t, "me", inc) }

func (s *stand) serveOther(t *testing.T, mine id.Incarnation, node id.Node, inc id.Incarnation) {
	t.Helper()
	s.apply(t, mine, fsm.MakeToken{ID: "token", Role: 1, TTL: id.Day},
		fsm.AddMember{Token: "token", Node: node, Name: string(node), Peer: string(node) + ":1"})
	s.register(t, node, inc)
}

func (s *stand) register(t *testing.T, node id.Node, inc id.Incarnation) {
	t.Helper()
	var was id.Incarnation
	s.View(func(st *fsm.State) { m, _ := st.Members().Member(node); was = m.Incarnation })
	s.apply(t, 0, fsm.Register{Node: node, Incarnation: inc, Replaces: was})
	s.View(func(st *fsm.State) {
		if !st.Lease().Live(inc) {
			t.Fatalf("%s has no live incarnation", node)
		}
	})
}

func nick(s string) lease.Nick {
	return lease.Nick{Display: s, Key: s, Skeletons: [2]string{s, s}}
}

func contextWithCancel(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	return ctx, cancel
}
