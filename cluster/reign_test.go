package cluster

import (
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/wire"
)

// batcher is a reign without raft whose state has something due at 100.
func batcher() *reign {
	m := newMachine(newFeed(), newHandClock())
	m.sum = summary{due: 100, hasDue: true}
	g := newReignOn(m)
	return g
}

func newReignOn(m *machine) *reign {
	return &reign{machine: m, clock: newHandClock(), changed: make(chan struct{}), wake: make(chan struct{}, 1)}
}

func proposal(n uint64, size int) []byte {
	return fsm.Proposal{From: inc, Number: n, Command: fsm.Post{Text: string(make([]byte, size))}}.Encode(nil)
}

func outside(c fsm.Command) []byte { return fsm.Proposal{Command: c}.Encode(nil) }

// kinds takes one entry apart.
func kinds(t *testing.T, g *reign, now id.Time) (ks []fsm.Kind, tick bool) {
	t.Helper()
	count, body, tick, _ := g.take(now)
	if len(body) > bundleBytes+fsm.MaxCommand {
		t.Errorf("an entry of %d bytes", len(body))
	}
	e, err := fsm.DecodeEntry(fsm.EncodeEntry(nil, fsm.Stamp{}, count, body))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range e.Proposals {
		ks = append(ks, p.Command.Kind())
	}
	return ks, tick
}

func TestTickIsLastAndOneAtATime(t *testing.T) {
	g := batcher()
	g.offer([][]byte{proposal(1, 10)}, false, false)
	ks, tick := kinds(t, g, 100)
	if !tick || len(ks) != 2 || ks[1] != fsm.KindTick {
		t.Errorf("an entry at the deadline: %v", ks)
	}
	g.offer([][]byte{proposal(2, 10)}, false, false)
	if ks, tick := kinds(t, g, 200); tick || len(ks) != 1 {
		t.Errorf("while a Tick is under way: %v", ks)
	}
	if g.work(200) {
		t.Error("there is work, while a Tick is under way")
	}
	g.oldest = []time.Duration{0}
	g.reapedOne(true)
	if !g.work(200) {
		t.Error("after the Tick nothing is left to do, though something is due")
	}
	if ks, _ := kinds(t, batcher(), 99); len(ks) != 0 {
		t.Errorf("before the deadline: %v", ks)
	}
}

func TestNoTickWhileARenewWaits(t *testing.T) {
	g := batcher()
	many := make([][]byte, 300)
	for i := range many {
		many[i] = outside(fsm.Exit{Incarnation: id.Incarnation(i + 1)})
	}
	g.offer(many, true, false)
	g.offer([][]byte{outside(fsm.Renew{Incarnation: inc, Counter: 1})}, true, true)
	if ks, tick := kinds(t, g, 100); tick {
		t.Errorf("a Tick before the Renew, in an entry of %d", len(ks))
	}
	ks, tick := kinds(t, g, 100)
	if !tick || ks[len(ks)-2] != fsm.KindRenew || ks[len(ks)-1] != fsm.KindTick {
		t.Errorf("then: %v", ks)
	}
}

func TestEntryIsBoundedAndTheUrgentGoFirst(t *testing.T) {
	g := batcher()
	g.machine.sum = summary{}
	for n := range uint64(600) {
		g.offer([][]byte{proposal(n+1, 10)}, false, false)
	}
	g.offer([][]byte{outside(fsm.Renew{Incarnation: inc, Counter: 1})}, true, true)
	ks, _ := kinds(t, g, 0)
	if len(ks) > fsm.MaxBatch || len(ks) < fsm.MaxBatch-1 || ks[0] != fsm.KindRenew {
		t.Errorf("an entry of %d, first %d", len(ks), ks[0])
	}
	g = batcher()
	for n := range uint64(10) {
		g.offer([][]byte{proposal(n+1, 15<<10)}, false, false)
	}
	if ks, tick := kinds(t, g, 100); len(ks) != 5 || !tick { // 4 x 15 KiB, and the Tick
		t.Errorf("an entry of large commands has %d", len(ks))
	}
}

func TestBacklogDropsNoRenewal(t *testing.T) {
	g := batcher()
	big := make([]byte, 1<<20)
	for range 10 {
		g.offer([][]byte{big}, false, false)
	}
	if g.bytes > maxWaiting {
		t.Errorf("%d bytes wait", g.bytes)
	}
	g.offer([][]byte{outside(fsm.Renew{Incarnation: inc, Counter: 1})}, true, true)
	if len(g.urgent) != 1 || !g.renews {
		t.Error("the renewal was dropped")
	}
	for range 10 {
		g.offer([][]byte{big[:300<<10]}, true, false)
	}
	if g.hurry > maxUrgent {
		t.Errorf("%d urgent bytes wait", g.hurry)
	}
}

func TestStalledEntryStopsTheClock(t *testing.T) {
	g := batcher()
	clock := g.clock.(*handClock)
	g.turner = turner{last: clock.read()}
	g.oldest = []time.Duration{clock.read()}
	clock.advance(stallTime)
	if g.stalled() {
		t.Error("stalled after a second")
	}
	clock.advance(time.Millisecond)
	if !g.stalled() {
		t.Error("not stalled after more than a second")
	}
	g.reapedOne(false)
	if g.stalled() {
		t.Error("stalled with nothing in flight")
	}
}

func TestSettledWaitsForWhatWasGivenToRaft(t *testing.T) {
	g := batcher()
	if err := g.settled(t.Context()); err != ErrNoLeader {
		t.Errorf("before it opened: %v", err)
	}
	g.opened, g.sent, g.oldest = true, 2, []time.Duration{0, 0}
	done := make(chan error)
	go func() { done <- g.settled(t.Context()) }()
	g.reapedOne(false)
	g.reapedOne(false)
	if err := <-done; err != nil {
		t.Error(err)
	}
	g.sent++
	go func() { done <- g.settled(t.Context()) }()
	_ = g.end(nil)
	if err := <-done; err != ErrNoLeader {
		t.Errorf("after the end: %v", err)
	}
}

func TestForwardedProposalsAreTheSendersOwn(t *testing.T) {
	n := standIn(t)
	const mine, other = id.Incarnation(11), id.Incarnation(12)
	n.serve(t, mine)
	n.serveOther(t, mine, "other", other)
	g := newReignOn(n.machine)
	n.reign.Store(g)
	stream := func(from id.Incarnation, c fsm.Command) []byte {
		return fsm.Proposal{From: from, Number: 1, Command: c}.Encode(nil)
	}
	for _, c := range []struct {
		name string
		kind byte
		p    []byte
		want int
	}{
		{"its own stream", msgStream, stream(mine, fsm.Detach{}), 1},
		{"two of its own", msgStream, append(stream(mine, fsm.Detach{}), stream(mine, fsm.Detach{})...), 2},
		{"another's stream", msgStream, stream(other, fsm.Detach{}), 0},
		{"another's behind its own", msgStream, append(stream(mine, fsm.Detach{}), stream(other, fsm.Detach{})...), 0},
		{"its renewal", msgUrgent, outside(fsm.Renew{Incarnation: mine, Counter: 1}), 1},
		{"another's renewal", msgUrgent, outside(fsm.Renew{Incarnation: other, Counter: 1}), 0},
		{"its exit", msgUrgent, outside(fsm.Exit{Incarnation: mine}), 1},
		{"another's exit", msgUrgent, outside(fsm.Exit{Incarnation: other}), 0},
		{"its registration", msgUrgent, outside(fsm.Register{Node: "me", Incarnation: 13}), 1},
		{"another's registration", msgUrgent, outside(fsm.Register{Node: "other", Incarnation: 13}), 0},
		{"a tick", msgUrgent, outside(fsm.Tick{}), 0},
		{"a leader's start", msgUrgent, outside(fsm.LeaderStart{Node: "me"}), 0},
		{"a founding", msgUrgent, outside(fsm.Found{Cluster: "c", Node: "me", Name: "me"}), 0},
		{"a renewal as a stream", msgStream, outside(fsm.Renew{Incarnation: mine, Counter: 1}), 0},
		{"a stream as urgent", msgUrgent, stream(mine, fsm.Detach{}), 0},
		{"cut short", msgStream, stream(mine, fsm.Detach{})[:5], 0},
		{"of an unknown kind", msgStream, append([]byte{250}, stream(mine, fsm.Detach{})[1:]...), 0},
		{"a message of another kind", msgRead, stream(mine, fsm.Detach{}), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			g.urgent, g.queue = nil, nil
			n.oneway(t.Context(), "me", c.kind, c.p)
			if got := len(g.urgent) + len(g.queue); got != c.want {
				t.Errorf("%d were taken, want %d", got, c.want)
			}
		})
	}
}

func FuzzForwardedProposals(f *testing.F) {
	f.Add(proposal(1, 10))
	f.Add(append(proposal(1, 10), proposal(2, 10)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		n := standIn(t)
		g := newReignOn(n.machine)
		n.reign.Store(g)
		n.oneway(t.Context(), "me", msgStream, b)
		for _, p := range g.queue {
			d := wire.NewDecoder(p)
			if fsm.DecodeProposal(d); d.Done() != nil {
				t.Fatalf("took %x", p)
			}
		}
	})
}
