package cluster

import (
	"math/rand/v2"
	"testing"
	"time"

	"moniker/fsm"
	"moniker/fsm/id"
	"moniker/fsm/setting"
)

func TestNodeDoesNotBelieveLongerThanItsLease(t *testing.T) {
	good := signs{started: true, live: true, known: true, ttl: 10 * time.Second, lease: 10 * time.Second, grace: 10 * time.Minute}
	const sure = 9550 * time.Millisecond // 10 s less 2 % and 250 ms
	for _, c := range []struct {
		name string
		with func(*signs)
		want Standing
	}{
		{"all is well", func(*signs) {}, Serving},
		{"nothing was registered", func(g *signs) { g.started = false }, Starting},
		{"no leader is known", func(g *signs) { g.known = false }, Waiting},
		{"an answer is 2 s late", func(g *signs) { g.unanswered = 2 * time.Second }, Serving},
		{"an answer is later", func(g *signs) { g.unanswered = 2*time.Second + 1 }, Waiting},
		{"the lease is nearly over", func(g *signs) { g.age = sure }, Serving},
		{"the lease may be over", func(g *signs) { g.age = sure + 1 }, ReadOnly},
		{"the state has ended it", func(g *signs) { g.live = false }, ReadOnly},
		{"the ttl was raised since", func(g *signs) { g.ttl, g.age = time.Hour, sure+1 }, ReadOnly},
		{"the ttl was lowered since", func(g *signs) { g.ttl, g.age = 3*time.Second, 2690*time.Millisecond+1 }, ReadOnly},
		{"the lease was extended", func(g *signs) { g.lease, g.age = 19*time.Second, sure+1 }, ReadOnly},
		{"grace is nearly over", func(g *signs) { g.age = sure + 588*time.Second }, ReadOnly},
		{"grace may be over", func(g *signs) { g.age = sure + 588*time.Second + 1 }, Lost},
		{"and it ended", func(g *signs) { g.live, g.lease, g.age = false, 0, time.Hour }, Lost},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := good
			if c.with(&g); g.judge() != c.want {
				t.Errorf("%d, want %d", g.judge(), c.want)
			}
		})
	}
}

// serving is a node whose own keeper has begun an incarnation.
func serving(t *testing.T) *stand {
	t.Helper()
	n := standIn(t)
	source := rand.NewPCG(1, 2)
	n.config.Random = source.Uint64
	n.keeper.step(t.Context())
	n.serve(t, n.keeper.trying)
	n.keeper.step(t.Context())
	if n.outbox.incarnation() != n.keeper.trying {
		t.Fatal("its stream did not open")
	}
	return n
}

func TestEndOfAnIncarnationIsFinal(t *testing.T) {
	n := serving(t)
	seen := map[id.Incarnation]bool{}
	for range 3 {
		first := n.keeper.trying
		if seen[first] {
			t.Fatalf("%x was registered twice", first)
		}
		seen[first] = true
		n.apply(t, 0, fsm.Exit{Incarnation: first})
		if got := n.outbox.incarnation(); got != 0 {
			t.Errorf("after the end the stream of %x is open", got)
		}
		n.keeper.step(t.Context())
		second := n.keeper.trying
		if second == first || n.keeper.replaces != first {
			t.Errorf("after %x it tries %x in place of %x", first, second, n.keeper.replaces)
		}
		n.serve(t, second)
		n.keeper.step(t.Context())
		if n.outbox.incarnation() != second {
			t.Errorf("the stream of %x did not open", second)
		}
	}
}

// Somebody else was registered for this node: its next try is a new one, even if
// the state has forgotten the last.
func TestRivalProcessMakesItBeginAnew(t *testing.T) {
	n := serving(t)
	mine := n.keeper.trying
	n.serve(t, 99)
	n.keeper.step(t.Context())
	if n.keeper.trying == mine || n.keeper.replaces != 99 {
		t.Errorf("it tries %x (was %x) in place of %x", n.keeper.trying, mine, n.keeper.replaces)
	}
	tried := n.keeper.trying
	n.serve(t, 100)
	n.keeper.step(t.Context())
	if n.keeper.trying == tried || n.keeper.replaces != 100 {
		t.Errorf("it tries %x (was %x) in place of %x", n.keeper.trying, tried, n.keeper.replaces)
	}
}

// The state ends an incarnation between the keeper's look at it and the opening of
// its stream.
func TestIncarnationThatEndsWhileItBeginsIsNotOpened(t *testing.T) {
	n := standIn(t)
	n.serve(t, inc)
	n.apply(t, 0, fsm.Exit{Incarnation: inc})
	n.began(inc)
	if got := n.outbox.incarnation(); got != 0 {
		t.Errorf("the stream of %x is open", got)
	}
	select {
	case <-n.Ready():
		t.Error("it says it is ready")
	default:
	}
}

func TestWhatIsAppliedConfirmsByItsFirstSending(t *testing.T) {
	n := serving(t)
	at := n.clock.read()
	n.clock.advance(time.Second)
	sent := n.clock.read()
	n.outbox.propose(n.keeper.trying, fsm.RevokeToken{ID: "x"}, false, func(fsm.Answer, error) {})
	n.outbox.take()
	n.clock.advance(5 * time.Second)
	n.outbox.rewind()
	if n.keeper.confirmed != at {
		t.Errorf("confirmed at %v, registered at %v", n.keeper.confirmed, at)
	}
	n.drain()
	if n.keeper.confirmed != sent {
		t.Errorf("confirmed at %v, first sent at %v", n.keeper.confirmed, sent)
	}
}

func TestRenewalsOnTheirWayAreBounded(t *testing.T) {
	n := serving(t)
	k := n.keeper
	start := n.clock.read()
	for range 10 * maxUnsure {
		n.clock.advance(4 * time.Second)
		k.renew(t.Context(), k.facts(), n.clock.read())
	}
	if got := len(k.sentAt); got != maxUnsure {
		t.Errorf("%d are remembered", got)
	}
	if got := k.sentAt[1]; got != start+4*time.Second {
		t.Errorf("the oldest was sent at %v", got)
	}
	newest := k.sentAt[k.counter]
	n.apply(t, 0, fsm.Renew{Incarnation: k.trying, Counter: k.counter})
	if k.confirmed != newest || len(k.sentAt) != 0 {
		t.Errorf("confirmed at %v, sent at %v; %d left", k.confirmed, newest, len(k.sentAt))
	}
}

func TestFactsHaveTheLeaseInForce(t *testing.T) {
	n := serving(t)
	if got := n.keeper.facts().lease; got != 10*time.Second {
		t.Errorf("a lease of %v", got)
	}
	n.outbox.propose(n.keeper.trying, fsm.SetSetting{Name: setting.LeaseTTL, Value: int64(id.Duration(time.Minute / time.Microsecond))}, false, func(a fsm.Answer, err error) {
		if err != nil || a.Code != fsm.OK {
			t.Fatalf("%+v, %v", a, err)
		}
	})
	n.drain() // it renews under the ttl of before
	if f := n.keeper.facts(); f.ttl != time.Minute || f.lease != 10*time.Second {
		t.Errorf("ttl %v, lease %v", f.ttl, f.lease)
	}
}
